# SPDX-License-Identifier: GPL-2.0-or-later
"""One super-resolution for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from ...inference.superresolution.run import SuperresolveJob, run_superresolve
from ...inference.surface.job import SurfaceResult
from ..layers.layer_features import LayerFeatures
from . import common_parameters as common
from .inputs import RasterInputs
from .surface_run import SurfaceRun


class SuperresolveRun(SurfaceRun):
    """A finer picture; its numbers are told in the log alone."""

    engine = staticmethod(run_superresolve)

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {common.OUTPUT: "picture"}

    def told(self, result: SurfaceResult) -> dict[str, Any]:
        return {}

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> SuperresolveJob:
        return SuperresolveJob(**self.asked(inputs, features, paths))
