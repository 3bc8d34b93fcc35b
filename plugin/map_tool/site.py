# SPDX-License-Identifier: GPL-2.0-or-later
"""Where one points: a raster layer at one scale, as a worker may have it (made on the main thread).

A site holds no live layer, so it stays what it is when the layer is taken out of the project.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QFileInfo

from ...inference.errors import InputError
from .. import settings
from ..i18n import tr
from ..layers.layer_source import ProviderGrid, engine_source, provider_grid
from .places import view_of
from .scale import Scale

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_CELL = 16384
"""Pixels of a map server along a cell; one works on the nine around the centre of the view, so
that moving the map seldom means another grid, and areas are measured near where one points."""


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
