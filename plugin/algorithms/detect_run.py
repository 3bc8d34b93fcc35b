# SPDX-License-Identifier: GPL-2.0-or-later
"""One detection for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ...inference.detection.run import DetectJob, run_detect
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.mask import mask_geometries
from . import common_parameters as common
from . import detect_parameters as names
from .inputs import RasterInputs
from .network_run import NetworkRun


class DetectRun(NetworkRun):
    """A layer of objects."""

    engine = staticmethod(run_detect)
    vector = common.OUTPUT

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {common.OUTPUT: "objects"}

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("objects")

    def told(self, result: Any) -> dict[str, Any]:
        return {names.COUNT: result.objects}

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> DetectJob:
        return DetectJob(
            source=self.source(inputs),
            card=inputs.card,
            output=paths[common.OUTPUT],
            report=paths.get(common.REPORT),
            bands=inputs.bands,
            extent=inputs.extent,
            mask=mask_geometries(features),
            resolution=self.number(common.RESOLUTION),
            overlap=self.whole(names.OVERLAP),
            confidence=self.number(names.CONFIDENCE),
            iou=self.number(names.IOU),
            threads=self.threads(),
            simplify=self.preset(names.SIMPLIFY),
        )
