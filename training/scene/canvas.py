# SPDX-License-Identifier: GPL-2.0-or-later
"""The drawing board: colour, class, thing, material and height of every sub-pixel of a scene."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import cv2
import numpy as np

BUILDING, LAND, ROAD, VEGETATION, WATER = range(5)
# Materials choose the fine texture, see camera.TEXTURE.
SAND, ASPHALT, PAVING, ROOF, LAWN, CANOPY, SEA, METAL, CROP, SOIL, GRASS, WOODS, STILL = range(13)
_SHIFT = 4  # cv2 takes vertices as fixed-point numbers with this many binary places


@dataclass(frozen=True)
class Paint:
    """What a brush leaves; None leaves what is there. Colour: RGB 0..255, height: metres."""

    colour: tuple[float, float, float] | np.ndarray | None = None
    label: int | None = None
    material: int | None = None
    height: float | None = None


@dataclass(frozen=True)
class Patch:
    """Some pixels of the board: the mask (h, w) lies at row_off, col_off."""

    row_off: int
    col_off: int
    mask: np.ndarray

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.mask.shape
        return (
            slice(self.row_off, self.row_off + height),
            slice(self.col_off, self.col_off + width),
        )

    def within(self, allowed: np.ndarray) -> Patch:
        """Return the part of the patch where the board-sized boolean `allowed` holds."""
        return Patch(self.row_off, self.col_off, self.mask & allowed[self.window])

    def lies_in(self, outer: Patch) -> bool:
        """Tell whether every pixel of this patch is one of `outer`."""
        row, col = self.row_off - outer.row_off, self.col_off - outer.col_off
        height, width = self.mask.shape
        if (
            row < 0
            or col < 0
            or row + height > outer.mask.shape[0]
            or (col + width > outer.mask.shape[1])
        ):
            return False
        return bool(outer.mask[row : row + height, col : col + width][self.mask].all())


@dataclass
class Canvas:
    """A board of (rows, cols) sub-pixels, `scale` a metre; points are (n, 2) x, y in metres.

    `things` are the numbers of single things, 0 for none: whatever gets a class gets with it the
    number of the thing that is being drawn.
    """

    shape: tuple[int, int]
    scale: float
    colour: np.ndarray = field(init=False)
    label: np.ndarray = field(init=False)
    things: np.ndarray = field(init=False)
    material: np.ndarray = field(init=False)
    height: np.ndarray = field(init=False)
    free: np.ndarray = field(init=False)
    _thing: int = field(init=False, default=0)
    _begun: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.colour = np.zeros((*self.shape, 3), np.uint8)
        self.label = np.full(self.shape, LAND, np.uint8)
        self.things = np.zeros(self.shape, np.int32)
        self.material = np.full(self.shape, SAND, np.uint8)
        self.height = np.zeros(self.shape, np.float32)
        self.free = np.ones(self.shape, bool)

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.shape[1] / self.scale, self.shape[0] / self.scale

    @contextmanager
    def one_thing(self) -> Iterator[None]:
        """Make all that gets a class inside parts of one new thing."""
        outer, self._begun = self._thing, self._begun + 1
        self._thing = self._begun
        try:
            yield
        finally:
            self._thing = outer

    def mark(self, where: np.ndarray | tuple[np.ndarray, np.ndarray], label: int) -> None:
        """Give a class to the pixels `where` (an index of the board)."""
        self.label[where] = label
        self.things[where] = self._thing

    def patch(self, points: np.ndarray) -> Patch:
        """Return the pixels inside the polygon `points`."""
        pixels = np.asarray(points, np.float64) * self.scale
        low = np.floor(pixels.min(axis=0)).astype(int) - 1
        high = np.ceil(pixels.max(axis=0)).astype(int) + 2
        rows, cols = self.shape
        col0, row0 = min(max(int(low[0]), 0), cols), min(max(int(low[1]), 0), rows)
        col1, row1 = min(max(int(high[0]), 0), cols), min(max(int(high[1]), 0), rows)
        mask = np.zeros((max(row1 - row0, 0), max(col1 - col0, 0)), np.uint8)
        if mask.size:
            fixed = np.round((pixels - (col0, row0)) * (1 << _SHIFT)).astype(np.int32)
            cv2.fillPoly(mask, [fixed], 1, lineType=cv2.LINE_8, shift=_SHIFT)
        return Patch(row0, col0, mask.view(bool))

    def paint(self, patch: Patch, paint: Paint) -> None:
        """Put `paint` on the patch."""
        window, mask = patch.window, patch.mask
        if paint.colour is not None:
            colour = np.minimum(np.maximum(paint.colour, 0), 255)
            self.colour[window][mask] = colour.astype(np.uint8)
        if paint.label is not None:
            self.label[window][mask] = paint.label
            self.things[window][mask] = self._thing
        if paint.material is not None:
            self.material[window][mask] = paint.material
        if paint.height is not None:
            self.height[window][mask] = paint.height

    def polygon(self, points: np.ndarray, paint: Paint) -> None:
        """Fill a polygon."""
        self.paint(self.patch(points), paint)

    def stroke(self, points: np.ndarray, width: float, paint: Paint) -> None:
        """Draw a line of `width` metres (at least one sub-pixel) through the points."""
        fixed = np.round(np.asarray(points) * self.scale * (1 << _SHIFT)).astype(np.int32)
        thick = max(round(width * self.scale), 1)
        targets = (
            (self.colour, None if paint.colour is None else tuple(float(c) for c in paint.colour)),
            (self.label, paint.label),
            (self.things, None if paint.label is None else self._thing),
            (self.material, paint.material),
            (self.height, paint.height),
        )
        for target, value in targets:
            if value is not None:
                cv2.polylines(target, [fixed], False, value, thick, cv2.LINE_8, _SHIFT)

    def ribbon(self, points: np.ndarray, width: float, paint: Paint) -> None:
        """Draw a band of `width` metres through the points, cut square at its ends."""
        run = np.gradient(points, axis=0)
        run /= np.maximum(np.linalg.norm(run, axis=1, keepdims=True), 1e-9)
        side = np.column_stack([-run[:, 1], run[:, 0]]) * width / 2
        self.polygon(np.vstack([points + side, (points - side)[::-1]]), paint)

    def at(self, point: np.ndarray) -> tuple[int, int] | None:
        """Return the (row, col) under a point, None off the board."""
        row, col = int(point[1] * self.scale), int(point[0] * self.scale)
        inside = 0 <= row < self.shape[0] and 0 <= col < self.shape[1]
        return (row, col) if inside else None

    def open_at(self, point: np.ndarray) -> bool:
        """Tell whether the pixel under a point can still be built on."""
        cell = self.at(point)
        return cell is not None and bool(self.free[cell])

    def reserve(self, patch: Patch) -> None:
        """Let nothing else be built on the patch."""
        self.free[patch.window][patch.mask] = False

    def fits(self, patch: Patch) -> bool:
        """Tell whether every pixel of the patch can still be built on."""
        return bool(patch.mask.size) and bool(self.free[patch.window][patch.mask].all())
