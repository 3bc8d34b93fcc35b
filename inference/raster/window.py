# SPDX-License-Identifier: GPL-2.0-or-later
"""A rectangle of whole pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of whole pixels: rows from `row_off`, columns from `col_off`.

    Offsets may be negative (a padded window may reach over the edge); sizes are at least 1.
    """

    row_off: int
    col_off: int
    height: int
    width: int

    def __post_init__(self) -> None:
        if self.height < 1 or self.width < 1:
            raise ValueError(f"a window holds at least one pixel, not {self.height} x {self.width}")

    @classmethod
    def around(cls, windows: Sequence[Window]) -> Window:
        """The smallest that holds all of some windows, of which there is one at least."""
        top, left = min(each.row_off for each in windows), min(each.col_off for each in windows)
        bottom, right = max(each.row_end for each in windows), max(each.col_end for each in windows)
        return cls(top, left, bottom - top, right - left)

    @property
    def row_end(self) -> int:
        """One past the last row."""
        return self.row_off + self.height

    @property
    def col_end(self) -> int:
        """One past the last column."""
        return self.col_off + self.width

    @property
    def pixels(self) -> int:
        return self.height * self.width

    def intersection(self, other: Window) -> Window | None:
        """The common part, or None where there is none."""
        top, left = max(self.row_off, other.row_off), max(self.col_off, other.col_off)
        bottom, right = min(self.row_end, other.row_end), min(self.col_end, other.col_end)
        if top >= bottom or left >= right:
            return None
        return Window(top, left, bottom - top, right - left)

    def padded(self, pixels: int) -> Window:
        """The same window grown by `pixels` on all four sides."""
        return Window(
            self.row_off - pixels,
            self.col_off - pixels,
            self.height + 2 * pixels,
            self.width + 2 * pixels,
        )

    def relative_to(self, origin: Window) -> Window:
        """The same pixels, counted from the corner of `origin`."""
        return Window(
            self.row_off - origin.row_off, self.col_off - origin.col_off, self.height, self.width
        )

    def shrunk(self, factor: int) -> Window:
        """The window on a grid `factor` times coarser; every edge must lie on that grid."""
        if any(edge % factor for edge in (self.row_off, self.col_off, self.height, self.width)):
            raise ValueError(f"{self} does not lie on a grid of {factor} pixels")
        return Window(
            self.row_off // factor,
            self.col_off // factor,
            self.height // factor,
            self.width // factor,
        )

    def slices(self) -> tuple[slice, slice]:
        """Row and column slice, for the last two axes of an array."""
        return slice(self.row_off, self.row_end), slice(self.col_off, self.col_end)
