# SPDX-License-Identifier: GPL-2.0-or-later
"""One call of the engine for one call of an algorithm: its parameters, read (worker thread)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingFeedback

from ...inference.network.machine import use
from .. import settings
from ..i18n import tr
from ..layer_features import LayerFeatures
from ..layer_source import ProviderGrid
from . import common_parameters as names
from .inputs import RasterInputs, optional_number


class EngineRun(ABC):
    """What a child asks the engine for, with what the user gave."""

    def __init__(
        self,
        algorithm: QgsProcessingAlgorithm,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        self.algorithm, self.parameters = algorithm, parameters
        self.context, self.feedback = context, feedback
        use(settings.machine())

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

    def number(self, name: str) -> float | None:
        """A number parameter, None where it is empty."""
        return optional_number(self.algorithm, self.parameters, name, self.context)

    def preset(self, name: str) -> float:
        """A number parameter, its default where it is empty."""
        return self.algorithm.parameterAsDouble(self.parameters, name, self.context)

    def whole(self, name: str) -> int | None:
        """A parameter that counts, None where it is empty."""
        number = self.number(name)
        return None if number is None else int(number)

    def threads(self) -> int | None:
        """Workers the user wants, here or in GeoSift's settings; None for one a core."""
        return self.whole(names.THREADS) or settings.threads()

    def choice(self, name: str) -> str:
        """One of some words."""
        return self.algorithm.parameterAsEnumString(self.parameters, name, self.context)

    def text(self, name: str) -> str:
        """A text, '' where it is empty."""
        return self.algorithm.parameterAsString(self.parameters, name, self.context).strip()

    def flag(self, name: str) -> bool:
        """A box to tick."""
        return self.algorithm.parameterAsBoolean(self.parameters, name, self.context)
