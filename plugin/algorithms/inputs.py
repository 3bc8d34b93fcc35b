# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run over a raster needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qgis.core import QgsRasterLayer, QgsRectangle

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_source import engine_source
from ..models import catalog
from . import common_parameters as names
from .given import Given

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ...inference.raster.source import RasterSource

Corners = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax."""


@dataclass(frozen=True)
class RasterInputs:
    """What every run reads, free of live layers; `extent` is in the raster's CRS.

    `card` is None where no network is asked. `band_names` are looked for where the user names no
    bands.
    """

    title: str
    card: ModelCard | None
    source: str | RasterSource
    bands: tuple[int, ...] | None
    extent: Corners | None
    band_names: tuple[str, ...] = names.COLORS


def read_raster(given: Given, layer: QgsRasterLayer) -> RasterInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    model = given.model()
    card = catalog().find(model) if model else None
    extent = extent_on(layer, given, names.EXTENT)
    metres = given.number(names.RESOLUTION)
    if metres is None and card is not None:
        metres = card.resolution_m
    return RasterInputs(
        title=layer.name() or tr("raster"),
        card=card,
        source=engine_source(layer, extent=extent, metres=metres),
        bands=given.bands(),
        extent=corners(extent),
        band_names=names.COLORS if card is None else card.bands,
    )


def extent_on(layer: QgsRasterLayer, given: Given, name: str) -> QgsRectangle | None:
    """The extent the parameter names, in the layer's CRS; None where it is empty."""
    extent = given.extent(name, layer.crs())
    if extent is not None and not extent.intersects(layer.extent()):
        raise InputError(
            tr(
                "{0} does not touch the raster, which covers {1}: give an extent inside it, or "
                "check the CRS of the extent."
            ).format(name, layer.extent().toString(6))
        )
    return extent


def corners(rectangle: QgsRectangle | None) -> Corners | None:
    """Of a rectangle; None where there is none."""
    if rectangle is None:
        return None
    return (
        rectangle.xMinimum(),
        rectangle.yMinimum(),
        rectangle.xMaximum(),
        rectangle.yMaximum(),
    )
