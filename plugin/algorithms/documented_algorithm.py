# SPDX-License-Identifier: GPL-2.0-or-later
"""What all of GeoSift's algorithms tell of themselves: parameters, outputs, help, icon."""

from __future__ import annotations

from typing import Any, Protocol

from qgis.core import QgsProcessingAlgorithm, QgsProcessingParameterDefinition
from qgis.PyQt.QtGui import QIcon

from ..icons import ICON_PATH, plugin_icon
from .common_parameters import Told
from .groups import group_name
from .help_text import help_text, page_of


class Asked(Protocol):
    """What an algorithm asks for and answers: one of the modules `..._parameters`."""

    def parameters(self) -> list[QgsProcessingParameterDefinition]:
        """Every parameter in the order of the dialog, help included."""

    def told(self) -> list[Told]:
        """What a run tells beside the files it makes, and what that means."""


class DocumentedAlgorithm(QgsProcessingAlgorithm):
    """No ABC, since QGIS's classes have a metaclass of their own: what a child must say raises."""

    asks: Asked
    group_id = ""
    """Where the toolbox has it: one of those that groups.py names."""
    example = ""
    """What a command for qgis_process gives it, to be copied from the help."""

    def intro(self) -> str:
        """What it does, in a few sentences."""
        raise NotImplementedError

    def group(self) -> str:
        return group_name(self.group_id)

    def groupId(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return self.group_id

    def createInstance(self) -> DocumentedAlgorithm:  # noqa: N802
        return type(self)()

    def shortHelpString(self) -> str:  # noqa: N802
        return help_text(self)

    def helpUrl(self) -> str:  # noqa: N802
        return page_of(self)

    def icon(self) -> QIcon:
        return plugin_icon()

    def svgIconPath(self) -> str:  # noqa: N802
        return ICON_PATH

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802
        for parameter in self.asks.parameters():
            self.addParameter(parameter)
        for output, _words in self.asks.told():
            self.addOutput(output)
