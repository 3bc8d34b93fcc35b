# SPDX-License-Identifier: GPL-2.0-or-later
"""The polygon to search in, drawn on the map."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsGeometry, QgsPointXY, QgsWkbTypes
from qgis.gui import QgsMapCanvas, QgsRubberBand
from qgis.PyQt.QtCore import QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..teach.shapes import POLYGON
from ..teach.tool import LabelTool
from ..tool_switch import ToolSwitch
from .pointing import Pointing

_LINE, _HALO = QColor("#202020"), QColor(255, 255, 255, 220)
_KIND = QgsWkbTypes.GeometryType.PolygonGeometry


class AreaDrawing(QObject):
    """Draws with the tool that draws labels; afterwards one goes on pointing."""

    drawn = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, pointing: Pointing) -> None:
        super().__init__()
        self._canvas = canvas
        self.geometry: QgsGeometry | None = None
        """In the map's coordinates; None before it is drawn."""
        self.tool = LabelTool(canvas, is_panning=lambda: pointing.keys.space_is_down)
        self.tool.set_mode(POLYGON)
        self._switch = ToolSwitch(canvas, self.tool)
        self.band = QgsRubberBand(canvas, _KIND)
        self.band.setStrokeColor(_LINE)
        self.band.setSecondaryStrokeColor(_HALO)
        self.band.setFillColor(QColor(0, 0, 0, 0))
        self.band.setLineStyle(Qt.PenStyle.DashLine)
        self.band.setWidth(2)
        self.tool.sketched.connect(self._sketch)
        self.tool.drawn.connect(self._end)

    def start(self) -> None:
        """Have the user draw another one; the one before counts until then."""
        self._switch.turn_on()

    def show(self, shown: bool) -> None:
        """Draw it on the map, or not."""
        self.band.setVisible(shown)

    def shut_down(self) -> None:
        """Take everything off the map."""
        self._switch.shut_down()
        self._canvas.scene().removeItem(self.band)
        del self.band

    def _sketch(self, points: Sequence[QgsPointXY] | None) -> None:
        if points is not None:
            self._draw(QgsGeometry.fromPolygonXY([[*points, points[0]]]))
        elif self.geometry is not None:
            self._draw(self.geometry)
        else:
            self.band.reset(_KIND)

    def _draw(self, geometry: QgsGeometry) -> None:
        self.band.setToGeometry(geometry, None)

    def _end(self, _kind: str, points: Sequence[QgsPointXY]) -> None:
        if len(points) < 3:
            return
        self.geometry = QgsGeometry.fromPolygonXY([[*points, points[0]]])
        self._draw(self.geometry)
        self._switch.turn_off()
        self.drawn.emit()
