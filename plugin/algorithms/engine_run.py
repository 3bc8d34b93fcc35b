# SPDX-License-Identifier: GPL-2.0-or-later
"""One call of the engine for one call of an algorithm: its parameters, read (worker thread)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..layers.layer_features import LayerFeatures
from .inputs import RasterInputs
from .provider_grids import read_by
from .run_parameters import RunParameters


class EngineRun(RunParameters, ABC):
    """What a child asks the engine for, with what the user gave."""

    @abstractmethod
    def execute(self, inputs: RasterInputs, features: LayerFeatures | None) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""

    def source(self, inputs: RasterInputs) -> Any:
        """What the engine shall read: a name of GDAL, or a layer's provider."""
        return read_by(inputs.source, inputs.bands, inputs.band_names, self.feedback)
