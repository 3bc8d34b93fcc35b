# SPDX-License-Identifier: GPL-2.0-or-later
"""The preview over the map: an image that stays on its ground while the map is moved."""

from __future__ import annotations

from qgis.core import QgsRectangle
from qgis.gui import QgsMapCanvas, QgsMapCanvasItem
from qgis.PyQt.QtCore import QRectF
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtWidgets import QStyleOptionGraphicsItem, QWidget

_ABOVE_MAP, _BORDER = -5.0, 2.0
"""QGIS draws the map at -10 and what tools draw from 0 on; an item has a border of two pixels."""


class Overlay(QgsMapCanvasItem):
    """Shows nothing until there is an image."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        super().__init__(canvas)
        self._ground = QgsRectangle()
        self.image = QImage()
        """What is shown now."""
        self.setZValue(_ABOVE_MAP)
        self.hide()

    def show_image(self, image: QImage, ground: QgsRectangle) -> None:
        """An image of that rectangle, in the coordinates of the map."""
        self.image, self._ground = image, ground
        self.updatePosition()
        self.show()
        self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.image = QImage()
        self.hide()

    def updatePosition(self) -> None:  # noqa: N802 (QGIS's name)
        """See QgsMapCanvasItem: the map was moved, zoomed or turned."""
        self.setRect(self._ground, False)

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem | None = None,
        _widget: QWidget | None = None,
    ) -> None:
        """See QGraphicsItem.paint."""
        if self.image.isNull():
            return
        whole = self.boundingRect()
        size = whole.width() - _BORDER, whole.height() - _BORDER
        painter.drawImage(QRectF(0.0, 0.0, *size), self.image)
