# SPDX-License-Identifier: GPL-2.0-or-later
"""Where windows lie that are encoded each by itself."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.prompt.asking import first_looks, look_at
from geosift.inference.prompt.look import Pyramid
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.prompt.sight import SLIDING, Sight
from geosift.inference.prompt.view_windows import needed_around, needed_in
from geosift.inference.raster.window import Window

SAM = Sight.of_squares(1024, 1024, 4)
SIGHTS = (SAM, Sight.of_squares(684, 1024, 4), Sight.of_squares(64, 64, 4))

sights = st.sampled_from(SIGHTS)
sides = st.integers(1, 6000)
shares = st.floats(0, 1)


def test_masks_have_a_cell_for_four_pixels() -> None:
    assert SAM.cells == (256, 256)
    assert Sight.of_squares(684, 1024, 4).cells == (171, 256)
    assert SLIDING.cells == (128, 128)


@quick
@given(sights, sides, sides, shares, shares)
@example(SAM, 1025, 1023, 1.0, 0.0)
def test_a_window_shows_its_place_and_lies_on_cells(sight, height, width, down, across) -> None:
    pyramid = Pyramid(height, width, sight)
    level = min(0, pyramid.coarsest)
    look = pyramid.look(level, across * width, down * height)
    rows, cols = pyramid.shape(level)
    row, col = down * height * look.down, across * width * look.across
    assert look.window.row_off % 4 == look.window.col_off % 4 == 0
    assert -1e-6 <= row - look.window.row_off <= sight.height + 1e-6
    assert -1e-6 <= col - look.window.col_off <= sight.width + 1e-6
    assert 0 <= look.window.row_off <= max(0, rows - sight.height + 3)
    assert 0 <= look.window.col_off <= max(0, cols - sight.width + 3)


@quick
@given(sights, sides, sides, shares, shares, st.floats(1, 5000), st.floats(1, 5000))
def test_a_box_is_seen_whole(sight, height, width, left, top, across, down) -> None:
    x, y = left * (width - 1), top * (height - 1)
    box = PromptBox(x, y, min(x + across, width), min(y + down, height))
    look = look_at(Pyramid(height, width, sight), box)
    there = look.planned(Prompt(box=box)).box
    assert -1 <= there.left <= there.right <= sight.width + 1
    assert -1 <= there.top <= there.bottom <= sight.height + 1


def test_small_things_share_windows_and_large_ones_lie_in_their_middle() -> None:
    pyramid = Pyramid(9000, 9000, SAM)
    boxes = [PromptBox(x, 4000, x + 60, 4050) for x in range(3000, 5000, 50)]
    small = {look_at(pyramid, box).window for box in boxes}
    assert len(small) == 5
    large = look_at(pyramid, PromptBox(3333, 4000, 4033, 4100))
    assert large.level == 0
    assert abs(large.window.col_off + 512 - 3683) <= 64


@pytest.mark.parametrize(("side", "level"), [(10, 0), (768, 0), (800, 1), (3000, 2)])
def test_nothing_is_looked_at_from_nearer_than_the_raster(side: float, level: int) -> None:
    pyramid = Pyramid(20_000, 20_000, SAM)
    assert look_at(pyramid, PromptBox(5000, 5000, 5000 + side, 5010)).level == level
    click = Prompt((Click(5, 5),))
    assert [look.level for look in first_looks(pyramid, click, None, SAM.levels)] == [0]


def test_a_raster_that_fits_into_a_window_is_enlarged_to_it() -> None:
    pyramid = Pyramid(200, 180, SAM)
    assert pyramid.coarsest == -2
    assert pyramid.look(-2, 5, 5).window == Window(0, 0, 1024, 1024)


views = st.tuples(shares, shares, st.floats(0.001, 1), st.floats(0.001, 1))


@quick
@given(sights, sides, sides, views, shares, shares)
def test_every_place_of_a_view_is_in_a_window_that_it_needs(
    sight, height, width, view, x, y
) -> None:
    pyramid = Pyramid(height, width, sight)
    seen = _view(height, width, *view)
    needed = list(needed_in(pyramid, seen, sight.levels))
    for each in needed:
        assert each.block.intersection(each.part) == each.part
        assert (each.block.height, each.block.width) == (sight.height, sight.width)
    place = PromptBox(
        seen.col_off + x * (seen.width - 0.5), seen.row_off + y * (seen.height - 0.5),
        seen.col_off + x * (seen.width - 0.5) + 0.1, seen.row_off + y * (seen.height - 0.5) + 0.1,
    )  # fmt: skip
    look = pyramid.look(needed[0].level, place.left, place.top)
    wanted = needed_around(look, place, *pyramid.shape(look.level))
    assert any(each.part.intersection(wanted) == wanted for each in needed)


@quick
@given(st.integers(1, 3000), st.integers(1, 3000))
def test_a_view_takes_few_windows_and_a_small_step_none(height, width) -> None:
    """Away from the raster's edge."""
    pyramid = Pyramid(9000, 9000, SAM)
    seen = Window(3001, 2999, height, width)
    needed = list(needed_in(pyramid, seen, SAM.levels))
    most = [1 if side <= 880 else -(-side // 860) for side in (seen.height, seen.width)]
    assert len(needed) <= most[0] * most[1]
    stepped = Window(seen.row_off + 30, seen.col_off + 30, seen.height, seen.width)
    for each in needed_in(pyramid, stepped, SAM.levels):
        assert any(one.block.intersection(each.part) == each.part for one in needed)


def _view(height: int, width: int, top: float, left: float, down: float, across: float) -> Window:
    rows, cols = max(1, int(down * height)), max(1, int(across * width))
    return Window(int(top * (height - rows)), int(left * (width - cols)), rows, cols)
