# SPDX-License-Identifier: GPL-2.0-or-later
"""Overlaps of boxes, oriented boxes and masks, and suppression, beside painted pixels and loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough

from geosift.inference.detection import quads
from geosift.inference.detection.found import Found, Mask
from geosift.inference.detection.instance_masks import mask_of
from geosift.inference.detection.overlaps import box_overlaps, overlaps
from geosift.inference.detection.suppress import surest
from geosift.inference.raster.window import Window

FINE = 4
"""Painted points along a pixel."""


def painted(corners: np.ndarray, side: int = 64) -> np.ndarray:
    """Which of a fine grid of points lie in a convex polygon, by the sides they are on."""
    at = (np.arange(side * FINE) + 0.5) / FINE
    x, y = np.meshgrid(at, at)
    inside = np.ones(x.shape, bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0)):
        along = end - start
        inside &= along[0] * (y - start[1]) - along[1] * (x - start[0]) >= 0
    return inside


def painted_area(*shapes: np.ndarray) -> float:
    return np.logical_and.reduce([painted(each) for each in shapes]).sum() / FINE**2


oriented = st.tuples(
    st.floats(20, 44), st.floats(20, 44), st.floats(2, 30), st.floats(2, 30), st.floats(-4, 4)
)


def quad(told: tuple[float, ...]) -> np.ndarray:
    x, y, width, height, angle = told
    return quads.quads(np.array([[x, y]]), np.array([[width, height]]), np.array([angle]))[0]


@thorough
@given(oriented, oriented)
def test_what_two_oriented_boxes_share_is_what_is_painted_twice(one, other) -> None:
    a, b = quad(one), quad(other)
    assert quads.areas(a[None])[0] == pytest.approx(one[2] * one[3])
    found = quads.areas(quads.common(a[None], b[None]))[0]
    assert found == pytest.approx(painted_area(a, b), abs=0.1 * (sum(one[2:4]) + 4))


def test_special_pairs_of_oriented_boxes() -> None:
    a = quad((32, 32, 20, 10, 0.3))
    touching = a + (a[1] - a[0])
    inner = quad((32, 32, 4, 4, 1.2))
    apart = a + 40
    pairs = np.stack([a, touching, inner, apart, a + 1e-12])
    found = quads.areas(quads.common(np.broadcast_to(a, pairs.shape), pairs))
    np.testing.assert_allclose(found, [200, 0, 16, 0, 200], atol=1e-6)


def test_corners_turn_clockwise_on_screen_from_the_width() -> None:
    corners = quad((10, 20, 8, 2, np.pi / 2))
    np.testing.assert_allclose(corners, [[11, 16], [11, 24], [9, 24], [9, 16]], atol=1e-12)


def test_only_what_is_in_the_window_counts() -> None:
    window = Window(10, 0, 10, 10)
    one = Found(np.array([[0.0, 0, 10, 20]]), np.ones(1), np.zeros(1, int))
    other = Found(np.array([[5.0, 12, 30, 18]]), np.ones(1), np.zeros(1, int))
    first = (np.zeros(1, int), np.zeros(1, int))
    found = overlaps(one, other, first, window)
    assert (found.both[0], found.one[0], found.other[0]) == (30, 100, 30)
    assert found.iou[0] == pytest.approx(0.3)
    square = np.array([[[0.0, 0], [10, 0], [10, 20], [0, 20]]])
    found = overlaps(
        Found(one.boxes, one.scores, one.class_ids, square),
        Found(one.boxes, one.scores, one.class_ids, square + 2), first, window,
    )  # fmt: skip
    assert (found.both[0], found.one[0], found.other[0]) == pytest.approx((80, 100, 80))


def _mask(top: int, left: int, pixels: np.ndarray) -> Mask:
    return Mask.trimmed(Window(top, left, *pixels.shape), pixels)


@quick
@given(st.integers(0, 2**32 - 1))
def test_masks_share_the_pixels_that_are_in_both(seed: int) -> None:
    rng = np.random.default_rng(seed)
    planes = rng.random((2, 20, 24)) < 0.4
    parts = [(rng.integers(0, 8), rng.integers(0, 8), *rng.integers(2, 12, 2)) for _ in planes]
    masks = []
    for plane, (top, left, height, width) in zip(planes, parts):
        kept = np.zeros_like(plane)
        kept[top : top + height, left : left + width] = True
        plane &= kept
        plane[top, left] = True
        masks.append(_mask(top, left, plane[top : top + height, left : left + width]))
    one, other = (
        Found(np.array([mask.box], float), np.ones(1), np.zeros(1, int), masks=(mask,))
        for mask in masks
    )
    window = Window(4, 5, 9, 7)
    seen = np.zeros_like(planes[0])
    seen[window.slices()] = True
    for within, counts in ((None, np.ones_like(seen)), (window, seen)):
        found = overlaps(one, other, (np.zeros(1, int), np.zeros(1, int)), within)
        wanted = [(planes[0] & planes[1] & counts), planes[0] & counts, planes[1] & counts]
        assert [found.both[0], found.one[0], found.other[0]] == [each.sum() for each in wanted]
    union = Mask.union(masks)
    whole = np.zeros_like(seen)
    whole[union.window.slices()] = union.pixels
    np.testing.assert_array_equal(whole, planes[0] | planes[1])


def slow_suppression(found: Found, iou: float) -> list[int]:
    """As it is written in books: one after the other, each beside all that remain."""
    kept: list[int] = []
    for i in sorted(range(len(found)), key=lambda i: -found.scores[i]):
        alike = False
        for k in kept:
            a, b = found.boxes[i], found.boxes[k]
            if found.corners is None:
                width = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
                height = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
                both = width * height
                one, other = ((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b))
            else:
                p, q = found.corners[i][None], found.corners[k][None]
                both = quads.areas(quads.common(p, q))[0]
                one, other = quads.areas(p)[0], quads.areas(q)[0]
            same = found.class_ids[i] == found.class_ids[k]
            alike |= same and both / (one + other - both) > iou
        if not alike:
            kept.append(i)
    return kept


@thorough
@given(st.integers(0, 2**32 - 1), st.integers(0, 14), st.booleans())
def test_suppression_is_that_of_books(seed: int, count: int, turned: bool) -> None:
    rng = np.random.default_rng(seed)
    centres, sizes = rng.uniform(0, 40, (count, 2)), rng.uniform(2, 25, (count, 2))
    corners = quads.quads(centres, sizes, rng.uniform(-3, 3, count) * turned)
    scores = np.round(rng.random(count), 1)  # with equals
    boxes = quads.around(corners) if count else np.zeros((0, 4))
    classes = rng.integers(0, 2, count)
    found = Found(boxes, scores, classes, corners if turned else None)
    assert surest(found, 0.4).tolist() == slow_suppression(found, 0.4)


def enlarged(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear between the centres of cells, edges repeated: pixel by pixel, in float64."""
    out = np.empty((height, width))
    for row in range(height):
        for col in range(width):
            y = np.clip((row + 0.5) * plane.shape[0] / height - 0.5, 0, plane.shape[0] - 1)
            x = np.clip((col + 0.5) * plane.shape[1] / width - 0.5, 0, plane.shape[1] - 1)
            r, c = min(int(y), plane.shape[0] - 2), min(int(x), plane.shape[1] - 2)
            part = plane[r : r + 2, c : c + 2]
            out[row, col] = np.array([1 - y + r, y - r]) @ part @ np.array([1 - x + c, x - c])
    return out


