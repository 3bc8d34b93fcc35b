# SPDX-License-Identifier: GPL-2.0-or-later
"""How a promptable network looks at a raster, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass

from .levels import FINEST, LARGEST_SIDE, level_for, start_on
from .planes import LOGIT_STRIDE, SIDE, STRIDE

_LARGEST = 0.75
"""Share of a window that does not slide along an object that is well seen in it."""


@dataclass(frozen=True)
class Sight:
    """`height` x `width` pixels of a level at once, answered in cells of `cell` x `cell` of them.

    Where it `slides`, one encoding of a place serves all windows in it, and an object that was
    found is asked for again from where it is best seen. Where it does not, each window costs an
    encoding of its own: what is small shares windows that are half a window apart, and an object
    is only asked for again from farther away.
    A place is first looked at from `levels`; nothing from nearer than `finest`, unless all of the
    raster is seen from there. `largest` pixels along the longer side of an object, and clicks so
    far apart (`span`), are well seen.
    """

    height: int
    width: int
    cell: int
    slides: bool
    levels: tuple[int, ...]
    finest: int
    largest: float
    span: float

    @classmethod
    def of_squares(cls, height: int, width: int, cell: int) -> Sight:
        """One whose windows are encoded each by itself."""
        side = min(height, width)
        return cls(
            height, width, cell, slides=False, levels=(0,), finest=0,
            largest=_LARGEST * side, span=side / 2,
        )  # fmt: skip

    @property
    def cells(self) -> tuple[int, int]:
        """Rows and columns of its masks."""
        return self.height // self.cell, self.width // self.cell

    def start(self, x: float, y: float, *, size: float, height: int, width: int) -> tuple[int, int]:
        """First row and column of the window around a place of a level of that shape.

        `size` is the longer side of what lies there, in pixels; all of it is in the window.
        """
        large = size > min(self.height, self.width) / 2
        return (
            start_on(y, height, side=self.height, step=self._step(self.height, large=large)),
            start_on(x, width, side=self.width, step=self._step(self.width, large=large)),
        )

    def _step(self, side: int, *, large: bool) -> int:
        """Pixels of whose multiples windows begin: whole cells."""
        if self.slides:
            return STRIDE
        return max(side // (8 if large else 2) // STRIDE * STRIDE, STRIDE)

    def level_for(self, side: float, coarsest: int) -> int:
        """From where an object of that longer side, in pixels of level 0, is best seen."""
        nearest = min(self.finest, coarsest)
        return max(min(level_for(side, self.largest), coarsest), nearest)


SLIDING = Sight(
    SIDE, SIDE, LOGIT_STRIDE, slides=True, levels=(0, 1, 2), finest=FINEST,
    largest=LARGEST_SIDE, span=0.8 * SIDE,
)  # fmt: skip
"""GeoSift's own: three levels answer where only a point is known, not a size."""
