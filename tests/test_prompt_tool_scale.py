# SPDX-License-Identifier: GPL-2.0-or-later
"""Laws of what the tool is made of: the scale one works at, and what can be undone."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.plugin.map_tool.scale import LEAST_SIDE, base_shape, coarseness, server_pixel
from geosift.plugin.prompt.in_hand import InHand
from geosift.plugin.prompt.pointed import Click, Drag, Pointed

SIDES = st.integers(1, 100_000)
PER_PIXEL = st.floats(1e-6, 1e6)
STEPS = st.lists(
    st.one_of(
        st.builds(Click, st.tuples(st.floats(-9, 9), st.floats(-9, 9)), st.booleans()),
        st.builds(Drag, st.just((0.0, 0.0)), st.tuples(st.floats(1, 9), st.floats(1, 9))),
    ),
    max_size=8,
)


@quick
@given(PER_PIXEL, SIDES, SIDES)
def test_pixels_are_joined_until_they_are_as_large_as_the_screens(
    per_pixel: float, height: int, width: int
) -> None:
    joined = coarseness(per_pixel, height=height, width=width)
    assert joined >= 0, "never finer than the raster"
    longer = max(base_shape(height, width, pixel_m=None, joined=joined))
    assert longer >= min(LEAST_SIDE, max(height, width)) - 1
    if per_pixel >= 1 and longer >= 2 * LEAST_SIDE + 1:
        assert abs(joined - math.log2(per_pixel)) <= 0.5 + 1e-9


@quick
@given(st.integers(300, 9000), st.integers(300, 9000), st.floats(0.1, 90), st.floats(0.1, 90))
def test_pixels_one_works_with_are_square_on_the_ground(
    height: int, width: int, across: float, down: float
) -> None:
    rows, cols = base_shape(height, width, pixel_m=(across, down), joined=0)
    ratio = (width * across / cols) / (height * down / rows)
    assert 1 / 1.11 <= ratio <= 1.11
    assert rows >= height - 1 and cols >= width - 1, "nothing that is to be seen is lost"


@quick
@given(PER_PIXEL, st.lists(st.floats(1e-5, 1e5), max_size=20))
def test_a_servers_own_pixels_are_preferred(per_pixel: float, native: list[float]) -> None:
    pixel = server_pixel(per_pixel, native)
    if native:
        assert pixel in native
        far = abs(math.log2(pixel / per_pixel))
        assert all(far <= abs(math.log2(each / per_pixel)) for each in native)
    else:
        assert 2**-0.5 - 1e-9 <= pixel / per_pixel <= 2**0.5 + 1e-9


@quick
@given(STEPS)
def test_undoing_brings_back_what_was_there(steps: list[Click | Drag]) -> None:
    hand, seen = InHand(), []
    for number, step in enumerate(steps):
        seen.append((hand.pointed, hand.candidates, bool(hand)))
        hand.add(step, "site")
        hand.answer((f"answer {number}", "another"))
        assert hand.pointed.steps == tuple(steps[: number + 1])
        assert hand.before == (f"answer {number - 1}" if number else None)
    for before in reversed(seen):
        hand.undo()
        assert (hand.pointed, hand.candidates, bool(hand)) == before
    assert hand.site is None


@quick
@given(STEPS)
def test_what_is_pointed_with_says_what_it_is(steps: list[Click | Drag]) -> None:
    pointed = Pointed(tuple(steps))
    drags = [step for step in steps if isinstance(step, Drag)]
    assert pointed.drag == (drags[-1] if drags else None)
    assert len(pointed.clicks) + len(drags) == len(steps)
    assert pointed.kind == ("box" if drags else "point" if len(steps) == 1 else "points")


@pytest.mark.parametrize("by", [1, -1, 4, -5])
def test_candidates_go_round(by: int) -> None:
    hand = InHand()
    hand.turn(by)
    hand.add(Click((0.0, 0.0), positive=True), "site")
    hand.turn(by)
    hand.answer(("a", "b", "c"))
    hand.turn(by)
    assert hand.candidate == ("a", "b", "c")[by % 3]
