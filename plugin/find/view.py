# SPDX-License-Identifier: GPL-2.0-or-later
"""Moves the map to a patch."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsGeometry, QgsPointXY, QgsRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtGui import QColor

_AROUND = 6.0
"""Times a patch that the map shows where it has to zoom."""
_LEAST, _MOST = 0.03, 0.7
"""Share of the map's shorter side that a patch takes up without zooming."""
_BRIGHT, _CLEAR, _FLASH_MS = QColor(240, 228, 66, 200), QColor(240, 228, 66, 0), 600


def go_to(canvas: QgsMapCanvas, ring: Sequence[QgsPointXY], *, stay: bool) -> None:
    """Bring a patch to the middle, at a scale at which it can be seen, and let it flash.

    With `stay` the map is not moved as long as it shows the patch.
    """
    box = QgsGeometry.fromPolygonXY([list(ring)]).boundingBox()
    seen = canvas.mapSettings().visibleExtent()
    if not (stay and seen.contains(box)):
        share = max(box.width(), box.height()) / max(min(seen.width(), seen.height()), 1e-12)
        if _LEAST <= share <= _MOST:
            canvas.setCenter(box.center())
        else:
            canvas.setExtent(_widened(box))
        canvas.refresh()
    shape = QgsGeometry.fromPolygonXY([list(ring)])
    crs = canvas.mapSettings().destinationCrs()
    canvas.flashGeometries([shape], crs, _BRIGHT, _CLEAR, 1, _FLASH_MS)


def _widened(box: QgsRectangle) -> QgsRectangle:
    wide = QgsRectangle(box)
    wide.scale(_AROUND)
    return wide
