# SPDX-License-Identifier: GPL-2.0-or-later
"""The coordinate system of a lesson, as QGIS has it and as the engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsCoordinateReferenceSystem

if TYPE_CHECKING:
    from rasterio.crs import CRS


def engine_crs(crs: QgsCoordinateReferenceSystem) -> CRS | None:
    """None where nobody knows it."""
    from rasterio.crs import CRS

    return CRS.from_wkt(crs.toWkt()) if crs.isValid() else None


def qgis_crs(crs: CRS | None) -> QgsCoordinateReferenceSystem:
    """An invalid one where nobody knows it."""
    if crs is None:
        return QgsCoordinateReferenceSystem()
    authority = crs.to_authority()
    if authority is not None:
        found = QgsCoordinateReferenceSystem(":".join(authority))
        if found.isValid():
            return found
    return QgsCoordinateReferenceSystem.fromWkt(crs.to_wkt())
