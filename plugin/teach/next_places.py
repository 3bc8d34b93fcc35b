# SPDX-License-Identifier: GPL-2.0-or-later
"""Rings on the map around the places where another label helps most."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsCoordinateTransform, QgsCsException, QgsPointXY
from qgis.gui import QgsMapCanvas, QgsVertexMarker
from qgis.PyQt.QtGui import QColor

_SIZE, _PEN = 26, 3
_COLOR, _NO_FILL = QColor("#FFFFFF"), QColor(0, 0, 0, 0)


class NextPlaces:
    """Items on the canvas, in its coordinates."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self.markers: list[QgsVertexMarker] = []

    def show(
        self, places: Sequence[tuple[float, float]], to_canvas: QgsCoordinateTransform
    ) -> None:
        """Rings around these places and no others."""
        self.clear()
        for place in places:
            try:
                centre = to_canvas.transform(QgsPointXY(*place))
            except QgsCsException:  # the map's CRS has no such place, so it has nothing to show
                continue
            marker = QgsVertexMarker(self._canvas)
            marker.setIconType(QgsVertexMarker.IconType.ICON_CIRCLE)
            marker.setIconSize(_SIZE)
            marker.setPenWidth(_PEN)
            marker.setColor(_COLOR)
            marker.setFillColor(_NO_FILL)
            marker.setCenter(centre)
            self.markers.append(marker)

    def clear(self) -> None:
        """No rings."""
        for marker in self.markers:
            self._canvas.scene().removeItem(marker)
        self.markers.clear()
