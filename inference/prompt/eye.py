# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster at every level, encoded where it is looked at."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ..raster.source import Validity
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.prepare import View, mirrored
from .embedding import Embedding, EmbeddingCache, Scene, aligned
from .look import Look, Pyramid
from .planes import SIDE, STRIDE
from .promptable import Promptable
from .prompts import PromptBox
from .view_windows import apart, needed_around

WHOLE = 1024
"""Levels of up to this many pixels squared are encoded whole."""
_CONTEXT = 32
"""Pixels around what is looked at, so that the encoder does not see an edge there."""

Picture = NDArray[np.uint8]


class Eye:
    """What a network sees of a raster; asked from any thread."""

    def __init__(
        self,
        view: View,
        network: Promptable,
        cache: EmbeddingCache,
        watch: Stopwatch,
        *,
        edition: Hashable = None,
    ) -> None:
        """`view` is level 0; `edition` tells rasters apart that are called the same."""
        self.view, self.network, self.cache, self.watch = view, network, cache, watch
        self.sight = network.sight
        self.pyramid = Pyramid(view.height, view.width, self.sight)
        self._source = (edition, _identity(view))

    def find(self, level: int, window: Window) -> Embedding | None:
        """What was encoded of all of a window before, None where nothing was."""
        return self.cache.find(self._scene(level), window)

    def see(self, level: int, window: Window, block: Window | None = None) -> Embedding:
        """What the encoder says of a window; with it all of `block` is encoded where need be."""
        if not self.sight.slides:
            chosen = block or window
        else:
            chosen = self._around(level, window) if block is None else self.block(level, block)
        return self.cache.get(
            self._scene(level), window, chosen, lambda: self._encode(level, chosen)
        )

    def instead(self, look: Look, box: PromptBox) -> Look:
        """What was encoded already where that shows all around a box (base pixels), else the look.

        Only where each window costs an encoding: a view that was encoded ahead lies elsewhere than
        the windows that are half a window apart. Of several that in the middle of which it lies.
        """
        if self.sight.slides or self.find(look.level, look.window) is not None:
            return look
        needed = needed_around(look, box, *self.pyramid.shape(look.level))
        windows = [each.window for each in self.cache.all_with(self._scene(look.level), needed)]
        nearest = min(windows, key=partial(apart, needed), default=look.window)
        return replace(look, window=nearest)

    def block(self, level: int, window: Window) -> Window:
        """The window with some context, as the encoder takes it."""
        height, width = self.pyramid.shape(level)
        unit = self.view.card.stride_multiple
        return aligned(window.padded(_CONTEXT), unit, height=height, width=width)

    def picture(
        self, level: int, window: Window, *, only_ready: bool
    ) -> tuple[Picture | None, Validity | None]:
        """(bands, height, width) of a window of a level, and which of its pixels are valid.

        No picture where it would have to be read and `only_ready` forbids that.
        """
        found = self.find(level, window)
        if found is not None and not found.has_gaps:
            return found.seen(window), None
        if only_ready:
            return (None, None) if found is None else (found.seen(window), None)
        view = self._at(level)
        with self.watch.stage("read"):
            pixels, valid = view.read(window)
        return _whole(view.picture(pixels, valid)), valid

    def _around(self, level: int, window: Window) -> Window:
        height, width = (max(side, SIDE) for side in self.pyramid.shape(level))
        whole = Window(0, 0, height, width)
        return self.block(level, whole if whole.pixels <= WHOLE**2 else window)

    def _encode(self, level: int, block: Window) -> Embedding:
        view = self._at(level)
        there = Window(0, 0, view.height, view.width).intersection(block)
        if there is None:
            raise ValueError(f"{block} is not on level {level} of {self.pyramid}")
        with self.watch.stage("read"):
            pixels, valid = view.read(there)
        with self.watch.stage("prepare"):
            picture = mirrored(view.picture(pixels, valid), block.height, block.width)
            image = np.ascontiguousarray(view.standardise(picture))
        with self.watch.stage("encode"):
            features = self.network.see(image, there.relative_to(block))
        cells = _cells(valid, there, block)
        has_gaps = valid is not None
        return Embedding(level, block, features, _whole(picture), cells, has_gaps)

    def _at(self, level: int) -> View:
        height, width = self.pyramid.shape(level)
        return replace(self.view, height=height, width=width)

    def _scene(self, level: int) -> Scene:
        shape = (self.pyramid.height, self.pyramid.width)
        return Scene(self._source, self.view.card.sha256, shape, level)


def _identity(view: View) -> Hashable:
    """What tells this raster's pixels from another's; two layers of one file share theirs."""
    frame, source = view.source.frame, view.source
    return (
        source.name,
        source.bands,
        str(frame.transform),
        frame.height,
        frame.width,
        view.stretch,
    )


def _whole(picture: NDArray[np.generic]) -> Picture:
    if picture.dtype == np.uint8:
        return np.ascontiguousarray(picture)
    return np.rint(picture).astype(np.uint8)


def _cells(valid: Validity | None, there: Window, block: Window) -> NDArray[np.bool_] | None:
    """Which cells of a block have a valid pixel, None: all have."""
    if valid is None and there == block:
        return None
    pixels = np.zeros((block.height, block.width), np.bool_)
    pixels[: there.height, : there.width] = True if valid is None else valid
    rows, cols = block.height // STRIDE, block.width // STRIDE
    return pixels.reshape(rows, STRIDE, cols, STRIDE).any(axis=(1, 3))
