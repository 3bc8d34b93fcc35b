# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user gave a run: numbers, words, and places for its results (worker thread)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import QgsProcessingFeedback

from ...inference.errors import OutputError
from ...inference.network.machine import use
from .. import settings
from ..i18n import tr
from ..results.vector_output import LayerInMemory, MakeLayer, VectorFile, is_vector_file
from . import common_parameters as names
from .given import Given


@dataclass(frozen=True)
class RunParameters(Given):
    """The parameters of one call of an algorithm, by name."""

    feedback: QgsProcessingFeedback

    def __post_init__(self) -> None:
        use(settings.machine())

    def threads(self) -> int | None:
        """Workers the user wants, here or in GeoSift's settings; None for one a core."""
        return self.whole(names.THREADS) or settings.threads()

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
