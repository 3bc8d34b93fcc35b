# SPDX-License-Identifier: GPL-2.0-or-later
"""Where one points: a raster layer at one scale, as a worker may have it (made on the main thread).

A site holds no live layer, so it stays what it is when the layer is taken out of the project.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QFileInfo

from ...inference.errors import InputError
from .. import settings
from ..i18n import tr
from ..layer_source import (
    ProviderGrid,
    engine_source,
    ground_size,
    has_pixels,
    provider_grid,
)
from .pointed import XY
from .scale import coarseness, server_pixel

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_CELL = 16384
"""Pixels of a map server along a cell; one works on the nine around the centre of the view, so
that moving the map seldom means another grid, and areas are measured near where one points."""
_STEP = 8
"""Screen pixels on either side of the centre between which the scale is measured."""


@dataclass(frozen=True)
class Scale:
    """How large the pixels are: of a raster `joined` times two by two, or (`pixel` > 0) of a server
    in its own units."""

    joined: int = 0
    pixel: float = 0.0


@dataclass(frozen=True)
class Site:
    """A layer's data at one scale, and the network that looks at it.

    `fingerprint` is the same for the same pixels on the same grid.
    """

    layer_id: str
    title: str
    source: str | ProviderGrid
    fingerprint: tuple[object, ...]
    crs: QgsCoordinateReferenceSystem
    scale: Scale
    card: ModelCard

    @property
    def is_served(self) -> bool:
        """Whether a map server draws the layer."""
        return self.scale.pixel > 0

    @property
    def key(self) -> tuple[object, ...]:
        """The same for two sites that are one."""
        return (*self.fingerprint, self.scale, *self.network_key)

    @property
    def network_key(self) -> tuple[object, ...]:
        """The same for the same two files on the same engine: it follows the user's settings."""
        decoder = self.card.decoder
        files = self.card.sha256, "" if decoder is None else decoder.sha256
        return (*files, settings.engine(), settings.threads())


def transform_to(
    layer_crs: QgsCoordinateReferenceSystem, canvas: QgsMapCanvas
) -> tuple[QgsCoordinateTransform, QgsCoordinateTransform]:
    """From the canvas to the layer and back; nothing happens where either has no CRS."""
    canvas_crs, project = canvas.mapSettings().destinationCrs(), QgsProject.instance()
    return (
        QgsCoordinateTransform(canvas_crs, layer_crs, project),
        QgsCoordinateTransform(layer_crs, canvas_crs, project),
    )


def places_in(
    layer_crs: QgsCoordinateReferenceSystem, points: Sequence[QgsPointXY], canvas: QgsMapCanvas
) -> list[XY] | None:
    """Points of the map in the layer's coordinates; None where these have no such place."""
    to_layer, _ = transform_to(layer_crs, canvas)
    try:
        moved = [to_layer.transform(point) for point in points]
    except QgsCsException:
        return None
    return [(point.x(), point.y()) for point in moved]


