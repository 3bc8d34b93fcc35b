# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user points with: clicks that belong to the object or do not, and a box around it."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError


@dataclass(frozen=True)
class Click:
    """A point (x, y), in pixels from the upper left corner of the upper left pixel."""

    x: float
    y: float
    positive: bool = True


@dataclass(frozen=True)
class PromptBox:
    """A rectangle around the object, in pixels; left < right and top < bottom."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not (self.left < self.right and self.top < self.bottom):
            raise InputError(
                "A box needs a width and a height above 0, this one goes from "
                f"({self.left:g}, {self.top:g}) to ({self.right:g}, {self.bottom:g}); "
                "draw it again."
            )

    @property
    def side(self) -> float:
        """The longer side, in pixels."""
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def middle(self) -> tuple[float, float]:
        """(x, y) of its centre."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Prompt:
    """One object pointed at: by a box, by clicks of which the first is positive, or by both."""

    clicks: tuple[Click, ...] = ()
    box: PromptBox | None = None

    def __post_init__(self) -> None:
        if self.box is None and not any(click.positive for click in self.clicks):
            raise InputError(
                "A prompt needs a box or a click on the object itself; only clicks beside it came."
            )

    def scaled(self, across: float, down: float) -> Prompt:
        """The same prompt on a grid with that many pixels per pixel of this one."""
        return self._mapped(across, down, 0.0, 0.0)

    def moved(self, left: float, top: float) -> Prompt:
        """The same prompt, counted from a corner at (`left`, `top`)."""
        return self._mapped(1.0, 1.0, left, top)

    def _mapped(self, across: float, down: float, left: float, top: float) -> Prompt:
        clicks = tuple(
            Click(click.x * across - left, click.y * down - top, click.positive)
            for click in self.clicks
        )
        if self.box is None:
            return Prompt(clicks)
        box = self.box
        return Prompt(
            clicks,
            PromptBox(
                box.left * across - left,
                box.top * down - top,
                box.right * across - left,
                box.bottom * down - top,
            ),
        )
