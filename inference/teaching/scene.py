# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster as the network of features sees it, encoded where it is asked for and kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import Cancelled
from ..network.engine import Engine
from ..network.machine import machine
from ..prompt.place import base_shape
from ..raster.frame import Frame
from ..raster.source import FileSource, RasterSource, Validity
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.ahead import in_order
from ..tiles.plan import window_of_extent
from ..tiles.prepare import View
from ..tiles.reflectance import stretch_for
from .blocks import LARGEST, SMALLEST, Place, blocks_under, cells_valid, groups, window_of
from .feature_network import HALO, dense_card
from .scale import Moments

PREVIEW_SIDE = 2048
"""Pixels along a window that is sensibly asked for at once."""
_CACHE_BYTES = 512_000_000


@dataclass(frozen=True)
class Block:
    """Dense features of a block (channels, rows, columns), and what is valid in it.

    `valid` are its pixels, `cells` its cells; None: all have a value. `moments` are of the cells
    that have one.
    """

    window: Window
    features: NDArray[np.float32]
    valid: Validity | None
    cells: NDArray[np.bool_] | None
    moments: Moments

    @property
    def nbytes(self) -> int:
        return self.features.nbytes + (0 if self.valid is None else self.valid.nbytes)


class Scene:
    """One raster, its dense features kept up to `cache_bytes`; asked from any thread.

    Where memory is limited (see network/machine.py), less is kept and seen at once.
    """

    def __init__(
        self, view: View, engine: Engine, *, owned: RasterSource | None, cache_bytes: int
    ) -> None:
        """See `open`; `owned` is closed with it."""
        self.view, self.engine = view, engine
        self.frame: Frame = view.source.frame.resampled(view.height, view.width)
        self.stride = view.card.output_stride
        limit = machine().memory_mb
        self._at_once = LARGEST if limit is None else SMALLEST
        self._owned = owned
        self._most = cache_bytes if limit is None else min(cache_bytes, limit * 1_000_000 // 4)
        self._lock = threading.Lock()
        self._kept: OrderedDict[Place, Block] = OrderedDict()
        self._bytes = 0

    @classmethod
    def open(
        cls,
        source: str | RasterSource,
        card: ModelCard,
        *,
        bands: tuple[int, ...] | None = None,
        resolution: float | None = None,
        threads: int | None = None,
        cache_bytes: int = _CACHE_BYTES,
        message: Callable[[str], None] = lambda text: None,
        engine: Engine | None = None,
    ) -> Scene:
        """Read at `resolution` metres (None: the card's, else the raster's own pixels).

        `source` is what GDAL opens, or a source, which stays open after `close`. An `engine` of
        another scene, with the same card, is not loaded again. Raises leaves of GeoSiftError.
        """
        card = dense_card(card)
        if engine is None:
            engine = Engine.load(card, Stopwatch(), threads=threads, augment=1)
        own = FileSource(source, bands=bands, names=card.bands) if isinstance(source, str) else None
        there = source if own is None else own
        try:
            # Of pixels that are no squares on the ground square ones are made, as when pointing.
            shape = base_shape(there, resolution or card.resolution_m, message)
            view = View(there, card, stretch_for(there, card, message=message), *shape)
        except BaseException:
            if own is not None:
                own.close()
            raise
        return cls(view, engine, owned=own, cache_bytes=cache_bytes)

    @property
    def resolution_m(self) -> float | None:
        """Metres a pixel that is seen, with which the same raster is seen alike; None: unknown."""
        frame = self.view.source.frame
        size = frame.pixel_size_m()
        if size is None:
            return None
        across = size[0] * frame.width / self.view.width
        down = size[1] * frame.height / self.view.height
        return (across * down) ** 0.5

    def forget(self) -> None:
        """Let go of all that is kept."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def close(self) -> None:
        """Let go of the raster and of all that is kept."""
        self.forget()
        if self._owned is not None:
            self._owned.close()

    def window_of(self, extent: tuple[float, float, float, float]) -> Window:
        """The pixels of `frame` that an extent in the raster's coordinates touches; InputError."""
        return window_of_extent(self.frame, extent)

    def missing(self, window: Window) -> int:
        """Blocks of a window that are not encoded yet."""
        return len(self._missing(self._under(window)))

    def encode(
        self,
        window: Window,
        *,
        progress: Callable[[float], None] = lambda percent: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Encode what is missing of a window, from its middle; `progress` is told percent."""
        self.blocks(self._under(window), progress=progress, cancelled=cancelled)

    def blocks_of(
        self, window: Window, cancelled: Callable[[], bool] = lambda: False
    ) -> dict[Place, Block]:
        """All blocks that a window meets."""
        return self.blocks(self._under(window), cancelled=cancelled)

    def blocks(
        self,
        places: Sequence[Place],
        *,
        progress: Callable[[float], None] = lambda percent: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> dict[Place, Block]:
        """These blocks, encoded where need be; Cancelled between two calls of the network."""
        found = {place: block for place in places if (block := self._find(place)) is not None}
        tasks = groups([place for place in places if place not in found], self._at_once)
        with ThreadPoolExecutor(self.engine.workers, thread_name_prefix="geosift") as pool:
            made = in_order(pool, tasks, self._encode, ahead=self.engine.workers + 1)
            for number, (_, blocks) in enumerate(made, 1):
                for place, block in blocks.items():
                    self._keep(place, block)
                found.update(blocks)
                if cancelled():
                    made.close()
                    raise Cancelled("Cancelled; nothing was changed.")
                progress(100.0 * number / len(tasks))
        return found

    def _under(self, window: Window) -> list[Place]:
        common = window.intersection(self.frame.window)
        return [] if common is None else blocks_under(common)

    def _missing(self, places: Sequence[Place]) -> list[Place]:
        with self._lock:
            return [place for place in places if place not in self._kept]

    def _find(self, place: Place) -> Block | None:
        with self._lock:
            block = self._kept.get(place)
            if block is not None:
                self._kept.move_to_end(place)
            return block

    def _keep(self, place: Place, block: Block) -> None:
        """Forget what was asked for longest ago, where there is no room."""
        with self._lock:
            before = self._kept.pop(place, None)
            self._bytes += block.nbytes - (0 if before is None else before.nbytes)
            self._kept[place] = block
            while self._bytes > self._most and len(self._kept) > 1:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes

    def _encode(self, group: tuple[Place, ...]) -> dict[Place, Block]:
        """What the network says of some blocks, seen at once with a rim around."""
        windows = {place: window_of(place, self.frame.window) for place in group}
        inner = Window.around(list(windows.values()))
        seen = inner.padded(HALO).intersection(self.frame.window) or inner
        pixels, valid = self.view.read(seen)
        if valid is not None and not valid.any():
            features = self._nothing(seen)
        else:
            image = self.view.prepare(pixels, valid)
            features = self.engine.scores(image[np.newaxis])[0]
        return {
            place: self._block(window, seen, features, valid) for place, window in windows.items()
        }

    def _nothing(self, seen: Window) -> NDArray[np.float32]:
        sides = (-(-side // self.stride) for side in (seen.height, seen.width))
        return np.zeros((self.engine.channels, *sides), np.float32)

    def _block(
        self, window: Window, seen: Window, features: NDArray[np.float32], valid: Validity | None
    ) -> Block:
        """The part of an answer that lies in a block, copied."""
        inside, stride = window.relative_to(seen), self.stride
        top, left = inside.row_off // stride, inside.col_off // stride
        tall, wide = -(-inside.height // stride), -(-inside.width // stride)
        part = features[:, top : top + tall, left : left + wide].copy()
        pixels = None if valid is None else valid[inside.slices()].copy()
        if pixels is not None and pixels.all():
            pixels = None
        cells = None if pixels is None else cells_valid(pixels, stride)
        there = part.reshape(len(part), -1) if cells is None else part[:, cells]
        return Block(window, part, pixels, cells, Moments.of(there.T))
