# SPDX-License-Identifier: GPL-2.0-or-later
"""Middle lines: in strips those of the whole mask, a pixel wide, nothing torn, nothing lost."""

from __future__ import annotations

from unittest import mock

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from scipy import ndimage
from trace_rasters import Drawn, clouds, lines

from geosift.inference.traces import mask_strips as mask_strips_module
from geosift.inference.traces.mask import MaskRules
from geosift.inference.traces.nearest import nearest
from geosift.inference.traces.neighbours import without_corners
from geosift.inference.traces.skeleton import Skeleton, find_skeleton
from geosift.inference.traces.thinning import Positions, Thinning
from geosift.inference.traces.thinning_rules import AROUND

EVERY_NEIGHBOUR = np.ones((3, 3))
HALF = MaskRules(0.5, 0.5)


@pytest.fixture(autouse=True)
def strips_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Low strips are not put together."""
    monkeypatch.setattr(mask_strips_module, "_ROWS_AT_ONCE", 1)


def _skeleton(pixels: np.ndarray, rows: int = 1_000_000) -> Skeleton:
    return find_skeleton(Drawn(pixels, rows), rules=HALF, tell=lambda done: None)


def _painted(positions: Positions, shape: tuple[int, int]) -> np.ndarray:
    painted = np.zeros((shape[0] + 2, shape[1] + 2), np.uint8)
    painted.reshape(-1)[positions] = 1
    return painted[1:-1, 1:-1]


def _thinned(mask: np.ndarray, heights: list[int], keep: int = 0) -> np.ndarray:
    """In strips of these heights in turn."""
    thinning, first, number = Thinning(mask.shape[1]), 0, 0
    given_out = []
    while first < len(mask):
        rows = heights[number % len(heights)]
        given_out.append(thinning.push(mask[first : first + rows], keep=keep))
        first, number = first + rows, number + 1
    given_out.append(thinning.finish())
    left = thinning.skeleton()
    assert np.isin(left, np.concatenate(given_out)).all()
    assert (np.diff(left) > 0).all()
    return _painted(left, mask.shape)


def _guo_hall(mask: np.ndarray) -> np.ndarray:
    """Guo and Hall's A1 as they write it, on every pixel of the whole mask in every half pass."""
    now, half, quiet = np.pad(mask.astype(bool), 1), 0, 0
    while quiet < 2:
        p2, p3, p4, p5, p6, p7, p8, p9 = (np.roll(now, (-y, -x), (0, 1)) for y, x in AROUND)
        parts = sum(
            (~a & (b | c)).astype(int)
            for a, b, c in ((p2, p3, p4), (p4, p5, p6), (p6, p7, p8), (p8, p9, p2))
        )
        one = sum(each.astype(int) for each in (p9 | p2, p3 | p4, p5 | p6, p7 | p8))
        two = sum(each.astype(int) for each in (p2 | p3, p4 | p5, p6 | p7, p8 | p9))
        side = (p2 | p3 | ~p5) & p4 if half else (p6 | p7 | ~p9) & p8
        gone = (
            now & (parts == 1) & (np.minimum(one, two) >= 2) & (np.minimum(one, two) <= 3) & ~side
        )
        now = now & ~gone
        half, quiet = 1 - half, 0 if gone.any() else quiet + 1
    return now[1:-1, 1:-1].astype(np.uint8)


def _without_corners(mask: np.ndarray) -> np.ndarray:
    stride = mask.shape[1] + 2
    return _painted(without_corners(np.flatnonzero(np.pad(mask, 1)), stride), mask.shape)


def _parts_and_holes(mask: np.ndarray) -> tuple[int, int]:
    outside = np.pad(mask, 1) == 0
    return ndimage.label(mask, EVERY_NEIGHBOUR)[1], ndimage.label(outside)[1] - 1


masks = st.builds(
    lambda shape, rough, seed: (clouds(shape, rough=rough, seed=seed) > 0.5).astype(np.uint8),
    st.tuples(st.integers(1, 40), st.integers(1, 30)), st.floats(0.4, 5), st.integers(0, 9999),
)  # fmt: skip


