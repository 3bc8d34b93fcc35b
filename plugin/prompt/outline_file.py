# SPDX-License-Identifier: GPL-2.0-or-later
"""The GeoPackage that outlines go to where the user has named no layer."""

from __future__ import annotations

import os
import re
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransformContext,
    QgsField,
    QgsFields,
    QgsMapLayer,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QFileInfo

from ...inference.errors import OutputError
from ...inference.prompt.columns import COLUMNS
from ..i18n import tr
from ..results.field_types import field_type

TABLE = "outlines"
_TYPES = {"INTEGER": "LongLong", "TEXT": "String", "REAL": "Double", "DATETIME": "DateTime"}


def default_path(raster: QgsRasterLayer, project: QgsProject) -> Path:
    """Beside the raster where it is a file, else beside the project, where one may write there.

    Else, for a map server in a project that was never saved, in the folder QGIS deletes at its end.
    """
    source = Path(raster.source().split("|")[0])
    is_file = QFileInfo(str(source)).isFile()  # Path raises for the long address of a server
    name = source.stem if is_file else re.sub(r"\W+", "_", raster.name()).strip("_") or "raster"
    folders = (source.parent if is_file else None, project.absolutePath() or None)
    usable = (Path(each) for each in folders if each and os.access(each, os.W_OK))
    return next(usable, Path(QgsProcessingUtils.tempFolder())) / f"{name}_outlines.gpkg"


def is_temporary(path: Path) -> bool:
    """Whether QGIS deletes the file at its end."""
    return Path(QgsProcessingUtils.tempFolder()) in path.parents


def layer_of(path: Path, project: QgsProject) -> QgsVectorLayer | None:
    """The layer of outlines of this file that is in the project already."""
    return next((each for each in project.mapLayers().values() if _is_of(path, each)), None)


def _is_of(path: Path, layer: QgsMapLayer) -> bool:
    """Whether a layer is of the file's outlines, however a saved project spells its path."""
    if not isinstance(layer, QgsVectorLayer) or layer.providerType() != "ogr":
        return False
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    is_table = parts.get("layerName") == TABLE and not parts.get("subset")
    return is_table and Path(parts.get("path") or "") == path


def _uri(path: Path) -> str:
    return f"{path}|layername={TABLE}"


def open_or_create(path: Path, crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
    """The layer of outlines in a GeoPackage, which is made where there is none.

    A file that is there is added to, never replaced. Raises OutputError.
    """
    if not path.exists():
        _create(path, crs)
    layer = _opened(path)
    if layer is None:
        raise OutputError(
            tr("'{0}' holds no polygon layer '{1}' that can be read; choose another file.").format(
                path, TABLE
            )
        )
    return layer


def _opened(path: Path) -> QgsVectorLayer | None:
    """None where there is no such layer: one in the trace of an error would outlive QGIS."""
    layer = QgsVectorLayer(_uri(path), path.stem, "ogr")
    is_polygons = layer.geometryType() == QgsWkbTypes.GeometryType.PolygonGeometry
    return layer if is_polygons else None


def _create(path: Path, crs: QgsCoordinateReferenceSystem) -> None:
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName = "GPKG", TABLE
    writer = QgsVectorFileWriter.create(
        str(path), _fields(), QgsWkbTypes.Type.MultiPolygon, crs, QgsCoordinateTransformContext(),
        options,
    )  # fmt: skip
    error, words = writer.hasError(), writer.errorMessage()
    del writer  # closes the file
    if error != QgsVectorFileWriter.WriterError.NoError:
        raise OutputError(
            tr("'{0}' cannot be written ({1}); choose another file for the outlines.").format(
                path, " ".join(words.split())
            )
        )


def _fields() -> QgsFields:
    fields = QgsFields()
    for name, kind in COLUMNS.items():
        fields.append(QgsField(name, field_type(_TYPES[kind])))
    return fields
