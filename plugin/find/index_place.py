# SPDX-License-Identifier: GPL-2.0-or-later
"""In which folder to look: the index used last, else one proposed for the raster."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QFileInfo

from .. import settings


def folder_to_begin_with(layer: QgsRasterLayer | None, project: QgsProject) -> str:
    """The index used last as long as it is there, else the one proposed; '' without a raster."""
    last = settings.find_index()
    if last and QFileInfo(last).isDir():
        return last
    return "" if layer is None else str(proposed_folder(layer, project))


def proposed_folder(layer: QgsRasterLayer, project: QgsProject) -> Path:
    """Beside the project where it was saved, else beside the raster where it is a file, else in the
    profile: where one may write.
    """
    raster = file_of(layer)
    if project.absolutePath() and os.access(project.absolutePath(), os.W_OK):
        return Path(project.absolutePath()) / f"{project.baseName()}_index"
    if raster and os.access(Path(raster).parent, os.W_OK):
        return Path(raster).with_name(f"{Path(raster).stem}_index")
    name = re.sub(r"\W+", "_", layer.name()).strip("_") or "raster"
    return settings.profile_folder() / "indexes" / name


def file_of(layer: QgsRasterLayer) -> str:
    """The path of a layer's file as an index tells it; '' where it is none."""
    path = layer.source().split("|")[0]
    info = QFileInfo(path)  # Path raises for the long address of a server
    return str(Path(path).resolve()) if info.isFile() else ""
