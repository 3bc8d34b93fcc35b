# SPDX-License-Identifier: GPL-2.0-or-later
"""How the engine shall read a raster layer: from its file, or through a clone of its provider."""

from __future__ import annotations

import math
from dataclasses import dataclass

from qgis.core import (
    QgsDistanceArea,
    QgsPointXY,
    QgsProject,
    QgsRasterDataProvider,
    QgsRasterLayer,
    QgsRectangle,
)

from ...inference.errors import InputError
from ..i18n import tr

_MOST_PIXELS = 1_000_000_000
"""Of a layer without pixels of its own (a map server): beyond, an extent was forgotten."""


@dataclass(frozen=True)
class ProviderGrid:
    """A cloned data provider and the north-up pixel grid on which to read it.

    `extent` is in the layer's CRS, whose definition is `crs_wkt` ('' = none).
    """

    name: str
    provider: QgsRasterDataProvider
    extent: QgsRectangle
    height: int
    width: int
    crs_wkt: str


def engine_source(
    layer: QgsRasterLayer, *, extent: QgsRectangle | None, metres: float | None
) -> str | ProviderGrid:
    """The GDAL name of the layer's data, or a grid over a clone of its provider (main thread only).

    A provider is read where GDAL would not give what QGIS shows: map servers and virtual layers,
    files opened with options, a CRS or nodata values the user set in the layer's properties.
    `extent` (in the layer's CRS) and `metres` per pixel make the grid of layers without pixels.
    """
    name = gdal_name(layer)
    if name:
        return name
    provider, pixels = layer.dataProvider(), has_pixels(layer)
    grid = provider.extent() if pixels else _wanted_extent(layer, extent)
    height, width = (provider.ySize(), provider.xSize()) if pixels else _size(layer, grid, metres)
    return provider_grid(layer, grid, height=height, width=width)


def gdal_name(layer: QgsRasterLayer) -> str:
    """The name by which GDAL gives what QGIS shows of the layer, '' where there is none."""
    provider = layer.dataProvider()
    uri = provider.dataSourceUri()
    return uri if provider.name() == "gdal" and _is_as_in_file(layer, uri) else ""


def has_pixels(layer: QgsRasterLayer) -> bool:
    """Whether the layer has pixels of its own; a map server draws any size one asks for."""
    provider = layer.dataProvider()
    return provider.xSize() > 0 and provider.ySize() > 0


def provider_grid(
    layer: QgsRasterLayer, extent: QgsRectangle, *, height: int, width: int
) -> ProviderGrid:
    """A clone of the layer's provider on such a grid over `extent` (main thread only)."""
    clone = layer.dataProvider().clone()
    if clone is None:
        raise InputError(
            tr("The layer '{0}' cannot be read a second time; check its source.").format(
                layer.name()
            )
        )
    wkt = layer.crs().toWkt() if layer.crs().isValid() else ""
    return ProviderGrid(layer.name(), clone, extent, height, width, wkt)


def _is_as_in_file(layer: QgsRasterLayer, uri: str) -> bool:
    provider = layer.dataProvider()
    bands = range(1, provider.bandCount() + 1)
    plain = "|" not in uri and not uri.startswith("/vsimem/")
    own_crs = layer.crs() != provider.crs()
    own_nodata = any(
        provider.userNoDataValues(band)
        or (provider.sourceHasNoDataValue(band) and not provider.useSourceNoDataValue(band))
        for band in bands
    )
    return plain and not own_crs and not own_nodata


def _wanted_extent(layer: QgsRasterLayer, extent: QgsRectangle | None) -> QgsRectangle:
    whole = layer.extent()
    return whole if extent is None else extent.intersect(whole)


def _size(layer: QgsRasterLayer, extent: QgsRectangle, metres: float | None) -> tuple[int, int]:
    """(height, width) of a grid over `extent` with pixels of `metres` on the ground."""
    if metres is None:
        raise InputError(
            tr("The layer '{0}' has no pixels of its own: give the metres per pixel.").format(
                layer.name()
            )
        )
    across, down = ground_size(layer, extent)
    height, width = max(1, math.ceil(down / metres)), max(1, math.ceil(across / metres))
    if height * width > _MOST_PIXELS:
        raise InputError(
            tr(
                "The layer '{0}' comes from a map server and is {1} x {2} pixels at {3:g} m per "
                "pixel: give a smaller extent."
            ).format(layer.name(), width, height, metres)
        )
    return height, width


def ground_size(layer: QgsRasterLayer, extent: QgsRectangle) -> tuple[float, float]:
    """(width, height) of an extent in metres on the ground, measured through its centre."""
    measure = QgsDistanceArea()
    measure.setSourceCrs(layer.crs(), QgsProject.instance().transformContext())
    measure.setEllipsoid(layer.crs().ellipsoidAcronym() or "WGS84")
    centre, shift = extent.center(), 0.0005
    east = QgsPointXY(centre.x() + shift * extent.width(), centre.y())
    north = QgsPointXY(centre.x(), centre.y() + shift * extent.height())
    across = measure.measureLine(centre, east) / shift
    down = measure.measureLine(centre, north) / shift
    if not (math.isfinite(across) and math.isfinite(down)) or min(across, down) <= 0:
        raise InputError(
            tr("The extent is empty or outside the area where the CRS of '{0}' is valid.").format(
                layer.name()
            )
        )
    return across, down
