# SPDX-License-Identifier: GPL-2.0-or-later
"""In which folder to look: the index used last, else one proposed for the raster."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qgis.core import QgsProject, QgsProviderRegistry, QgsRasterLayer
from qgis.PyQt.QtCore import QFileInfo

from .. import settings
from ..layers.layer_source import gdal_name


def folder_to_begin_with(layer: QgsRasterLayer | None, project: QgsProject) -> str:
    """The index used last as long as it is there, else the one proposed; '' without a raster."""
    last = settings.find_index()
    if last and QFileInfo(last).isDir():
        return last
    return "" if layer is None else str(proposed_folder(layer, project))


def proposed_folder(layer: QgsRasterLayer, project: QgsProject) -> Path:
    """Beside the project where it was saved, else beside the raster's file or the archive it is in,
    else in the profile: where one may write.
    """
    file = _container_of(layer)
    if project.absolutePath() and os.access(project.absolutePath(), os.W_OK):
        return Path(project.absolutePath()) / f"{project.baseName()}_index"
    if file and os.access(Path(file).parent, os.W_OK):
        return Path(file).with_name(f"{Path(file).stem}_index")
    name = re.sub(r"\W+", "_", layer.name()).strip("_") or "raster"
    return settings.profile_folder() / "indexes" / name


def name_of(layer: QgsRasterLayer) -> str:
    """What an index calls a layer's raster: its file's path, or GDAL's name of what is no file of
    its own (in an archive, one of several in a GeoPackage); '' where there is neither.
    """
    path = layer.source().split("|")[0]
    info = QFileInfo(path)  # Path raises for the long address of a server
    return str(Path(path).resolve()) if info.isFile() else gdal_name(layer)


def _container_of(layer: QgsRasterLayer) -> str:
    """The file that holds a layer's raster; '' where there is none."""
    told = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    info = QFileInfo(str(told.get("path") or ""))
    return str(Path(info.filePath()).resolve()) if info.isFile() else ""
