# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: segment a raster, streaming from tiles to finished rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from .ahead import in_order
from .answer import Answer
from .blend import Blender, Scores
from .decide import ScoreRows
from .engine import Engine
from .errors import Cancelled
from .grid import Tile
from .plan import Block, Plan
from .prepare import View
from .window import Window
from .zone import Zone


def segment(
    view: View,
    plan: Plan,
    engine: Engine,
    answer: Answer,
    *,
    zone: Zone | None = None,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Answer the wanted window of `plan`: read, prepare, run, blend, decide, write.

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
            for tile, scores in in_order(pool, plan.grid(block), ask, ahead=engine.workers + 1):
                if cancelled():
                    raise Cancelled("Cancelled; nothing was written.")
                rows.add(tile, scores)
                done += 1
                progress(100.0 * done / total)


def _scores(
    view: View, plan: Plan, block: Block, engine: Engine, zone: Zone | None, tile: Tile
) -> Scores | None:
    """Scores (classes, height, width) of one tile, or None where no pixel wants an answer."""
    window = Window(
        block.context.row_off + tile.window.row_off,
        block.context.col_off + tile.window.col_off,
        tile.window.height,
        tile.window.width,
    )
    if zone is not None and not zone.touches(window):
        return None
    with engine.watch.stage("read"):
        pixels, valid = view.read(window)
    if valid is not None and not valid.any():
        return None
    with engine.watch.stage("prepare"):
        image = view.prepare(pixels, valid)
    scores = engine.scores(image[np.newaxis])[0]
    height, width = -(-window.height // plan.stride), -(-window.width // plan.stride)
    return scores[:, :height, :width]


class _BlockRows:
    """Blends the tiles of one column block and hands finished rows to the answer."""

    def __init__(self, plan: Plan, block: Block, engine: Engine, answer: Answer) -> None:
        self._block, self._answer, self._watch = block, answer, engine.watch
        self._grid = plan.grid(block)
        self._blender = Blender(
            tuple(span.shrunk(plan.stride) for span in self._grid.row_spans),
            tuple(span.shrunk(plan.stride) for span in self._grid.col_spans),
            channels=engine.session.channels,
            ring=plan.blend.ring // plan.stride,
            fade=plan.blend.fade // plan.stride,
        )
        rows, cols = plan.axes(block)
        size = block.answer
        self._rows = ScoreRows(
            rows, cols, height=size.height, width=size.width, channels=engine.session.channels
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
