# SPDX-License-Identifier: GPL-2.0-or-later
"""Several rasters of a parameter: layers, files, names of GDAL, and rasters of an index by name.

Only where layers are asked for is a file opened: QGIS would keep each of thousands open.
"""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingUtils,
    QgsRasterLayer,
)

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_source import gdal_name
from .given import Given, named_by_gdal


def raster_files(given: Given, name: str) -> tuple[str, ...]:
    """What the engine shall open, each once; InputError where a raster is none it can."""
    found = []
    for value in given.several(name):
        layer = _layer_of(value, given.context)
        if layer is not None:
            found.append(_file_of(layer, name))
        elif _is_file(value) or named_by_gdal(value) is not None:
            found.append(str(value))
        else:
            words = tr(
                "{0} '{1}' is neither a raster layer of the project nor a file that exists; check "
                "its name."
            )
            raise InputError(words.format(name, value))
    return tuple(dict.fromkeys(found))


def raster_layers(given: Given, name: str) -> list[QgsRasterLayer]:
    """The rasters as layers; InputError for one that cannot be read."""
    found = []
    for value in given.several(name):
        layer = _layer_of(value, given.context, files=True) or named_by_gdal(value)
        if layer is None:
            words = tr(
                "{0} '{1}' is neither a raster layer of the project nor a file that can be read; "
                "check its name."
            )
            raise InputError(words.format(name, value))
        found.append(layer)
    return found


def first_crs(given: Given, name: str) -> QgsCoordinateReferenceSystem:
    """Of the first of them; an invalid one where it has none, or is not there."""
    for value in given.several(name)[:1]:
        layer = _layer_of(value, given.context) or QgsRasterLayer(str(value), "", "gdal")
        return layer.crs()
    return QgsCoordinateReferenceSystem()


def raster_names(given: Given, name: str) -> tuple[str, ...]:
    """Rasters of an index: of layers what GDAL calls them, of anything else the text itself."""
    layers = ((value, _layer_of(value, given.context)) for value in given.several(name))
    return tuple(str(value) if layer is None else _file_of(layer, name) for value, layer in layers)


def _layer_of(
    value: object, context: QgsProcessingContext, *, files: bool = False
) -> QgsRasterLayer | None:
    """A layer of the project, by itself, its id or its name; or of a file, if that is asked."""
    if isinstance(value, QgsRasterLayer):
        return value
    if _is_file(value) and not files:
        return None
    kind = QgsProcessingUtils.LayerHint.Raster
    layer = QgsProcessingUtils.mapLayerFromString(str(value), context, files, kind)
    return layer if isinstance(layer, QgsRasterLayer) else None


def _is_file(value: object) -> bool:
    return isinstance(value, str) and Path(value).is_file()


def _file_of(layer: QgsRasterLayer, name: str) -> str:
    """An index asks for its rasters again, when QGIS may have long forgotten the layer."""
    file = gdal_name(layer)
    if file:
        return file
    raise InputError(
        tr(
            "{0}: the layer '{1}' is not a file as QGIS shows it (a map server, a layer in "
            "memory, or a CRS or no-data values set in its properties), and an index needs its "
            "rasters again later: export it to a file, and give that."
        ).format(name, layer.name())
    )
