# SPDX-License-Identifier: GPL-2.0-or-later
"""Turns a map tool of ours on, and gives the map back the tool it had before."""

from __future__ import annotations

from qgis.gui import QgsMapCanvas, QgsMapTool
from qgis.PyQt.QtCore import QObject, pyqtSignal


class ToolSwitch(QObject):
    """Whoever turns a tool on or off, this tells it: the user may take another one at any time."""

    turned = pyqtSignal(bool)
    """Whether it is the tool of the map now."""

    def __init__(self, canvas: QgsMapCanvas, tool: QgsMapTool) -> None:
        super().__init__()
        self._canvas, self._tool = canvas, tool
        self._before: QgsMapTool | None = None
        self.is_on = False
        tool.activated.connect(lambda: self._turn(True))
        tool.deactivated.connect(lambda: self._turn(False))

    def turn_on(self) -> None:
        """Make it the tool of the map."""
        if not self.is_on:
            self._remember(self._canvas.mapTool())
            self._canvas.setMapTool(self._tool)

    def turn_off(self) -> None:
        """Give the map the tool it had before."""
        if not self.is_on:
            return
        if self._before is not None:
            self._canvas.setMapTool(self._before)
        else:
            self._canvas.unsetMapTool(self._tool)

    def shut_down(self) -> None:
        """Off for good."""
        self.turn_off()
        self._remember(None)
        self._tool.deleteLater()

    def _turn(self, on: bool) -> None:
        self.is_on = on
        self.turned.emit(on)

    def _remember(self, tool: QgsMapTool | None) -> None:
        """Go back to this one afterwards, unless it is deleted before."""
        if self._before is not None:
            self._before.destroyed.disconnect(self._forget)
        self._before = tool
        if tool is not None:
            tool.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._before = None
