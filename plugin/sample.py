# SPDX-License-Identifier: GPL-2.0-or-later
"""The scene that came with GeoSift, to try it on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsMapLayer, QgsProject, QgsRasterLayer

from .i18n import tr
from .settings import profile_folder

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

SCENE = Path(__file__).resolve().parent.parent / "resources" / "sample" / "scene.tif"


def open_sample(iface: QgisInterface) -> bool:
    """Add the scene to the project, once, and show it; False where that failed, which is told."""
    try:
        path = _own_copy()
    except OSError as error:
        words = tr("The sample scene cannot be copied to your QGIS profile: {0}.")
        iface.messageBar().pushCritical("GeoSift", words.format(error.strerror or error))
        return False
    layer = _in_project(path) or QgsProject.instance().addMapLayer(
        QgsRasterLayer(str(path), tr("Sample scene"))
    )
    if layer is None:
        words = tr("The sample scene cannot be opened: install GeoSift again.")
        iface.messageBar().pushCritical("GeoSift", words)
        return False
    iface.setActiveLayer(layer)
    iface.zoomToActiveLayer()
    return True


def _own_copy() -> Path:
    """The scene in the profile: QGIS writes statistics beside every raster that it shows."""
    copy = profile_folder() / "sample" / SCENE.name
    if not copy.exists() or copy.stat().st_size != SCENE.stat().st_size:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SCENE, copy)
    return copy


def _in_project(path: Path) -> QgsMapLayer | None:
    layers = QgsProject.instance().mapLayers().values()
    return next((layer for layer in layers if layer.source() == str(path)), None)
