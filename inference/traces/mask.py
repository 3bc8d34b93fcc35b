# SPDX-License-Identifier: GPL-2.0-or-later
"""What makes a pixel count as fracture."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError

LARGEST_HOLE = 1000
"""As many rows as pixels of a hole are looked at above and below."""


@dataclass(frozen=True)
class MaskRules:
    """What makes a fracture of probabilities 0..1.

    A fracture is pixels of at least `low`, connected by sides or corners, with one of at least
    `high` among them; there are `least_pixels` of them. Of background that is connected by sides,
    up to `largest_hole` pixels are fracture, too.
    """

    low: float = 0.3
    high: float = 0.5
    least_pixels: int = 0
    largest_hole: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.low <= self.high <= 1:
            raise InputError(
                "A fracture begins above 0, at most at 1, and its low threshold is not above the "
                f"high one; not {self.low:g} and {self.high:g}. Choose others, such as 0.3 and 0.5."
            )
        if self.least_pixels < 0:
            raise InputError(
                f"The fewest pixels of a fracture are 0 or more, not {self.least_pixels}; "
                "0 keeps them all."
            )
        if not 0 <= self.largest_hole <= LARGEST_HOLE:
            raise InputError(
                f"Holes that are filled have 0 to {LARGEST_HOLE} pixels, not {self.largest_hole}; "
                "0 fills none."
            )
