# SPDX-License-Identifier: GPL-2.0-or-later
"""What has to be encoded so that every point in a view is answered at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..raster.window import Window
from .look import Look, Pyramid
from .planes import SIDE, STRIDE
from .prompts import PromptBox

_MOST_AT_ONCE = 1536
"""Side of the largest picture that is encoded in one go."""
_MARGIN, _LEAST = 1 / 16, 1 / 64
"""Shares of a window that does not slide: what it is laid to show around every place of a view, and
what of that is enough, so that not every small step of the map needs other windows."""


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
    down, across = round(_LEAST * look.sight.height), round(_LEAST * look.sight.width)
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
    around = Window(rows[0][1], cols[0][1], rows[-1][2] - rows[0][1], cols[-1][2] - cols[0][1])
    return sorted(found, key=lambda each: apart(each.block, around))


def _stretches(start: float, end: float, *, size: int, side: int) -> list[tuple[int, int, int]]:
    """Where windows of `side` begin on an axis, on whole cells, and what each is needed for.

    Law: every place of the view lies in what one of them is needed for, with what is enough around.
    """
    margin, least = round(_MARGIN * side), round(_LEAST * side)
    first, last = _inside(start - margin, end + margin, size)
    begins = _begins(first, last, side=side, overlap=2 * margin)
    latest = max(0, -(-(size - side) // STRIDE) * STRIDE)
    begins = [min(max(begin, 0), latest) for begin in begins]
    top, bottom = _inside(start - least, end + least, size)
    spare = margin - least
    tops = [top, *(begin + spare for begin in begins[1:])]
    bottoms = [*(begin + side - spare for begin in begins[:-1]), bottom]
    return list(zip(begins, tops, bottoms))


def _begins(first: int, last: int, *, side: int, overlap: int) -> list[int]:
    """Where windows begin, one in the middle or as few as overlap by so much."""
    if last - first <= side:
        return [(first + last - side) // 2 // STRIDE * STRIDE]
    count = math.ceil((last - first - overlap) / (side - overlap - 2 * STRIDE))
    spread = (last - first - side) / (count - 1)
    begins = [int(first + spread * each) // STRIDE * STRIDE for each in range(count - 1)]
    return [*begins, -(-(last - side) // STRIDE) * STRIDE]


def _inside(start: float, end: float, size: int) -> tuple[int, int]:
    """The whole pixels of an axis between two places, one at least."""
    first = min(max(math.floor(start), 0), size - 1)
    return first, max(first + 1, min(math.ceil(end), size))


def apart(one: Window, other: Window) -> float:
    """How far the middles of two windows are from each other."""
    return (
        math.hypot(
            one.row_off + one.row_end - other.row_off - other.row_end,
            one.col_off + one.col_end - other.col_off - other.col_end,
        )
        / 2
    )
