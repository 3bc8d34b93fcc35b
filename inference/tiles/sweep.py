# SPDX-License-Identifier: GPL-2.0-or-later
"""What every verb with an answer for each pixel does: from overlapping tiles to finished rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from .ahead import in_order
from .blend import Blender, Scores
from .decide import Plane, ScoreRows
from .grid import Tile
from .plan import Block, Plan
from .prepare import View
from .zone import Zone


class Asked(Protocol):
    """Whoever gives planes of scores for pictures: an Engine, or what is made of its answers."""

    watch: Stopwatch
    workers: int

    @property
    def batch(self) -> int:
        """Tiles that are best asked together."""

    @property
    def channels(self) -> int:
        """Planes of scores."""

    def scores(self, images: NDArray[Any]) -> Scores:
        """(n, bands, height, width) to (n, channels, rows, columns)."""


class PlanesAnswer(Protocol):
    """Takes planes that are finished."""

    def write(self, window: Window, planes: list[Plane]) -> None:
        """The planes of `window`, in pixels of the whole grid of the answer."""


def sweep(
    view: View,
    plan: Plan,
    engine: Asked,
    answer: PlanesAnswer,
    *,
    zone: Zone | None = None,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Answer the wanted window of `plan`: read, prepare, run, blend, hand on.

    Workers read and run tiles ahead while this thread blends and writes, so the processor is never
    idle. `progress` is told percent; `cancelled` is asked after each tile, and Cancelled raised.
    """
    blocks = list(plan.blocks())
    total = sum(len(plan.grid(block)) for block in blocks)
    done = 0
    with ThreadPoolExecutor(engine.workers, thread_name_prefix="geosift") as pool:
        for block in blocks:
            rows = _BlockRows(plan, block, engine, answer)
            ask = partial(_scores, view, plan, block, engine, zone)
            groups = _groups(plan.grid(block), engine.batch)
            for tiles, each in in_order(pool, groups, ask, ahead=engine.workers + 1):
                for tile, scores in zip(tiles, each):
                    if cancelled():
                        raise Cancelled("Cancelled; nothing was written.")
                    rows.add(tile, scores)
                    done += 1
                    progress(100.0 * done / total)


def _groups(tiles: Iterable[Tile], count: int) -> Iterator[tuple[Tile, ...]]:
    """The same tiles, `count` together."""
    left = iter(tiles)
    while group := tuple(islice(left, count)):
        yield group


def _scores(
    view: View,
    plan: Plan,
    block: Block,
    engine: Asked,
    zone: Zone | None,
    tiles: tuple[Tile, ...],
) -> list[Scores | None]:
    """Scores (channels, rows, columns) of each tile, None where no pixel wants an answer."""
    windows = [block.window_of(tile) for tile in tiles]
    images = [_image(view, plan, window, engine.watch, zone) for window in windows]
    asked = [image for image in images if image is not None]
    if not asked:
        return [None] * len(images)
    batch = asked[0][np.newaxis] if len(asked) == 1 else np.stack(asked)
    answers = iter(engine.scores(batch))
    return [
        None if image is None else _cut(next(answers), plan, window)
        for image, window in zip(images, windows)
    ]


def _image(
    view: View, plan: Plan, window: Window, watch: Stopwatch, zone: Zone | None
) -> NDArray[Any] | None:
    """What the network takes to answer a window; None where no pixel wants an answer."""
    if zone is not None and not zone.touches(window):
        return None
    seen = window.padded(plan.margin)
    inside = seen.intersection(Window(0, 0, view.height, view.width))
    with watch.stage("read"):
        pixels, valid = view.read(inside)
    if valid is not None and not valid.any():
        return None
    with watch.stage("prepare"):
        corner = inside.relative_to(seen)
        return view.prepare(pixels, valid, above=corner.row_off, left=corner.col_off)


def _cut(scores: Scores, plan: Plan, window: Window) -> Scores:
    """Without the answer to what only filled the tile up."""
    rows, cols = (plan.score_count(length) for length in (window.height, window.width))
    return scores[:, :rows, :cols]


class _BlockRows:
    """Blends the tiles of one column block and hands finished rows to the answer."""

    def __init__(self, plan: Plan, block: Block, engine: Asked, answer: PlanesAnswer) -> None:
        self._block, self._answer, self._watch = block, answer, engine.watch
        self._grid = plan.grid(block)
        self._blender = Blender(
            tuple(plan.scores(span) for span in self._grid.row_spans),
            tuple(plan.scores(span) for span in self._grid.col_spans),
            channels=engine.channels,
            ring=plan.blend.ring * plan.upscale // plan.stride,
            fade=plan.blend.fade * plan.upscale // plan.stride,
        )
        rows, cols = plan.axes(block)
        size = block.answer
        self._rows = ScoreRows(
            rows, cols, height=size.height, width=size.width, channels=engine.channels
        )

    def add(self, tile: Tile, scores: Scores | None) -> None:
        with self._watch.stage("blend"):
            self._blender.add(tile.row, tile.col, scores)
        if tile.col + 1 < len(self._grid.col_spans):
            return
        with self._watch.stage("blend"):
            strip = self._blender.take(tile.row)
        corner = self._block.answer
        for row, planes in self._rows.feed(strip):
            height, width = planes[0].shape
            self._answer.write(Window(corner.row_off + row, corner.col_off, height, width), planes)
