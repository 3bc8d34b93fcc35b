# SPDX-License-Identifier: GPL-2.0-or-later
"""One regression for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...inference.regression.run import RegressJob, run_regress
from ..layers.layer_features import LayerFeatures
from . import segment_parameters as names
from .inputs import RasterInputs
from .surface_run import SurfaceRun


class RegressRun(SurfaceRun):
    """A raster with a number for every pixel."""

    engine = staticmethod(run_regress)

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> RegressJob:
        return RegressJob(**self.asked(inputs, features, paths), grid=self.choice(names.GRID))
