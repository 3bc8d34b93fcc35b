# SPDX-License-Identifier: GPL-2.0-or-later
"""The polygon to search in, drawn on the map."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ..map_tool.draw_tool import DrawTool
from ..map_tool.kinds import POLYGON
from ..map_tool.marks import draw, outline_band
from ..map_tool.places import moved
from ..map_tool.switch import ToolSwitch
from .pointing import Pointing

_LINE = QColor("#202020")


class AreaDrawing(QObject):
    """Draws a polygon; afterwards one goes on pointing."""

    drawn = pyqtSignal()

    def __init__(self, canvas: QgsMapCanvas, pointing: Pointing) -> None:
        super().__init__()
        self._canvas = canvas
        self._drawn: QgsGeometry | None = None
        self._crs = QgsCoordinateReferenceSystem()
        """What the map was in when it was drawn."""
        self.tool = DrawTool(
            canvas, name="geosiftFindArea", is_panning=lambda: pointing.keys.space_is_down
        )
        self.tool.set_kind(POLYGON)
        self._switch = ToolSwitch(canvas, self.tool)
        self.band = outline_band(canvas, _LINE, dashed=True)
        self.tool.sketched.connect(self._sketch)
        self.tool.drawn.connect(self._end)
        canvas.destinationCrsChanged.connect(self._show)

    @property
    def geometry(self) -> QgsGeometry | None:
        """In the map's coordinates; None before it is drawn, or where the map has no such place."""
        if self._drawn is None:
            return None
        here = self._canvas.mapSettings().destinationCrs()
        to_map = QgsCoordinateTransform(self._crs, here, QgsProject.instance())
        return moved(self._drawn, to_map)

    def start(self) -> None:
        """Have the user draw another one; the one before counts until then."""
        self._switch.turn_on()

    def show(self, shown: bool) -> None:
        """Draw it on the map, or not."""
        self.band.setVisible(shown)

    def shut_down(self) -> None:
        """Take everything off the map."""
        self._canvas.destinationCrsChanged.disconnect(self._show)
        self._switch.shut_down()
        self._canvas.scene().removeItem(self.band)
        del self.band

    def _sketch(self, points: Sequence[QgsPointXY] | None) -> None:
        if points is not None:
            draw(self.band, QgsGeometry.fromPolygonXY([[*points, points[0]]]))
        else:
            self._show()

    def _show(self) -> None:
        draw(self.band, self.geometry)

    def _end(self, _kind: str, points: Sequence[QgsPointXY]) -> None:
        if len(points) < 3:
            return
        self._drawn = QgsGeometry.fromPolygonXY([[*points, points[0]]])
        self._crs = self._canvas.mapSettings().destinationCrs()
        self._show()
        self._switch.turn_off()
        self.drawn.emit()
