# SPDX-License-Identifier: GPL-2.0-or-later
"""One export of labels for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import NULL, QgsFeature

from ...inference.prompt.labels import LabelledPolygon, LabelsJob, LabelsResult, export_labels
from ..i18n import tr, tr_count
from ..layers.layer_features import LayerFeatures, geojson_of
from . import common_parameters as common
from . import labels_parameters as names
from .engine_run import EngineRun
from .inputs import RasterInputs

_USUAL_FIELD = "label"


class LabelsRun(EngineRun):
    """Pictures and masks of the outlines."""

    def execute(self, inputs: RasterInputs, features: LayerFeatures) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        folder = self.algorithm.parameterAsFileOutput(self.parameters, common.OUTPUT, self.context)
        job = LabelsJob(
            source=self.source(inputs),
            folder=Path(folder),
            polygons=self._polygons(features),
            rest=self.text(names.REST),
            tile=int(self.preset(names.TILE)),
            resolution=self.number(common.RESOLUTION),
            bands=inputs.bands,
            extent=inputs.extent,
        )
        result = export_labels(
            job,
            progress=self.feedback.setProgress,
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )
        self._tell(result)
        return {common.OUTPUT: folder, names.TILES: result.tiles, names.OBJECTS: result.objects}

    def _polygons(self, features: LayerFeatures) -> tuple[LabelledPolygon, ...]:
        index = features.fields.lookupField(self.field(names.LABEL_FIELD) or _USUAL_FIELD)
        otherwise = self.text(names.LABEL)
        found = [
            LabelledPolygon(geometry, _label(feature, index) or otherwise)
            for feature in features.features
            for geometry in [geojson_of(feature)]
            if geometry is not None
        ]
        left_out = len(features.features) - len(found)
        if left_out:
            words = tr_count(
                "{0} of {1} features in OUTLINES has no area; it is left out.",
                "{0} of {1} features in OUTLINES have no area; they are left out.",
                left_out,
            )
            self.feedback.pushWarning(words.format(left_out, len(features.features)))
        return tuple(found)

    def _tell(self, result: LabelsResult) -> None:
        info = self.feedback.pushInfo
        info(tr("Tiles: {0}; objects: {1}").format(f"{result.tiles:,}", f"{result.objects:,}"))
        for each in result.classes:
            facts = each.name, each.color, f"{each.objects:,}", f"{each.pixels:,}"
            info(tr("{0} ({1}): objects: {2}; pixels: {3}").format(*facts))


def _label(feature: QgsFeature, index: int) -> str:
    value = None if index < 0 else feature.attribute(index)
    return "" if value is None or value == NULL else str(value).strip()
