# SPDX-License-Identifier: GPL-2.0-or-later
"""The pixels of the map window, and the place each of them has in a layer's coordinates."""

from __future__ import annotations

from dataclasses import dataclass

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsPointXY,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas

from ..map_tool.places import transform_to

_NOWHERE = (float("nan"), float("nan"))


@dataclass(frozen=True)
class Screen:
    """What the map shows: `extent` in its own CRS, in `height` x `width` pixels.

    Those of a screen at 100 %: on a finer one the preview, whose cells are larger anyway, need not
    be finer. `to_layer` leads to the layer's coordinates. Made on the main thread, used by any.
    """

    extent: QgsRectangle
    height: int
    width: int
    to_layer: QgsCoordinateTransform

    @classmethod
    def of(cls, canvas: QgsMapCanvas, layer_crs: QgsCoordinateReferenceSystem) -> Screen:
        """The canvas as it is now; of a turned map, the upright rectangle around it."""
        settings = canvas.mapSettings()
        extent = settings.visibleExtent()
        per_pixel = settings.mapUnitsPerPixel()
        height = max(1, round(extent.height() / per_pixel))
        width = max(1, round(extent.width() / per_pixel))
        return cls(extent, height, width, transform_to(layer_crs, canvas)[0])

    def place(self, across: float, down: float) -> tuple[float, float]:
        """Where the layer has a place of the window, given as shares from its upper left corner.

        Not a number where it has no such place.
        """
        x = self.extent.xMinimum() + across * self.extent.width()
        y = self.extent.yMaximum() - down * self.extent.height()
        try:
            place = self.to_layer.transform(QgsPointXY(x, y))
        except QgsCsException:
            return _NOWHERE
        return place.x(), place.y()