@pytest.mark.parametrize("box", [(3.2, 5.1, 17.8, 22.4), (0, 0, 32, 32), (-5, 20, 9.5, 40.2)])
@pytest.mark.parametrize("cells", [8, 11])
def test_a_mask_is_the_mixture_of_prototypes_in_its_box(box, cells: int) -> None:
    rng = np.random.default_rng(5)
    prototypes = rng.normal(size=(6, cells, cells)).astype(np.float32)
    mixing = rng.normal(size=6).astype(np.float32)
    seen = Window(0, 0, 30, 32)
    found = mask_of(mixing, prototypes, np.array(box, float), tile=(32, 32), seen=seen)
    plane = enlarged(np.tensordot(mixing.astype(float), prototypes, axes=1), 32, 32) > 0
    at = np.arange(32) + 0.5
    inside = (at[:, None] >= box[1]) & (at[:, None] < box[3]) & (at >= box[0]) & (at < box[2])
    wanted = plane & inside
    wanted[30:] = False
    whole = np.zeros((32, 32), bool)
    whole[found.window.slices()] = found.pixels
    np.testing.assert_array_equal(whole, wanted)


def test_a_mask_without_a_pixel_is_none() -> None:
    nothing = np.full((1, 4, 4), -1, np.float32)
    box, seen = np.array([1.0, 1, 9, 9]), Window(0, 0, 16, 16)
    assert mask_of(np.ones(1, np.float32), nothing, box, tile=(16, 16), seen=seen) is None
    beyond = np.array([20.0, 20, 24, 24])
    assert mask_of(np.ones(1, np.float32), -nothing, beyond, tile=(16, 16), seen=seen) is None
    no_box = np.array([np.nan, 1, 9, 9])
    assert mask_of(np.ones(1, np.float32), -nothing, no_box, tile=(16, 16), seen=seen) is None


def test_boxes_that_only_touch_share_nothing() -> None:
    a = np.array([[0.0, 0, 4, 4]])
    assert box_overlaps(a, a + 4).iou[0] == 0
    assert box_overlaps(a, a).iou[0] == 1
