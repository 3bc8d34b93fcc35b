# SPDX-License-Identifier: GPL-2.0-or-later
"""How large the pixels are that one works with: what the screen shows, in steps of two.

Steps, so that a view is not encoded anew after every turn of the wheel.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

LEAST_SIDE = 256
"""Pixels that the longer side of a raster keeps, however far the map is zoomed out."""


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
