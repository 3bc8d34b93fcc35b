# SPDX-License-Identifier: GPL-2.0-or-later
"""What is read, computed and answered where, decided before the first pixel is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from ..cards.card import BlendSettings, ModelCard
from ..errors import InputError
from ..raster.frame import Frame
from ..raster.window import Window
from .decide import Axis
from .grid import Span, Tile, TileGrid, fitting_tile

BLOCK_WIDTH = 7168
"""Answer columns worked on at a time: what keeps memory the same at any width of raster."""
_ANSWER_ALIGNMENT = 512


@dataclass(frozen=True)
class Block:
    """One column block: `answer` in pixels of the answer, `context` in network pixels around it."""

    answer: Window
    context: Window

    def window_of(self, tile: Tile) -> Window:
        """One of its tiles in pixels of the whole raster, as the network sees it."""
        window = tile.window
        return Window(
            self.context.row_off + window.row_off,
            self.context.col_off + window.col_off,
            window.height,
            window.width,
        )


@dataclass(frozen=True)
class Plan:
    """The geometry of one run.

    `network` is the whole raster at the network's resolution, `whole` the whole raster on the grid
    of the answer, `wanted` the part of that grid to answer. `tile` (the largest side that one call
    answers), `margin` (what the network sees beyond that on every side, also beyond the raster) and
    `blend` are in network pixels; tiles that are `fixed` have that side and no other. A score lies
    every `stride` network pixels, or `upscale` of them in one.
    """

    network: Frame
    whole: Frame
    wanted: Window
    tile: int
    blend: BlendSettings
    multiple: int
    stride: int
    margin: int = 0
    fixed: bool = False
    upscale: int = 1

    @property
    def answer(self) -> Frame:
        """The frame of the output."""
        return self.whole.crop(self.wanted)

    @property
    def tiles(self) -> int:
        """How many tiles the network is asked about."""
        return sum(len(self.grid(block)) for block in self.blocks())

    @property
    def computed(self) -> float:
        """Network pixels that are computed for each that is wanted."""
        wanted = self.wanted.pixels * self.network.window.pixels / self.whole.window.pixels
        if self.fixed:
            return self.tiles * (self.tile + 2 * self.margin) ** 2 / wanted
        return sum(self.grid(block).computed_pixels for block in self.blocks()) / wanted

    def blocks(self) -> Iterator[Block]:
        """Column blocks of equal width from left to right; together they are the wanted window."""
        most = min(BLOCK_WIDTH, self._columns_for(BLOCK_WIDTH))
        count = -(-self.wanted.width // most)
        step = -(-self.wanted.width // count // _ANSWER_ALIGNMENT) * _ANSWER_ALIGNMENT
        for first in range(0, self.wanted.width, step):
            width = min(step, self.wanted.width - first)
            answer = Window(
                self.wanted.row_off, self.wanted.col_off + first, self.wanted.height, width
            )
            yield Block(answer, self._context(answer))

    def undivided(self) -> Block:
        """All that is wanted in one block, for answers that need no memory for each column."""
        return Block(self.wanted, self._context(self.wanted))

    def grid(self, block: Block) -> TileGrid:
        """The tiles of a block, counted from the corner of its context; one size for all blocks."""
        height = max(other.context.height for other in self.blocks())
        width = max(other.context.width for other in self.blocks())
        return TileGrid(
            block.context.height,
            block.context.width,
            self._side(height),
            self._side(width),
            self.blend.halo,
            self.multiple,
        )

    def _side(self, length: int) -> int:
        """The side of the tiles of an axis."""
        if self.fixed:
            return self.tile
        return fitting_tile(length, tile=self.tile, halo=self.blend.halo, multiple=self.multiple)

    def scores(self, span: Span) -> Span:
        """The scores that a stretch of network pixels is answered with."""
        shrunk = span.shrunk(self.stride)
        return Span(shrunk.start * self.upscale, shrunk.stop * self.upscale)

    def score_count(self, length: int) -> int:
        """Scores of so many network pixels; a started one counts whole."""
        return self.scores(Span(0, length)).length

    def axes(self, block: Block) -> tuple[Axis, Axis]:
        """How the rows and columns of a block's answer lie on its scores."""
        rows = self._axis(
            self.network.height * self.upscale / self.whole.height,
            block.answer.row_off,
            block.context.row_off,
            block.context.height,
        )
        cols = self._axis(
            self.network.width * self.upscale / self.whole.width,
            block.answer.col_off,
            block.context.col_off,
            block.context.width,
        )
        return rows, cols

    def _axis(self, scale: float, answer_off: int, context_off: int, context_size: int) -> Axis:
        offset = (answer_off * scale - context_off * self.upscale) / self.stride
        return Axis(scale / self.stride, offset, self.score_count(context_size))

    def _columns_for(self, network_pixels: int) -> int:
        """Answer columns that `network_pixels` network columns make, in whole file blocks."""
        columns = int(network_pixels * self.whole.width / self.network.width)
        return max(columns // _ANSWER_ALIGNMENT, 1) * _ANSWER_ALIGNMENT

    def _context(self, answer: Window) -> Window:
        """Network pixels that answer pixels are made from: a halo more, on the stride's grid.

        Inside the raster it begins at a multiple of the stride, so that a part of a raster is
        sampled, and answered, like the whole.
        """
        top, bottom = self._reach(
            answer.row_off, answer.row_end, self.whole.height, self.network.height
        )
        left, right = self._reach(
            answer.col_off, answer.col_end, self.whole.width, self.network.width
        )
        return Window(top, left, bottom - top, right - left)

    def _reach(self, start: int, stop: int, answer_size: int, network_size: int) -> tuple[int, int]:
        scale = network_size / answer_size
        first = math.floor(start * scale) - self.blend.halo
        last = math.ceil(stop * scale) + self.blend.halo
        first = max(first // self.multiple * self.multiple, 0)
        last = min(-(-last // self.multiple) * self.multiple, network_size)
        return first, last


def make_plan(
    native: Frame,
    card: ModelCard,
    *,
    network_shape: tuple[int, int],
    grid: str,
    extent: tuple[float, float, float, float] | None,
    overlap: int | None,
    margin: int = 0,
) -> Plan:
    """Lay out a run over a raster of the `native` frame; raises InputError for what cannot be.

    `grid` is "input", "network" or "finer", which has `upscale` pixels for each of the network's.
    `margin` is by how much the network's answer to a tile is smaller than it, on every side.
    """
    same = network_shape == (native.height, native.width)
    network = native if same else native.resampled(*network_shape)
    whole = {"input": native, "network": network}.get(grid) or network.resampled(
        network.height * card.upscale, network.width * card.upscale
    )
    wanted = whole.window if extent is None else window_of_extent(whole, extent)
    blend = card.blend if overlap is None else card.blend.with_halo(overlap)
    if card.tile - 2 * blend.halo < card.stride_multiple:
        raise InputError(
            f"An overlap of {blend.halo} pixels on each side leaves nothing of a tile of "
            f"{card.tile}; give at most {(card.tile - card.stride_multiple) // 2}."
        )
    return Plan(
        network=network,
        whole=whole,
        wanted=wanted,
        tile=card.tile - 2 * margin,
        blend=_beyond(blend, margin),
        multiple=card.stride_multiple,
        stride=card.output_stride,
        margin=margin,
        fixed=card.fixed_tile or card.centred,
        upscale=card.upscale,
    )


def _beyond(blend: BlendSettings, margin: int) -> BlendSettings:
    """What is left to blend where the answer already ends `margin` pixels inside the tile."""
    halo, ring = max(blend.halo - margin, 0), max(blend.ring - margin, 0)
    return BlendSettings(halo, ring, min(blend.fade, 2 * (halo - ring)))


def window_of_extent(frame: Frame, extent: tuple[float, float, float, float]) -> Window:
    """The pixels an extent (xmin, ymin, xmax, ymax, map coordinates) touches, within the frame."""
    xmin, ymin, xmax, ymax = extent
    window = _touched(frame, extent) if all(map(math.isfinite, extent)) else None
    common = None if window is None else window.intersection(frame.window)
    if common is not None:
        return common
    raise InputError(
        f"The extent {xmin:.10g}, {ymin:.10g}, {xmax:.10g}, {ymax:.10g} does not meet the raster; "
        "give it in the raster's coordinate system, as xmin, ymin, xmax, ymax."
    )


def _touched(frame: Frame, extent: tuple[float, float, float, float]) -> Window | None:
    """The pixels an extent touches on the endless grid of a frame; None where it has no area."""
    xmin, ymin, xmax, ymax = extent
    cols, rows = frame.to_pixel((xmin, xmin, xmax, xmax), (ymin, ymax, ymin, ymax))
    tiny = 1e-3  # an extent copied from a layer, as text, should not gain a pixel by rounding
    top, left = math.floor(min(rows) + tiny), math.floor(min(cols) + tiny)
    bottom, right = math.ceil(max(rows) - tiny), math.ceil(max(cols) - tiny)
    if bottom <= top or right <= left:
        return None
    return Window(top, left, bottom - top, right - left)
