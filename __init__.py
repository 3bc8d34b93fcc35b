# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift: finds land cover, scenes and things one points at in raster layers, offline.

This package is the QGIS plugin itself: QGIS asks `classFactory` for the plugin object. Nothing of
QGIS is imported here, so that `geosift.inference` also runs in a plain Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .plugin.plugin import GeoSiftPlugin


def classFactory(iface: object) -> GeoSiftPlugin:  # noqa: N802 (QGIS fixes the name)
    """Make the plugin; `iface` is None under qgis_process."""
    from .plugin.plugin import GeoSiftPlugin

    return GeoSiftPlugin(iface)
