# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading well-known binary: the points, lines and polygons of any geometry, in two dimensions."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .geometry_blob import Rings

_LINE, _POLYGON, _MANY = 2, 3, (4, 5, 6, 7)
_POINT = 1
_Z_FLAG, _M_FLAG, _SRID_FLAG = 0x80000000, 0x40000000, 0x20000000
_DEEPEST = 8


@dataclass
class Shapes:
    """Lines (n, 2), polygons (closed rings) and points (2,) of one geometry; `others` counts points
    and what is none of these.

    `curved` tells of arcs, which are not read.
    """

    lines: list[NDArray[np.float64]] = field(default_factory=list)
    polygons: list[Rings] = field(default_factory=list)
    points: list[NDArray[np.float64]] = field(default_factory=list)
    others: int = 0
    curved: bool = False


def shapes_in(binary: bytes) -> Shapes:
    """All of a geometry; ValueError where the bytes are none."""
    found = Shapes()
    try:
        _Reader(memoryview(binary), found).geometry(0, 0)
    except struct.error as error:
        raise ValueError(f"it ends too early: {error}") from error
    return found


@dataclass
class _Reader:
    content: memoryview
    found: Shapes

    def geometry(self, at: int, depth: int) -> int:
        """Read one that begins at a byte; returns where it ends."""
        if depth > _DEEPEST:
            raise ValueError("its collections are nested too deeply")
        order = "<" if self.content[at] else ">"
        (code,) = struct.unpack_from(f"{order}I", self.content, at + 1)
        at += 5 + 4 * bool(code & _SRID_FLAG)
        thousands, kind = divmod(code & 0x0FFFFFFF, 1000)
        more = bool(code & _Z_FLAG) + bool(code & _M_FLAG)
        size = 2 + max(more, (0, 1, 1, 2)[thousands] if thousands < 4 else 0)
        if kind == _POINT:
            self.found.others += 1
            place = np.array(struct.unpack_from(f"{order}2d", self.content, at))
            if np.isfinite(place).all():  # an empty one has no numbers
                self.found.points.append(place)
            return at + 8 * size
        if kind == _LINE:
            line, at = self._points(order, at, size)
            self.found.lines.append(line)
            return at
        if kind == _POLYGON:
            return self._polygon(order, at, size)
        if kind not in _MANY:
            self.found.curved = True
            return len(self.content)
        (count,) = struct.unpack_from(f"{order}I", self.content, at)
        at += 4
        for _ in range(count):
            if self.found.curved:
                break
            at = self.geometry(at, depth + 1)
        return at

    def _polygon(self, order: str, at: int, size: int) -> int:
        (count,) = struct.unpack_from(f"{order}I", self.content, at)
        at, rings = at + 4, []
        for _ in range(count):
            ring, at = self._points(order, at, size)
            rings.append(ring)
        if rings:
            self.found.polygons.append(tuple(rings))
        return at

    def _points(self, order: str, at: int, size: int) -> tuple[NDArray[np.float64], int]:
        (count,) = struct.unpack_from(f"{order}I", self.content, at)
        at, end = at + 4, at + 4 + 8 * size * count
        if end > len(self.content):
            raise ValueError("it ends too early")
        numbers = np.frombuffer(self.content[at:end], f"{order}f8").reshape(count, size)
        return numbers[:, :2].astype(np.float64), end
