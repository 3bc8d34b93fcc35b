# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: find objects in a raster, streaming from tiles to objects that are finished."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled
from ..raster.source import Validity
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.ahead import in_order
from ..tiles.grid import Tile, TileGrid
from ..tiles.plan import Block, Plan
from ..tiles.prepare import View
from ..tiles.zone import Zone
from .found import Found
from .looking import Sureness, objects_in, with_data
from .merge import Merger
from .network import DetectionNetwork
from .pieces import Seen

_TOUCHING, _TOUCHING_SHARE = 2.0, 0.01
"""Pixels, and share of a tile's side, within which an object touches the edge of the tile."""


class ObjectSink(Protocol):
    """Takes objects that are finished."""

    def add(self, found: Found) -> None:
        """Objects in pixels of the whole raster, as the network sees it."""


@dataclass(frozen=True)
class Detector:
    """A network, what counts for it, the number of threads that ask it, and the clock."""

    network: DetectionNetwork
    sureness: Sureness
    workers: int
    watch: Stopwatch


def detect(
    view: View,
    plan: Plan,
    detector: Detector,
    sink: ObjectSink,
    *,
    zone: Zone | None = None,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> int:
    """Find the objects in the wanted window of `plan`; how many tiles held a valid pixel.

    Workers read tiles, run the network and decode its answer; this thread merges. What no later
    tile can touch is handed on after each row of tiles, so that memory does not grow.
    """
    block = plan.undivided()
    grid = plan.grid(block)
    looker = _Looker(view, plan, detector, block, zone)
    merger = Merger(iou=detector.sureness.iou)
    looked = done = 0
    with ThreadPoolExecutor(detector.workers, thread_name_prefix="geosift") as pool:
        groups = _groups(grid, detector.network.batch)
        for tiles, each in in_order(pool, groups, looker.look, ahead=detector.workers + 1):
            for tile, seen in zip(tiles, each):
                if cancelled():
                    raise Cancelled("Cancelled; nothing was written.")
                with detector.watch.stage("merge"):
                    looked += seen is not None
                    finished = _merged(merger, tile, seen, grid, block)
                if finished is not None:
                    sink.add(finished)
                done += 1
                progress(100.0 * done / len(grid))
    return looked


def _merged(
    merger: Merger, tile: Tile, seen: Seen | None, grid: TileGrid, block: Block
) -> Found | None:
    """Add a tile; what is finished, after the last of a row."""
    if seen is not None:
        merger.add(seen)
    if tile.col + 1 < len(grid.col_spans):
        return None
    if tile.row + 1 == len(grid.row_spans):
        return merger.take()
    return merger.take(block.context.row_off + grid.row_spans[tile.row + 1].start)


def _groups(tiles: TileGrid, count: int) -> Iterator[tuple[Tile, ...]]:
    left = iter(tiles)
    while group := tuple(islice(left, count)):
        yield group


@dataclass(frozen=True)
class _Looker:
    """What workers do: from tiles to the objects in them."""

    view: View
    plan: Plan
    detector: Detector
    block: Block
    zone: Zone | None

    def look(self, tiles: tuple[Tile, ...]) -> list[Seen | None]:
        """The objects of each tile, None where no pixel wants an answer."""
        windows = [self.block.window_of(tile) for tile in tiles]
        pictures = [self._picture(window) for window in windows]
        images = [picture[0] for picture in pictures if picture is not None]
        if not images:
            return [None] * len(tiles)
        watch = self.detector.watch
        with watch.stage("network"):
            answers = iter(self.detector.network.answers(np.stack(images)))
        seen: list[Seen | None] = []
        for window, picture in zip(windows, pictures):
            if picture is None:
                seen.append(None)
                continue
            with watch.stage("decode"):
                image, valid = picture
                whole = Window(0, 0, window.height, window.width)
                found = objects_in(
                    next(answers), self.detector.sureness, tile=image.shape[1:], seen=whole
                )
                seen.append(self._placed(with_data(found, valid), window))
        return seen

    def _picture(self, window: Window) -> tuple[NDArray[Any], Validity | None] | None:
        """What the network takes, and which pixels are valid."""
        if self.zone is not None and not self.zone.touches(window):
            return None
        with self.detector.watch.stage("read"):
            pixels, valid = self.view.read(window)
        if valid is not None and not valid.any():
            return None
        with self.detector.watch.stage("prepare"):
            return self.view.prepare(pixels, valid), valid

    def _placed(self, found: Found, window: Window) -> Seen:
        return Seen.of(
            window,
            found.moved(window.row_off, window.col_off),
            raster=Window(0, 0, self.view.height, self.view.width),
            tolerance=max(_TOUCHING, _TOUCHING_SHARE * self.plan.tile),
        )