@quick
@given(mask=masks, heights=st.lists(st.integers(1, 15), min_size=1, max_size=4))
def test_in_strips_it_is_the_published_rule_on_the_whole(mask, heights) -> None:
    np.testing.assert_array_equal(_thinned(mask, heights), _guo_hall(mask))


@pytest.mark.parametrize("heights", [[1], [7], [40], [200]])
def test_a_mask_wider_than_its_strips_is_thinned_as_a_whole(heights) -> None:
    """Blobs of many strips with hair above, where the wave of thinning arrives late."""
    mask = lines((150, 70), (35, 5, 35, 40, 1), (10, 0, 30, 50, 2), (60, 0, 40, 60, 1))
    cv2.circle(mask, (35, 80), 30, 1, -1)
    mask[75:85, 20:30] = 0
    np.testing.assert_array_equal(_thinned(mask, heights), _guo_hall(mask))


def test_it_goes_back_to_rows_that_seemed_done() -> None:
    """Where thinning arrives late from a wide part; without such a case this test is none."""
    random = np.random.default_rng(5)
    went_back = []
    reach = Thinning._reach

    def watched(self: Thinning, row: int) -> None:
        went_back.append(self._top > max(row, 0))
        reach(self, row)

    with mock.patch.object(Thinning, "_reach", watched):
        for _ in range(30):
            mask = (random.random((60, 12)) < 0.7).astype(np.uint8)
            mask[30:] |= clouds((30, 12), rough=3, seed=int(random.integers(99))) > 0.3
            np.testing.assert_array_equal(_thinned(mask, [1]), _guo_hall(mask))
    assert any(went_back)


def test_every_small_mask_keeps_its_parts_and_holes() -> None:
    """All masks of 4 x 3 pixels, each in a cell of its own: thinned, and without corners."""
    bits = (np.arange(4096)[:, None] >> np.arange(12)) & 1
    cells = np.zeros((64, 64, 6, 5), np.uint8)
    cells[:, :, 1:5, 1:4] = bits.reshape(64, 64, 4, 3)
    mask = cells.transpose(0, 2, 1, 3).reshape(64 * 6, 64 * 5)
    thin = _thinned(mask, [100])
    parts, count = ndimage.label(mask, EVERY_NEIGHBOUR)
    for left in (thin, _without_corners(mask), _without_corners(thin)):
        assert _parts_and_holes(left) == _parts_and_holes(mask)
        assert np.unique(parts[left > 0]).size == count
        assert not (left & ~mask).any()


@quick
@given(mask=masks)
def test_parts_and_holes_stay(mask) -> None:
    found = _skeleton(mask)
    left = np.zeros_like(mask)
    left[found.rows, found.cols] = 1
    assert _parts_and_holes(left) == _parts_and_holes(mask)
    assert not (left & ~mask).any()


@quick
@given(mask=masks)
def test_nothing_is_left_that_could_go(mask) -> None:
    """A pixel between two at a right angle holds something on the far side, or would be gone; a
    block of two by two is left where each of its pixels holds something of its own."""
    found = _skeleton(mask)
    left = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    left[found.rows + 1, found.cols + 1] = 1
    for quarters in range(4):
        turned = np.rot90(left, quarters)
        here, up, across = turned[1:-1, 1:-1], turned[:-2, 1:-1], turned[1:-1, :-2]
        far = turned[2:, 1:-1] | turned[1:-1, 2:] | turned[2:, 2:]
        assert not (here & up & across & (1 - far)).any()
    blocks = np.argwhere(left[:-1, :-1] & left[1:, :-1] & left[:-1, 1:] & left[1:, 1:])
    for row, col in blocks:
        window = left[row - 1 : row + 3, col - 1 : col + 3].copy()
        assert window.sum() >= 8, window


