# SPDX-License-Identifier: GPL-2.0-or-later
"""One run with numbers for an answer for QGIS (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...inference.surface.job import SurfaceResult
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.mask import mask_geometries
from . import common_parameters as common
from . import segment_parameters as segment_names
from . import surface_parameters as names
from .inputs import RasterInputs
from .network_run import NetworkRun


class SurfaceRun(NetworkRun):
    """A raster of numbers; each child says which job makes it."""

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {common.OUTPUT: "numbers"}

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("pixels")

    def outcome(self, result: SurfaceResult, counted: str) -> Iterator[str]:
        for each in result.figures:
            yield tr("{0}: {1} to {2}, mean {3} ({4} {5})").format(
                each.band, f"{each.least:.6g}", f"{each.largest:.6g}", f"{each.mean:.6g}",
                f"{each.pixels:,}", counted,
            )  # fmt: skip

    def told(self, result: SurfaceResult) -> dict[str, Any]:
        first = result.figures[0]
        return {names.LEAST: first.least, names.LARGEST: first.largest, names.MEAN: first.mean}

    def asked(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> dict[str, Any]:
        """What every such job is asked."""
        return {
            "source": self.source(inputs),
            "card": inputs.card,
            "output": paths[common.OUTPUT],
            "report": paths.get(common.REPORT),
            "bands": inputs.bands,
            "extent": inputs.extent,
            "mask": mask_geometries(features),
            "resolution": self.number(common.RESOLUTION),
            "overlap": self.whole(segment_names.OVERLAP),
            "threads": self.threads(),
            "augment": int(self.choice(common.AUGMENT)),
        }
