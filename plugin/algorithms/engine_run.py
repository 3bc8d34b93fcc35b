# SPDX-License-Identifier: GPL-2.0-or-later
"""One call of the engine for one call of an algorithm: its parameters, read (worker thread)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from ..i18n import tr
from ..layer_features import LayerFeatures
from ..layer_source import ProviderGrid
from .inputs import RasterInputs
from .run_parameters import RunParameters


class EngineRun(RunParameters, ABC):
    """What a child asks the engine for, with what the user gave."""

    @abstractmethod
    def execute(self, inputs: RasterInputs, features: LayerFeatures | None) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""

    def source(self, inputs: RasterInputs) -> Any:
        """What the engine shall read: a name of GDAL, or a layer's provider."""
        if not isinstance(inputs.source, ProviderGrid):
            return inputs.source
        from ..provider_source import ProviderSource

        if inputs.source.provider.xSize() <= 0:
            self.feedback.pushInfo(
                tr("The layer comes from a server: what it does not deliver stays without data.")
            )
        return ProviderSource(
            inputs.source, bands=inputs.bands, names=inputs.band_names, feedback=self.feedback
        )
