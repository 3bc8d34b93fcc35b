# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user gave a run: numbers, words, and places for its results (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingAlgorithm, QgsProcessingContext, QgsProcessingFeedback

from ...inference.errors import OutputError
from ...inference.network.machine import use
from .. import settings
from ..i18n import tr
from ..vector_output import LayerInMemory, MakeLayer, VectorFile, is_vector_file
from . import common_parameters as names
from .inputs import optional_number


class RunParameters:
    """The parameters of one call of an algorithm, by name."""

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

    def destinations(self) -> dict[str, str]:
        """The paths of the files of the engine that the user wants, by output name."""
        paths = {}
        for definition in self.algorithm.destinationParameterDefinitions():
            name, kind = definition.name(), definition.type()
            if not self.parameters.get(name) or kind == "sink":
                continue
            is_layer = kind in ("rasterDestination", "vectorDestination")
            algorithm = self.algorithm
            find = algorithm.parameterAsOutputLayer if is_layer else algorithm.parameterAsFileOutput
            paths[name] = find(self.parameters, name, self.context)
        return {name: path for name, path in paths.items() if path}

    def elsewhere(
        self, name: str, wanted: str, make: MakeLayer, geometry: str
    ) -> VectorFile | LayerInMemory:
        """What brings a layer of the result to a file of any format, or into memory."""
        if wanted.startswith("memory:"):
            title = wanted[len("memory:") :]
            return LayerInMemory(title, self.context, self.feedback, make)
        if is_vector_file(wanted):
            return self.vector_file(name, wanted, make, geometry)
        raise OutputError(
            tr(
                "{0} cannot be written to '{1}': give a file name ending in .gpkg or another "
                "vector format of QGIS."
            ).format(name, wanted)
        )

    def vector_file(self, name: str, path: str, make: MakeLayer, geometry: str) -> VectorFile:
        """A companion that writes a layer made of the results to a file."""
        return VectorFile(
            name, path, make, geometry=geometry, context=self.context, feedback=self.feedback
        )


def is_geopackage(path: str) -> bool:
    """Whether the engine itself can write it."""
    return Path(path).suffix.lower() == ".gpkg" and not path.lower().startswith("ogr:")
