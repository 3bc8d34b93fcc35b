# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user has shown as being like what is looked for, or unlike it; every step can be undone.

Coordinates are those of an index: degrees of WGS 84, x first, or those of a picture that lies
nowhere on the ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

XY = tuple[float, float]
Box = tuple[float, float, float, float]
Patch = tuple[str, int, int]
"""A raster's path, and the row and column of a patch of it."""

PLACE, AREA, PATCH, SHAPE = "place", "area", "patch", "shape"


@dataclass(frozen=True)
class Example:
    """One of them: a place, the picture in a box (left, bottom, right, top), a patch that was
    found, or a polygon; `at` is where its marker stands.
    """

    good: bool
    kind: str
    at: XY
    what: XY | Box | Patch | Mapping[str, Any] = field(hash=False)

    @classmethod
    def of_place(cls, at: XY, *, good: bool) -> Example:
        return cls(good, PLACE, at, at)

    @classmethod
    def of_area(cls, box: Box, *, good: bool) -> Example:
        """The picture in a box."""
        left, bottom, right, top = box
        return cls(good, AREA, ((left + right) / 2, (bottom + top) / 2), box)


class Shown:
    """All examples of now, first to last, and what they were before."""

    def __init__(self) -> None:
        self._steps: list[tuple[Example, ...]] = [()]

    @property
    def now(self) -> tuple[Example, ...]:
        return self._steps[-1]

    @property
    def can_undo(self) -> bool:
        return len(self._steps) > 1

    def add(self, examples: Sequence[Example]) -> None:
        """All of them in one step; what is there already is not added again."""
        new = tuple(dict.fromkeys(each for each in examples if each not in self.now))
        if new:
            self._steps.append((*self.now, *new))

    def remove(self, places: Sequence[int]) -> None:
        """Those at these places of `now`, in one step."""
        kept = tuple(each for place, each in enumerate(self.now) if place not in places)
        if len(kept) < len(self.now):
            self._steps.append(kept)

    def undo(self) -> None:
        """As it was before the last step."""
        if self.can_undo:
            self._steps.pop()

    def forget(self, examples: Sequence[Example]) -> None:
        """Have some never been there, as when nothing can be found by them."""
        kept = [tuple(one for one in step if one not in examples) for step in self._steps]
        self._steps = [each for n, each in enumerate(kept) if n == 0 or each != kept[n - 1]]

    def clear(self) -> None:
        """Begin anew, with nothing to go back to."""
        self._steps = [()]
