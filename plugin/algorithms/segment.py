# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:segment`: a raster layer in, classes, confidence, polygons and areas out."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtGui import QIcon

from ...inference.errors import GeoSiftError
from ..dependencies import lacks_package, missing_package_words
from ..i18n import tr
from ..icons import ICON_PATH, plugin_icon
from . import segment_parameters as names
from .segment_checks import first_complaint
from .segment_inputs import SegmentInputs, input_layer, read_inputs


class SegmentAlgorithm(QgsProcessingAlgorithm):
    """Converts QGIS parameters, calls the engine once, converts its answer back."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: SegmentInputs | None = None
        self._trouble = ""

    def createInstance(self) -> SegmentAlgorithm:  # noqa: N802 (QGIS fixes the name)
        return SegmentAlgorithm()

    def name(self) -> str:
        return "segment"

    def displayName(self) -> str:  # noqa: N802
        return tr("Segment a raster")

    def group(self) -> str:
        return tr("Segmentation")

    def groupId(self) -> str:  # noqa: N802
        return "segmentation"

    def tags(self) -> list[str]:
        words = tr(
            "segmentation,land cover,classify,deep learning,onnx,ai,buildings,roads,polygons"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Gives every pixel of a raster a class, with a small neural network, offline.")

    def shortHelpString(self) -> str:  # noqa: N802
        """What it does, then one paragraph for every parameter."""
        intro = tr(
            "Gives every pixel of a raster a class (such as building, road or water) with a small "
            "neural network that runs on this computer. The raster is read in overlapping tiles, "
            "their scores are blended before a class is chosen, and memory does not grow with the "
            "raster. Pixels without data stay without data."
        )
        lines = [f"{item.description()}: {item.help()}" for item in self.parameterDefinitions()]
        return "\n".join([intro, *lines])

    def icon(self) -> QIcon:
        return plugin_icon()

    def svgIconPath(self) -> str:  # noqa: N802
        return ICON_PATH

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        for parameter in names.parameters():
            self.addParameter(parameter)
        for output in names.outputs():
            self.addOutput(output)

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = first_complaint(self, parameters, context)
        if complaint:
            return False, complaint
        found = {**parameters, names.INPUT: input_layer(self, parameters, context)}
        if isinstance(parameters.get(names.AUGMENT), int):  # QGIS would only take the text "8"
            found[names.AUGMENT] = str(parameters[names.AUGMENT])
        return super().checkParameterValues(found, context)

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        """Read layers on the main thread.

        Trouble is kept for processAlgorithm: of what is raised here, callers of `processing.run`
        would only see "There were errors executing the algorithm".
        """
        try:
            self._inputs = read_inputs(self, parameters, context)
        except GeoSiftError as error:
            self._trouble = str(error)
        return True

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        if self._inputs is None:
            raise QgsProcessingException(self._trouble)
        try:
            from .segment_outputs import SegmentRun

            return SegmentRun(self, parameters, context, feedback).execute(self._inputs)
        except GeoSiftError as error:
            raise QgsProcessingException(str(error)) from error
        except ImportError as error:
            if not lacks_package(error):
                raise
            raise QgsProcessingException(missing_package_words(error)) from error
