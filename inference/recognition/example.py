# SPDX-License-Identifier: GPL-2.0-or-later
"""The example others are compared with: a picture file, or a place of the raster itself."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from ..errors import InputError
from ..raster.source import FileSource
from ..raster.window import Window
from ..tiles.plan import Plan, window_of_extent
from ..tiles.prepare import Stretch, View

Extent = tuple[float, float, float, float]


def picture(path: str, view: View) -> NDArray[Any]:
    """A picture file as the network takes a tile: all of it, brought to that size.

    Its numbers mean what the raster's mean where both have the same type.
    """
    side = view.card.tile
    with FileSource(path, bands=None, names=view.card.bands) as source:
        alike = source.dtype == view.source.dtype
        stretch = view.stretch if alike else Stretch.for_source(source)
        return _tile(View(source, view.card, stretch, side, side), Window(0, 0, side, side))


def place(extent: Extent, view: View, plan: Plan) -> NDArray[Any]:
    """The tile around the middle of an extent (map coordinates), moved to lie in the raster."""
    meant, side = window_of_extent(plan.network, extent), view.card.tile
    row = (meant.row_off + meant.row_end - side) // 2
    col = (meant.col_off + meant.col_end - side) // 2
    row = max(min(row, view.height - side), 0)
    col = max(min(col, view.width - side), 0)
    window = Window(row, col, min(side, view.height), min(side, view.width))
    return _tile(view, window)


def _tile(view: View, window: Window) -> NDArray[Any]:
    pixels, valid = view.read(window)
    if valid is not None and not valid.any():
        raise InputError(
            f"The example in {view.source.name} has no valid pixel; choose another place."
        )
    return view.prepare(pixels, valid)