@pytest.mark.parametrize("angle", range(0, 180, 15))
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 15])
def test_a_line_stays_one_line_as_wide_as_drawn(angle, width) -> None:
    """Drawn exactly: pixels whose middle is within half the width of a segment of 120 pixels."""
    across, down = np.meshgrid(np.arange(201) - 100.3, np.arange(201) - 99.6)
    turn = np.radians(angle)
    along = across * np.cos(turn) + down * np.sin(turn)
    aside = across * np.sin(turn) - down * np.cos(turn)
    # Thinner than the diagonal of a pixel, a line would be in pieces.
    mask = (np.abs(along) < 60) & (np.abs(aside) <= max(width, 1.42) / 2)
    found = _skeleton(mask.astype(np.uint8), 9)
    left = np.zeros((203, 203), np.uint8)
    left[found.rows + 1, found.cols + 1] = 1
    count = ndimage.convolve(left, EVERY_NEIGHBOUR.astype(np.uint8), mode="constant") - 1
    touching = count[left > 0]
    assert (touching <= 2).mean() > 0.9
    middle = np.abs(found.cols - 100.3) + np.abs(found.rows - 99.6) < 40
    assert abs(found.width[middle].mean() - max(width, 1.42)) < 0.75
    off = np.abs((found.cols - 100.3) * np.sin(turn) - (found.rows - 99.6) * np.cos(turn))
    assert off[middle].max() <= 1.1


@thorough
@given(
    seed=st.integers(0, 999), rows=st.integers(1, 50), cut=st.integers(1, 40),
    gaps=st.sampled_from([0.0, 0.01]),
)  # fmt: skip
def test_what_is_measured_does_not_depend_on_strips(seed, rows, cut, gaps) -> None:
    pixels = clouds((60, 30), rough=2.5, seed=seed, gaps=gaps)
    whole, parts = _skeleton(pixels), _skeleton(pixels, rows)
    for name in ("rows", "cols", "width", "probability", "is_cut"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    np.testing.assert_array_equal(whole.probability, pixels[whole.rows, whole.cols])


@thorough
@given(mask=masks)
def test_width_is_twice_the_distance_to_the_edge_to_a_pixel(mask) -> None:
    found = _skeleton(mask)
    if mask.all():
        return
    # Beyond the raster's border is no edge: nobody knows how wide the mask is there.
    distance = ndimage.distance_transform_edt(mask)[found.rows, found.cols]
    assert np.isin((found.width - (2 * distance - 1)).round(4), [0, 1]).all()


@thorough
@given(seed=st.integers(0, 999), reach=st.integers(1, 12))
def test_the_nearest_is_the_nearest(seed, reach) -> None:
    random = np.random.default_rng(seed)
    wanted = random.random((17, 23)) < 0.02
    rows, cols = random.integers(0, 17, 40), random.integers(0, 23, 40)
    kinds = wanted.astype(np.uint8)
    away, down, right = nearest(kinds, rows, cols, wanted=(False, True), reach=reach)
    there = np.argwhere(wanted)
    for number in range(40):
        steps = np.hypot(*(there - [rows[number], cols[number]]).T) if len(there) else []
        least = min(steps, default=np.inf)
        expected = least if least <= reach else np.inf
        assert away[number] == pytest.approx(expected)
        if np.isfinite(expected):
            assert np.hypot(down[number], right[number]) == pytest.approx(expected)


def test_a_mask_without_an_edge_is_as_wide_as_can_be_said() -> None:
    found = _skeleton(np.ones((300, 300), np.float32), 70)
    assert found.width.size and (found.width[found.rows == 150] == 256).all()


def test_ends_at_the_border_and_at_gaps_are_marked() -> None:
    pixels = lines((80, 120), (0, 20, 60, 20, 5), (20, 60, 119, 40, 3)).astype(np.float32)
    pixels[10:30, 55:65] = np.nan
    found = _skeleton(pixels, 11)
    cols = found.cols[found.is_cut]
    upper = cols[found.rows[found.is_cut] < 30]
    assert ((upper < 8) | (upper > 44)).all() and (upper < 8).any() and (upper > 44).any()
    lower = cols[found.rows[found.is_cut] >= 30]
    assert lower.size and (lower > 112).all()
