# SPDX-License-Identifier: GPL-2.0-or-later
"""One recognition for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...inference.recognition.run import RecogniseJob, run_recognise
from ..layers.layer_features import LayerFeatures
from . import recognise_parameters as names
from . import segment_parameters as segment_names
from .recognise import RecogniseInputs
from .surface_run import SurfaceRun


class RecogniseRun(SurfaceRun):
    """A raster of how much each place is like the example."""

    engine = staticmethod(run_recognise)

    def job(
        self, inputs: RecogniseInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> RecogniseJob:
        picture = self.text(names.EXAMPLE) or None
        return RecogniseJob(
            **self.asked(inputs, features, paths),
            grid=self.choice(segment_names.GRID),
            picture=picture,
            place=None if picture else inputs.place,
        )
