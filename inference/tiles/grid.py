# SPDX-License-Identifier: GPL-2.0-or-later
"""Cutting a raster into overlapping tiles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..raster.window import Window


@dataclass(frozen=True)
class Span:
    """A stretch of one axis, in pixels: `start` included, `stop` not."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def shrunk(self, factor: int) -> Span:
        """The stretch on an axis `factor` times coarser; a started pixel counts whole."""
        return Span(self.start // factor, -(-self.stop // factor))


@dataclass(frozen=True)
class Tile:
    """One window of the grid and its place: `row` and `col` count tiles, not pixels."""

    row: int
    col: int
    window: Window


def fitting_tile(length: int, *, tile: int, halo: int, multiple: int) -> int:
    """The smallest side that cuts `length` pixels into no more tiles than `tile` does.

    One large tile and one sliver cost more than two middling ones; never above `tile`.
    """
    if length <= tile:
        return _round_up(length, multiple)
    count = -(-(length - 2 * halo) // _share(tile, halo, multiple))
    even = _round_up(-(-(length - 2 * halo) // count), multiple)
    return min(_round_up(even + 2 * halo, multiple), tile)


def spans(length: int, *, tile: int, halo: int, multiple: int) -> tuple[Span, ...]:
    """Cut an axis of `length` pixels into overlapping stretches of `tile` pixels.

    Laws: they cover [0, length); each lies inside; each start is a multiple of `multiple`;
    neighbours overlap by at least twice the `halo`; each, filled up to a multiple of `multiple`,
    has the same length (unless one stretch is all). Every start being a multiple of the network's
    total stride is what makes a tile's answer the same as the whole raster's: shifted by less, the
    network samples other pixels. The same length everywhere means the network's memory is
    allocated once: the last stretch begins earlier instead of being shorter.
    """
    if length <= tile:
        return (Span(0, length),)
    share = _share(tile, halo, multiple)
    last = _round_up(length - tile, multiple)
    starts = [*range(0, last, share), last]
    return tuple(Span(start, min(start + tile, length)) for start in starts)


def _share(tile: int, halo: int, multiple: int) -> int:
    """Pixels from one tile's start to the next."""
    share = (tile - 2 * halo) // multiple * multiple
    if share < multiple:
        raise ValueError(
            f"a tile of {tile} pixels has no room for a halo of {halo} on both sides "
            f"and {multiple} pixels of its own; take a larger tile or less overlap"
        )
    return share


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


@dataclass(frozen=True)
class TileGrid(Sequence[Tile]):
    """Row-major tiles over a raster of `height` x `width` pixels, made as they are asked for.

    `tile_height` and `tile_width` are the size of a tile, `halo` the pixels it sees beyond its
    share on inner sides, `multiple` the network's total stride; all in pixels of this raster.
    """

    height: int
    width: int
    tile_height: int
    tile_width: int
    halo: int
    multiple: int = 1

    @cached_property
    def row_spans(self) -> tuple[Span, ...]:
        return spans(self.height, tile=self.tile_height, halo=self.halo, multiple=self.multiple)

    @cached_property
    def col_spans(self) -> tuple[Span, ...]:
        return spans(self.width, tile=self.tile_width, halo=self.halo, multiple=self.multiple)

    def __len__(self) -> int:
        return len(self.row_spans) * len(self.col_spans)

    def __getitem__(self, index: int) -> Tile:  # type: ignore[override]  # slices are not needed
        if not 0 <= index < len(self):
            raise IndexError(f"tile {index} of {len(self)}")
        row, col = divmod(index, len(self.col_spans))
        rows, cols = self.row_spans[row], self.col_spans[col]
        return Tile(row, col, Window(rows.start, cols.start, rows.length, cols.length))

    def __iter__(self) -> Iterator[Tile]:
        return (self[index] for index in range(len(self)))

    @property
    def computed_pixels(self) -> int:
        """Pixels of all tiles together; over height times width it is what overlap costs."""
        rows = sum(span.length for span in self.row_spans)
        return rows * sum(span.length for span in self.col_spans)
