# SPDX-License-Identifier: GPL-2.0-or-later
"""One segmentation for QGIS: its job for the engine, its table of areas (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsFeatureSink, QgsWkbTypes

from ...inference.network.which_answer import answering
from ...inference.segmentation.run import SegmentJob, run
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.mask import mask_geometries
from ..results.area_table import AreaSink, area_fields, area_layer
from ..results.vector_output import VectorFile, is_vector_file
from . import common_parameters as common
from . import segment_parameters as names
from .inputs import RasterInputs
from .network_run import NetworkRun


class SegmentRun(NetworkRun):
    """Classes and confidence as rasters, regions as polygons, areas as a table."""

    engine = staticmethod(run)
    vector = names.POLYGONS

    def execute(self, inputs: RasterInputs, features: LayerFeatures | None) -> dict[str, Any]:
        """See NetworkRun.execute; of several answers of the model the one that is wanted."""
        card = answering(inputs.card, self.text(names.ANSWER))
        return super().execute(replace(inputs, card=card), features)

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {
            common.OUTPUT: "classes",
            names.CONFIDENCE: "confidence",
            names.POLYGONS: "polygons",
            names.AREAS: "areas",
        }

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("pixels")

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> SegmentJob:
        return SegmentJob(
            source=self.source(inputs),
            card=inputs.card,
            output=paths[common.OUTPUT],
            confidence=paths.get(names.CONFIDENCE),
            polygons=paths.get(names.POLYGONS),
            report=paths.get(common.REPORT),
            bands=inputs.bands,
            extent=inputs.extent,
            mask=mask_geometries(features),
            grid=self.choice(names.GRID),
            resolution=self.number(common.RESOLUTION),
            threads=self.threads(),
            augment=int(self.choice(common.AUGMENT)),
            overlap=self.whole(names.OVERLAP),
            min_area=self.number(names.MIN_AREA) or 0.0,
            simplify=self.number(names.SIMPLIFY) or 0.0,
        )

    def more_companions(self, wanted: Mapping[str, str]) -> dict[str, VectorFile | AreaSink]:
        """What writes the table of areas, if it is wanted."""
        if not self.parameters.get(names.AREAS):
            return {}
        if not is_vector_file(self.named_place(names.AREAS)):
            return {names.AREAS: AreaSink(self._area_sink)}
        path = self.algorithm.parameterAsOutputLayer(self.parameters, names.AREAS, self.context)
        return {names.AREAS: self.vector_file(names.AREAS, path, area_layer, "NoGeometry")}

    def _area_sink(self) -> tuple[QgsFeatureSink | None, str]:
        return self.algorithm.parameterAsSink(
            self.parameters,
            names.AREAS,
            self.context,
            area_fields(),
            QgsWkbTypes.Type.NoGeometry,
            QgsCoordinateReferenceSystem(),
        )