def view_of(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> QgsRectangle:
    """What the map shows, in the layer's CRS; raises InputError."""
    to_layer, _ = transform_to(layer.crs(), canvas)
    try:
        seen = to_layer.transformBoundingBox(canvas.mapSettings().visibleExtent())
    except QgsCsException as error:
        raise InputError(_beyond(layer)) from error
    if not seen.isFinite() or seen.isEmpty():
        raise InputError(_beyond(layer))
    return seen


def scale_of(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> Scale:
    """The scale at which a pixel is about as large as the screen's; raises InputError."""
    if not has_pixels(layer):
        native = layer.dataProvider().nativeResolutions()
        return Scale(pixel=server_pixel(_units_per_screen_pixel(layer, canvas), native))
    across, down = layer.rasterUnitsPerPixelX(), layer.rasterUnitsPerPixelY()
    per_pixel = _units_per_screen_pixel(layer, canvas, across, down)
    return Scale(joined=coarseness(per_pixel, height=layer.height(), width=layer.width()))


def metres_shown(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> float | None:
    """Metres on the ground of a map server's pixel at that scale; None: the layer has its own.

    Raises InputError.
    """
    if has_pixels(layer):
        return None
    seen, pixel = view_of(layer, canvas), scale_of(layer, canvas).pixel
    across, down = ground_size(layer, seen)
    return pixel * max(across / seen.width(), down / seen.height())


class Sites:
    """Makes sites; the last one's clone of the provider serves the next of the same layer."""

    def __init__(self, canvas: QgsMapCanvas) -> None:
        self._canvas = canvas
        self._source: str | ProviderGrid = ""
        self._fingerprint: tuple[object, ...] = ()

    def make(self, layer: QgsRasterLayer, card: ModelCard, scale: Scale) -> Site:
        """The site of the layer at that scale; raises InputError."""
        grid = None if scale.pixel == 0 else self._server_cells(layer, scale.pixel)
        fingerprint = (*_fingerprint(layer), grid)
        if fingerprint != self._fingerprint:
            self._source = (
                engine_source(layer, extent=None, metres=None)
                if grid is None
                else provider_grid(layer, QgsRectangle(*grid[:4]), height=grid[4], width=grid[5])
            )
            self._fingerprint = fingerprint
        return Site(layer.id(), layer.name(), self._source, fingerprint, layer.crs(), scale, card)

    def _server_cells(
        self, layer: QgsRasterLayer, pixel: float
    ) -> tuple[float, float, float, float, int, int]:
        """West, south, east, north, rows and columns of the cells around the view's centre."""
        cell, centre = _CELL * pixel, view_of(layer, self._canvas).center()
        col, row = math.floor(centre.x() / cell), math.floor(centre.y() / cell)
        wanted = QgsRectangle(
            (col - 1) * cell, (row - 1) * cell, (col + 2) * cell, (row + 2) * cell
        ).intersect(layer.extent())
        if wanted.isEmpty():
            raise InputError(
                tr("The map does not show the layer '{0}': move to where it lies.").format(
                    layer.name()
                )
            )
        west, south = math.floor(wanted.xMinimum() / pixel), math.floor(wanted.yMinimum() / pixel)
        east, north = math.ceil(wanted.xMaximum() / pixel), math.ceil(wanted.yMaximum() / pixel)
        edges = (west * pixel, south * pixel, east * pixel, north * pixel)
        return (*edges, north - south, east - west)


def _fingerprint(layer: QgsRasterLayer) -> tuple[object, ...]:
    """The same as long as the layer's pixels are."""
    provider = layer.dataProvider()
    uri = provider.dataSourceUri()
    path = uri.split("|")[0]
    is_file = QFileInfo(path).isFile()  # Path raises for the long address of a server
    changed = Path(path).stat().st_mtime_ns if is_file else 0
    bands = range(1, provider.bandCount() + 1)
    nodata = tuple(
        (
            provider.useSourceNoDataValue(band),
            *((span.min(), span.max()) for span in provider.userNoDataValues(band)),
        )
        for band in bands
    )
    return (layer.id(), uri, changed, layer.crs().toWkt(), nodata)


def _units_per_screen_pixel(
    layer: QgsRasterLayer, canvas: QgsMapCanvas, across: float = 1.0, down: float = 1.0
) -> float:
    """The layer's units, counted in `across` and `down`, along a screen pixel where it has most."""
    to_layer, _ = transform_to(layer.crs(), canvas)
    settings = canvas.mapSettings()
    centre, step = settings.visibleExtent().center(), _STEP * settings.mapUnitsPerPixel()
    lengths = []
    for dx, dy in ((step, 0.0), (0.0, step)):
        try:
            one = to_layer.transform(QgsPointXY(centre.x() - dx, centre.y() - dy))
            two = to_layer.transform(QgsPointXY(centre.x() + dx, centre.y() + dy))
        except QgsCsException as error:
            raise InputError(_beyond(layer)) from error
        length = math.hypot((two.x() - one.x()) / across, (two.y() - one.y()) / down)
        lengths.append(length / (2 * _STEP))
    longest = max(lengths)
    if not math.isfinite(longest) or longest <= 0:
        raise InputError(_beyond(layer))
    return longest


def _beyond(layer: QgsRasterLayer) -> str:
    return tr(
        "The map shows a place that the CRS of the layer '{0}' cannot express: move to where the "
        "layer lies, or check its CRS."
    ).format(layer.name())
