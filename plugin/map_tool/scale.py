# SPDX-License-Identifier: GPL-2.0-or-later
"""How large the pixels are that one works with: what the screen shows, in steps of two.

Steps, so that a view is not encoded anew after every turn of the wheel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qgis.core import QgsCsException, QgsPointXY, QgsRasterLayer
from qgis.gui import QgsMapCanvas

from ...inference.errors import InputError
from ..layers.layer_source import has_pixels
from .places import beyond_words, transform_to

LEAST_SIDE = 256
"""Pixels that the longer side of a raster keeps, however far the map is zoomed out."""
_STEP = 8
"""Screen pixels on either side of the centre between which the scale is measured."""


@dataclass(frozen=True)
class Scale:
    """How large the pixels are: of a raster `joined` times two by two, or (`pixel` > 0) of a server
    in its own units."""

    joined: int = 0
    pixel: float = 0.0


def scale_of(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> Scale:
    """The scale at which a pixel is about as large as the screen's; raises InputError."""
    if not has_pixels(layer):
        native = layer.dataProvider().nativeResolutions()
        return Scale(pixel=server_pixel(_units_per_screen_pixel(layer, canvas), native))
    across, down = layer.rasterUnitsPerPixelX(), layer.rasterUnitsPerPixelY()
    per_pixel = _units_per_screen_pixel(layer, canvas, across, down)
    return Scale(joined=coarseness(per_pixel, height=layer.height(), width=layer.width()))


def coarseness(per_screen_pixel: float, *, height: int, width: int) -> int:
    """How often a raster's pixels are joined two by two, for so many of them per screen pixel.

    0 where the map shows the raster's own pixels or is zoomed in further.
    """
    most = max(0, math.floor(math.log2(max(height, width, 1) / LEAST_SIDE)))
    wanted = round(math.log2(max(per_screen_pixel, 1e-12)))
    return min(max(wanted, 0), most)


def server_pixel(per_screen_pixel: float, native: Sequence[float]) -> float:
    """The side of a pixel in a map server's units, for so many of these per screen pixel.

    The nearest of those it draws itself (`native`), where it says so.
    """
    if not native:
        return 2.0 ** round(math.log2(per_screen_pixel))
    return min(native, key=lambda size: abs(math.log2(size / per_screen_pixel)))


def base_shape(
    height: int, width: int, *, pixel_m: tuple[float, float] | None, joined: int
) -> tuple[int, int]:
    """Rows and columns of a raster whose pixels are joined, and square on the ground.

    `pixel_m` is the (width, height) of its own pixels in metres, None where nobody knows. Pixels
    within a tenth of square are joined as they are: not resampling is faster and exact.
    """
    across, down = pixel_m or (1.0, 1.0)
    least = min(across, down)
    if max(across, down) <= 1.1 * least:
        across = down = least
    factor = 2.0**joined * least
    return max(1, round(height * down / factor)), max(1, round(width * across / factor))


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
            raise InputError(beyond_words(layer)) from error
        length = math.hypot((two.x() - one.x()) / across, (two.y() - one.y()) / down)
        lengths.append(length / (2 * _STEP))
    longest = max(lengths)
    if not math.isfinite(longest) or longest <= 0:
        raise InputError(beyond_words(layer))
    return longest
