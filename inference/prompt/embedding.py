# SPDX-License-Identifier: GPL-2.0-or-later
"""What the encoder has seen of a place, kept for the next prompt there."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.window import Window
from .planes import SIDE, STRIDE
from .promptable import Features
from .prompts import PromptBox


@dataclass(frozen=True)
class Scene:
    """What two embeddings must have in common to stand for each other.

    `source` tells rasters apart, `card` (SHA-256) networks; `shape` is the raster's at level 0.
    """

    source: Hashable
    card: str
    shape: tuple[int, int]
    level: int


@dataclass(frozen=True)
class Embedding:
    """What an encoder said of a window of a level, and what was seen there.

    `picture` is (bands, height, width) uint8. `valid` (height / 4, width / 4) says which cells have
    a pixel with a value, None: all. Beyond the raster's lower and right edge a window goes on as
    its mirror image, without a value. `has_gaps` says whether a pixel on the raster may lack one.
    """

    level: int
    window: Window
    features: Features
    picture: NDArray[np.uint8]
    valid: NDArray[np.bool_] | None
    has_gaps: bool = True

    @property
    def nbytes(self) -> int:
        """Bytes of memory it takes."""
        valid = 0 if self.valid is None else self.valid.nbytes
        return self.features.nbytes + self.picture.nbytes + valid

    def holds(self, window: Window) -> bool:
        """Whether all of a window of its level lies in it."""
        return self.window.intersection(window) == window

    def under(self, look: Window) -> Any:
        """What a decoder needs to see that window."""
        return self.features.under(look.relative_to(self.window))

    def seen(self, window: Window) -> NDArray[np.uint8]:
        """The picture (bands, height, width) of a window in it."""
        rows, cols = window.relative_to(self.window).slices()
        return self.picture[:, rows, cols]

    def has_value(self, x: float, y: float) -> bool:
        """Whether a pixel of the cell at (x, y), in pixels of its level, has a value."""
        if self.valid is None:
            return True
        return bool(self.valid[self._cell(x, y)])

    def any_value(self, box: PromptBox) -> bool:
        """Whether any pixel in a box, in pixels of its level, has a value."""
        if self.valid is None:
            return True
        (top, left), (bottom, right) = (
            self._cell(box.left, box.top),
            self._cell(box.right, box.bottom),
        )
        return bool(self.valid[top : bottom + 1, left : right + 1].any())

    def _cell(self, x: float, y: float) -> tuple[int, int]:
        """Row and column of the cell at (x, y), or of the nearest."""
        rows, cols = self.window.height // STRIDE, self.window.width // STRIDE
        row, col = (
            int((y - self.window.row_off) // STRIDE),
            int((x - self.window.col_off) // STRIDE),
        )
        return min(max(row, 0), rows - 1), min(max(col, 0), cols - 1)


Encode = Callable[[], Embedding]


class EmbeddingCache:
    """The embeddings used last, up to `limit_bytes`; asked from any thread.

    The one that was added last stays, however large it is.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Scene, Window], Embedding] = OrderedDict()
        self._coming: dict[tuple[Scene, Window], threading.Event] = {}
        self._bytes = 0
        self._forgotten = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all that is kept."""
        with self._lock:
            return self._bytes

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def find(self, scene: Scene, window: Window) -> Embedding | None:
        """An embedding that holds the window, None where there is none."""
        with self._lock:
            return self._find(scene, window)

    def all_with(self, scene: Scene, window: Window) -> list[Embedding]:
        """Every embedding that holds the window."""
        with self._lock:
            kept = [each for key, each in self._kept.items() if key[0] == scene]
        return [each for each in kept if each.holds(window)]

    def get(self, scene: Scene, window: Window, block: Window, encode: Encode) -> Embedding:
        """An embedding that holds `window`; where there is none, `encode` makes that of `block`.

        Who asks for a block that is being made waits for it.
        """
        key = (scene, block)
        while True:
            with self._lock:
                found = self._find(scene, window)
                if found is not None:
                    return found
                coming, forgotten = self._coming.get(key), self._forgotten
                if coming is None:
                    made = self._coming[key] = threading.Event()
                    break
            coming.wait()
        try:
            embedding = encode()
            self._keep(key, embedding, forgotten)
            return embedding
        finally:
            with self._lock:
                del self._coming[key]
            made.set()

    def forget(self) -> None:
        """Keep nothing of what there was, or is being made: the raster may look otherwise now."""
        with self._lock:
            self._forgotten += 1
            self._kept.clear()
            self._bytes = 0

    def _find(self, scene: Scene, window: Window) -> Embedding | None:
        for key in reversed(self._kept):
            if key[0] == scene and self._kept[key].holds(window):
                self._kept.move_to_end(key)
                return self._kept[key]
        return None

    def _keep(self, key: tuple[Scene, Window], embedding: Embedding, forgotten: int) -> None:
        with self._lock:
            if forgotten != self._forgotten:
                return
            before = self._kept.pop(key, None)
            self._bytes += embedding.nbytes - (0 if before is None else before.nbytes)
            self._kept[key] = embedding
            while self._bytes > self.limit_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._bytes -= dropped.nbytes


def aligned(window: Window, multiple: int, *, height: int, width: int) -> Window:
    """The window with every edge moved outwards to the `multiple`, inside a level of that shape.

    A level smaller than the decoder's window counts as large as that.
    """
    bottom, right = (max(_up(side, multiple), _up(SIDE, multiple)) for side in (height, width))
    top = max(0, window.row_off // multiple * multiple)
    left = max(0, window.col_off // multiple * multiple)
    row_end = min(_up(window.row_end, multiple), bottom)
    col_end = min(_up(window.col_end, multiple), right)
    return Window(top, left, row_end - top, col_end - left)


def _up(edge: int, multiple: int) -> int:
    return -(-edge // multiple) * multiple
