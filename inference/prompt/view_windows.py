# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be encoded so that every point in a view is answered at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..window import Window
from .look import Look, Pyramid
from .planes import SIDE, STRIDE
from .prompts import PromptBox

_MOST_AT_ONCE = 1536
"""Side of the largest picture that is encoded in one go."""
_MARGIN = 1 / 16
"""Of a window that does not slide: so much of it around what was pointed at is enough."""


@dataclass(frozen=True)
class Needed:
    """`part` of a level is in view; where nothing holds it, `block` is to be encoded."""

    level: int
    part: Window
    block: Window


def needed_in(pyramid: Pyramid, view: Window, levels: Sequence[int]) -> Iterator[Needed]:
    """What looks from those levels at any place of a view (base pixels) on the raster take."""
    for level in sorted({min(level, pyramid.coarsest) for level in levels}):
        parts = _slid if pyramid.sight.slides else _laid
        yield from parts(pyramid, view, level)


def needed_around(look: Look, box: PromptBox, height: int, width: int) -> Window:
    """What has to be in a window that shows a box (base pixels), of a level of that shape."""
    down, across = round(_MARGIN * look.sight.height), round(_MARGIN * look.sight.width)
    top, bottom = _inside(box.top * look.down - down, box.bottom * look.down + down, height)
    left, right = _inside(box.left * look.across - across, box.right * look.across + across, width)
    return Window(top, left, bottom - top, right - left)


def _slid(pyramid: Pyramid, view: Window, level: int) -> Iterator[Needed]:
    """All that holds the windows around every point."""
    first = pyramid.look(level, view.col_off, view.row_off).window
    last = pyramid.look(level, view.col_end, view.row_end).window
    for top, row_end in _parts(first.row_off, last.row_end):
        for left, col_end in _parts(first.col_off, last.col_end):
            block = Window(top, left, row_end - top, col_end - left)
            yield Needed(level, block, block)


def _parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Stretches of an axis short enough to be encoded at once; every look lies in one of them."""
    while end - start > _MOST_AT_ONCE:
        yield start, start + _MOST_AT_ONCE
        start += _MOST_AT_ONCE - SIDE
    yield start, end


def _laid(pyramid: Pyramid, view: Window, level: int) -> Iterable[Needed]:
    """As few windows as show every point with some of what is around it, the middle one first."""
    (height, width), (across, down) = pyramid.shape(level), pyramid.scale(level)
    sight = pyramid.sight
    rows = _stretches(view.row_off * down, view.row_end * down, size=height, side=sight.height)
    cols = _stretches(view.col_off * across, view.col_end * across, size=width, side=sight.width)
    found = [
        Needed(
            level,
            Window(top, left, bottom - top, right - left),
            Window(row, col, sight.height, sight.width),
        )
        for row, top, bottom in rows
        for col, left, right in cols
    ]
    middle = ((view.row_off + view.row_end) * down / 2, (view.col_off + view.col_end) * across / 2)
    return sorted(found, key=lambda each: _apart(each.block, *middle))


def _stretches(start: float, end: float, *, size: int, side: int) -> list[tuple[int, int, int]]:
    """Where windows of `side` begin on an axis, and what of the view and its margin they show.

    Law: every place of the view lies in one of them together with its margin.
    """
    margin = round(_MARGIN * side)
    first, last = _inside(start - margin, end + margin, size)
    latest = max(0, -(-(size - side) // STRIDE) * STRIDE)
    if last - first <= side:
        middle = round((first + last - side) / 2)
        return [(min(max(middle, 0), latest), first, last)]
    count = math.ceil((last - first - 2 * margin) / (side - 2 * margin))
    begins = [first + (last - first - side) * each // (count - 1) for each in range(count)]
    return [(begin, begin, begin + side) for begin in begins]


def _inside(start: float, end: float, size: int) -> tuple[int, int]:
    """The whole pixels of an axis between two places, one at least."""
    first = min(max(math.floor(start), 0), size - 1)
    return first, max(first + 1, min(math.ceil(end), size))


def _apart(block: Window, row: float, col: float) -> float:
    """How far the middle of a window is from a place."""
    return math.hypot(block.row_off + block.height / 2 - row, block.col_off + block.width / 2 - col)
