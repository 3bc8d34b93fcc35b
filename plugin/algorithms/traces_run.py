# SPDX-License-Identifier: GPL-2.0-or-later
"""One tracing for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...inference.traces.line_class import class_asked
from ...inference.traces.run import TraceJob, TraceResult, run_traces
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.layer_source import ProviderGrid
from ..layers.mask import mask_geometries
from ..results.vector_output import LayerInMemory, VectorFile, named_layer
from ..trace_words import set_rows, totals_words
from . import common_parameters as common
from . import segment_parameters as segment_names
from . import traces_parameters as names
from .inputs import RasterInputs
from .network_run import NetworkRun

_ONLY_BAND = ("fractures",)
"""What a raster without a network is read for."""


class TracesRun(NetworkRun):
    """Lines, their nodes, and the probability they were made of."""

    engine = staticmethod(run_traces)
    vector = common.OUTPUT
    geometry = "LineString"
    layer = staticmethod(named_layer("traces", "traces"))

    def execute(self, inputs: RasterInputs, features: LayerFeatures | None) -> dict[str, Any]:
        """See NetworkRun.execute; one band is enough, with a network and without."""
        if inputs.card is None:
            inputs = replace(inputs, band_names=_ONLY_BAND)
        elif _is_single_band(inputs.source):
            # Of a file the engine does so, and says it.
            inputs = replace(inputs, bands=inputs.bands or (1,) * len(inputs.card.bands))
        return super().execute(inputs, features)

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {
            common.OUTPUT: "traces",
            names.NODES: "nodes",
            names.PROBABILITY: "probability",
        }

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("traces")

    def told(self, result: TraceResult) -> dict[str, Any]:
        return {
            names.COUNT: result.traces,
            names.TOTAL: result.total_length,
            names.P21: result.p21,
        }

    def outcome(self, result: TraceResult, counted: str) -> Iterator[str]:
        yield totals_words(result)
        for each in set_rows(result):
            yield " · ".join(each.in_words(result.unit))

    def more_companions(self, wanted: Mapping[str, str]) -> dict[str, VectorFile | LayerInMemory]:
        """The nodes as a layer of their own; in the GeoPackage of the traces they always are."""
        place = wanted.get(names.NODES)
        if not place:
            return {}
        nodes = named_layer("nodes", tr("nodes"))
        return {names.NODES: self.elsewhere(names.NODES, place, nodes, "Point")}

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> TraceJob:
        return TraceJob(
            source=self.source(inputs),
            card=inputs.card,
            output=paths[common.OUTPUT],
            probability=paths.get(names.PROBABILITY),
            report=paths.get(common.REPORT),
            class_id=class_asked(inputs.card, self.text(names.CLASS)),
            bands=inputs.bands,
            extent=inputs.extent,
            mask=mask_geometries(features, united=True),
            resolution=self.number(common.RESOLUTION),
            overlap=self.whole(segment_names.OVERLAP),
            high=self.number(names.HIGH),
            low=self.number(names.LOW),
            length=self.number(names.LENGTH),
            spur=self.number(names.SPUR),
            gap=self.number(names.GAP),
            sets=int(self.preset(names.SETS)),
            pixel_size=self.number(names.PIXEL_SIZE),
            threads=self.threads(),
        )


def _is_single_band(source: Any) -> bool:
    """Whether it is a layer that a provider reads, and has one band."""
    return isinstance(source, ProviderGrid) and source.provider.bandCount() == 1
