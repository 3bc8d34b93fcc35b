# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user has pointed with at one object: clicks and a box, each of which can be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..map_tool.places import XY


@dataclass(frozen=True)
class Click:
    """A point on the object, or beside it."""

    at: XY
    positive: bool


@dataclass(frozen=True)
class Drag:
    """A box around the object, by two opposite corners; it lies along the layer's axes.

    Those are the network's, whatever the map's rotation and CRS.
    """

    one: XY
    two: XY

    @property
    def corners(self) -> tuple[XY, XY, XY, XY]:
        """All four, in order around the box."""
        (x1, y1), (x2, y2) = self.one, self.two
        return (x1, y1), (x2, y1), (x2, y2), (x1, y2)


@dataclass(frozen=True)
class Pointed:
    """Everything pointed with so far, first to last; never changed."""

    steps: tuple[Click | Drag, ...] = ()

    def with_step(self, step: Click | Drag) -> Pointed:
        """One more; a second box takes the place of the first."""
        return replace(self, steps=(*self.steps, step))

    @property
    def clicks(self) -> tuple[Click, ...]:
        return tuple(step for step in self.steps if isinstance(step, Click))

    @property
    def drag(self) -> Drag | None:
        """The box that counts: the last one."""
        drags = [step for step in self.steps if isinstance(step, Drag)]
        return drags[-1] if drags else None

    @property
    def says_where(self) -> bool:
        """Whether an object is pointed at, and not only something beside it."""
        return self.drag is not None or any(click.positive for click in self.clicks)

    @property
    def kind(self) -> str:
        """What a result says it came from: "box", "point" or "points"."""
        if self.drag is not None:
            return "box"
        return "point" if len(self.steps) == 1 else "points"
