# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects across tiles, beside a detector that errs in nothing: what it shows of each object in
each tile is exactly what lies in the tile.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import thorough

from geosift.inference.detection.found import Found, Mask, clipped
from geosift.inference.detection.joining import joined, resolved
from geosift.inference.detection.merge import Merger
from geosift.inference.detection.pieces import (
    FIRST,
    JOINED,
    OUSTED,
    OUSTS,
    SECOND,
    UNDECIDED,
    Seen,
)
from geosift.inference.detection.quads import areas, around, quads
from geosift.inference.raster.window import Window
from geosift.inference.tiles.grid import TileGrid

HEIGHT, WIDTH = 150, 190
GRIDS = [
    TileGrid(HEIGHT, WIDTH, 64, 64, 8, 4),
    TileGrid(HEIGHT, WIDTH, 64, 72, 20, 4),
    TileGrid(HEIGHT, WIDTH, 64, 64, 18, 4),
    TileGrid(HEIGHT, WIDTH, 150, 48, 4, 4),
]
"""Narrow overlap, wide, more than half a tile, one row."""
RASTER = Window(0, 0, HEIGHT, WIDTH)


def merged(grid: TileGrid, tiles: Iterator[tuple[Window, Found]], *, iou: float = 0.5) -> Found:
    """As a run does it: row by row, taking what is finished."""
    merger, made = Merger(iou=iou), []
    columns = len(grid.col_spans)
    for number, (window, found) in enumerate(tiles, start=1):
        merger.add(Seen.of(window, found, raster=RASTER, tolerance=2.0))
        if number % columns == 0:
            row = number // columns
            below = grid.row_spans[row].start if row < len(grid.row_spans) else None
            made.append(merger.take(below))
    assert merger.take() is None, "all was handed out"
    return Found.of([each for each in made if each is not None])


def boxes_in(boxes: np.ndarray, classes: np.ndarray, window: Window, scores=None) -> Found:
    """The parts of boxes that lie in a window."""
    parts = clipped(boxes, window)
    there = np.flatnonzero((parts[:, 2:] > parts[:, :2]).all(axis=1))
    sure = np.full(len(boxes), 0.9) if scores is None else scores
    return Found(parts[there], sure[there], classes[there])


def shown(grid: TileGrid, boxes: np.ndarray, classes: np.ndarray):
    return ((tile.window, boxes_in(boxes, classes, tile.window)) for tile in grid)


def in_order(boxes: np.ndarray) -> np.ndarray:
    return boxes[np.lexsort(boxes.T)]


def scattered(seed: int, *, most: float, apart: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Boxes of which no two touch, up to `most` pixels long, at whole and at broken places."""
    rng = np.random.default_rng(seed)
    boxes: list[np.ndarray] = []
    for _ in range(60):
        size = rng.uniform(3, most, 2)
        corner = rng.uniform(0, np.maximum((WIDTH, HEIGHT) - size, 0.1))
        box = np.concatenate([corner, np.minimum(corner + size, (WIDTH, HEIGHT))])
        box = np.round(box) if rng.random() < 0.5 else box
        gaps = [np.maximum(box[:2] - each[2:], each[:2] - box[2:]).max() for each in boxes]
        if min(gaps, default=np.inf) > apart:
            boxes.append(box)
    return np.array(boxes), rng.integers(0, 2, len(boxes))


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("most", [12, 40, 140])
def test_every_object_comes_once_and_whole(grid: TileGrid, most: float) -> None:
    """Also those that are longer than the overlap, or than a tile."""

    @settings(thorough, max_examples=8)
    @given(st.integers(0, 2**32 - 1))
    def law(seed: int) -> None:
        boxes, classes = scattered(seed, most=most)
        found = merged(grid, shown(grid, boxes, classes))
        np.testing.assert_allclose(in_order(found.boxes), in_order(boxes), atol=1e-9)
        order, wanted = np.lexsort(found.boxes.T), np.lexsort(boxes.T)
        np.testing.assert_array_equal(found.class_ids[order], classes[wanted])
        np.testing.assert_allclose(found.scores, 0.9)

    law()


@thorough
@given(st.integers(0, 2**32 - 1))
def test_neighbours_of_another_class_stay_apart(seed: int) -> None:
    boxes, _ = scattered(seed, most=60)
    boxes = np.concatenate([boxes, boxes])
    classes = np.repeat([0, 1], len(boxes) // 2)
    found = merged(GRIDS[0], shown(GRIDS[0], boxes, classes))
    assert np.bincount(found.class_ids).tolist() == [len(boxes) // 2] * 2


def test_it_does_not_matter_when_it_is_asked_for() -> None:
    boxes, classes = scattered(7, most=90)
    grid = GRIDS[1]
    late = Merger(iou=0.5)
    for window, found in shown(grid, boxes, classes):
        late.add(Seen.of(window, found, raster=RASTER, tolerance=2.0))
    early = merged(grid, shown(grid, boxes, classes))
    np.testing.assert_array_equal(in_order(late.take().boxes), in_order(early.boxes))


def test_memory_is_that_of_a_row_of_tiles() -> None:
    """What is above the next row is let go of, tiles and pieces."""
    boxes, classes = scattered(3, most=10)
    grid = TileGrid(HEIGHT, WIDTH, 32, 32, 4, 4)
    merger = Merger(iou=0.5)
    columns = len(grid.col_spans)
    for number, (window, found) in enumerate(shown(grid, boxes, classes), start=1):
        merger.add(Seen.of(window, found, raster=RASTER, tolerance=2.0))
        row = number // columns
        if number % columns == 0 and row < len(grid.row_spans):
            merger.take(grid.row_spans[row].start)
            assert len(merger._tiles) <= 2 * columns
    merger.take()
    assert (merger._tiles, merger._verdicts, merger._pieces) == ([], {}, {})


def test_what_waits_for_its_other_end_keeps_no_tiles() -> None:
    """A thing from the top to the bottom of the raster is many pieces, and nothing else."""
    grid = TileGrid(HEIGHT, WIDTH, 32, 32, 4, 4)
    boxes, classes = scattered(5, most=10)
    boxes = np.concatenate([boxes, [[90.0, 0, 96, HEIGHT]]])
    classes = np.append(classes, 2)
    merger = Merger(iou=0.5)
    columns, made = len(grid.col_spans), []
    for number, (window, found) in enumerate(shown(grid, boxes, classes), start=1):
        merger.add(Seen.of(window, found, raster=RASTER, tolerance=2.0))
        row = number // columns
        if number % columns == 0 and row < len(grid.row_spans):
            made.append(merger.take(grid.row_spans[row].start))
            assert len(merger._tiles) <= 2 * columns
            assert len(merger._pieces) <= 40
    made.append(merger.take())
    found = Found.of([each for each in made if each is not None])
    assert boxes[-1].tolist() in found.boxes.tolist()


def test_a_detector_that_is_a_little_off_gives_each_object_once() -> None:
    """Edges jump by two pixels from tile to tile; each object is there, none twice."""

    def off(seed: int):
        rng = np.random.default_rng(seed)
        for window, found in shown(grid, boxes, classes):
            wide = (found.boxes[:, 2:] - found.boxes[:, :2]).min(axis=1) > 8
            found = found.chosen(wide)  # no network sees slivers
            moved = found.boxes + rng.uniform(-2, 2, found.boxes.shape)
            scores = rng.uniform(0.5, 1, len(found))
            yield window, Found(clipped(moved, window), scores, found.class_ids)

    for seed in range(20):
        grid = GRIDS[seed % 3]
        boxes, classes = scattered(seed, most=55, apart=6)
        large = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) > 12
        boxes, classes = boxes[large], classes[large]
        found = merged(grid, off(seed))
        assert len(found) == len(boxes), seed
        distance = np.abs(found.boxes[:, None] - boxes[None]).max(axis=2)
        assert (distance.min(axis=0) <= 4).all(), seed


def test_the_whole_counts_however_unsure() -> None:
    """A piece at a tile's edge does not win by its score, nor by ending short of the edge."""
    left, right = Window(0, 0, 60, 60), Window(0, 40, 60, 60)
    whole = np.array([[30.0, 10, 55, 30]])
    for edge in (40.0, 41.5, 44.0):
        piece = np.array([[edge, 10, 55, 30]])
        merger = Merger(iou=0.5)
        for window, boxes, score in ((left, whole, 0.4), (right, piece, 0.95)):
            found = Found(boxes, np.array([score]), np.zeros(1, int))
            merger.add(Seen.of(window, found, raster=Window(0, 0, 60, 100), tolerance=2.0))
        made = merger.take()
        np.testing.assert_array_equal(made.boxes, whole)
        assert made.scores.tolist() == [0.4]


@pytest.mark.parametrize("score", [0.3, 0.95])
@pytest.mark.parametrize("whole_first", [True, False])
def test_a_part_that_passes_for_another_class_is_no_object(score: float, whole_first: bool) -> None:
    """The end of a lorry looks like a car; a car on the lorry is one, and stays."""
    lorry, end = np.array([20.0, 10, 55, 30]), np.array([40.0, 10, 55, 30])
    car = np.array([42.0, 14, 52, 20])
    left, right = Window(0, 0, 60, 60), Window(0, 40, 60, 60)
    shown_in = [
        (left, Found(lorry[None], np.array([0.6]), np.array([1]))),
        (right, Found(np.stack([end, car]), np.array([score, 0.7]), np.array([0, 0]))),
    ]
    merger = Merger(iou=0.5)
    for window, found in shown_in if whole_first else reversed(shown_in):
        merger.add(Seen.of(window, found, raster=Window(0, 0, 60, 100), tolerance=2.0))
    made = merger.take()
    assert sorted(zip(made.class_ids.tolist(), made.boxes.tolist())) == [
        (0, car.tolist()), (1, lorry.tolist()),
    ]  # fmt: skip


def test_what_is_ousted_takes_nothing_with_it() -> None:
    """A part of another class leaves; what it was joined to stays an object of its own."""
    known = {0: {1: JOINED}, 1: {0: JOINED, 2: OUSTED}, 2: {1: OUSTS}}
    assert resolved([0, 1, 2], known) == [[0], [2]]
    assert resolved([2, 0, 1], known) == [[2], [0]]
    assert resolved([1, 2], {1: {2: OUSTED}, 2: {1: OUSTS}}) == [[2]]


def test_where_both_tiles_see_the_whole_the_surer_counts() -> None:
    merger = Merger(iou=0.5)
    for left, score in ((0, 0.6), (40, 0.8)):
        found = Found(np.array([[46.0, 10, 54, 20]]) + score, np.array([score]), np.zeros(1, int))
        window = Window(0, left, 60, 60)
        merger.add(Seen.of(window, found, raster=Window(0, 0, 60, 100), tolerance=2.0))
    assert merger.take().scores.tolist() == [0.8]


def test_joined_pieces_are_as_sure_as_their_area_says() -> None:
    pieces = Found(
        np.array([[0.0, 0, 10, 2], [8, 0, 38, 2]]), np.array([0.9, 0.5]), np.ones(2, int)
    )
    made = joined(pieces)
    assert made.boxes.tolist() == [[0, 0, 38, 2]]
    assert made.scores[0] == pytest.approx((20 * 0.9 + 60 * 0.5) / 80)


def test_of_every_object_something_remains() -> None:
    """Verdicts that go round in a circle, and chains in which each gives way to the next."""
    circle = {0: {1: FIRST, 2: SECOND}, 1: {0: SECOND, 2: FIRST}, 2: {1: SECOND, 0: FIRST}}
    assert resolved([0, 1, 2], circle) == [[2]]
    chain = {0: {1: UNDECIDED}, 1: {0: UNDECIDED, 2: UNDECIDED}, 2: {1: UNDECIDED}}
    assert resolved([0, 1, 2], chain) == [[0], [2]], "as in suppression: 1 does not stand"
    row = {0: {1: JOINED}, 1: {0: JOINED, 2: JOINED}, 2: {1: JOINED}}
    assert sorted(map(sorted, resolved([0, 2, 1], row))) == [[0, 1, 2]]


def blobs(seed: int) -> list[Mask]:
    """Masks of any form, of which no two touch: discs, rings and crooked lines."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    taken = np.zeros((HEIGHT, WIDTH), bool)
    found = []
    for _ in range(25):
        cy, cx, size = rng.uniform(0, HEIGHT), rng.uniform(0, WIDTH), rng.uniform(3, 45)
        far = np.hypot(y - cy, x - cx)
        line = np.abs(y - cy - (x - cx) * rng.uniform(-2, 2)) < 3
        shape = [far < size / 2, (far < size) & (far > size * 0.7), (far < 2 * size) & line]
        pixels = shape[rng.integers(3)]
        grown = np.zeros_like(taken)
        rows, cols = np.nonzero(pixels)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                grown[np.clip(rows + dy, 0, HEIGHT - 1), np.clip(cols + dx, 0, WIDTH - 1)] = True
        if pixels.any() and not (taken & grown).any():
            taken |= pixels
            found.append(Mask.trimmed(RASTER, pixels))
    return found


def masks_in(masks: list[Mask], window: Window) -> Found:
    """The connected part of each mask in a window, whole where it falls apart there."""
    parts = []
    for mask in masks:
        common = mask.window.intersection(window)
        part = None if common is None else Mask.trimmed(common, mask.within(window))
        if part is not None:
            parts.append(part)
    boxes = np.array([part.box for part in parts], float).reshape(-1, 4)
    return Found(boxes, np.full(len(parts), 0.8), np.zeros(len(parts), int), None, tuple(parts))


@pytest.mark.parametrize("grid", GRIDS[:3])
def test_every_mask_comes_once_and_with_all_its_pixels(grid: TileGrid) -> None:
    for seed in range(6):
        masks = blobs(seed)
        found = merged(grid, ((tile.window, masks_in(masks, tile.window)) for tile in grid))
        made = {(mask.window, mask.pixels.tobytes()) for mask in found.masks}
        assert made == {(mask.window, mask.pixels.tobytes()) for mask in masks}, seed


def strips_in(window: Window, told: np.ndarray) -> Found:
    """Oriented boxes, each cut across its length to what lies in a window."""
    cut = []
    for cx, cy, length, width, angle in told:
        along = np.array([np.cos(angle), np.sin(angle)])
        steps = np.linspace(-length / 2, length / 2, 2001)
        points = (cx, cy) + steps[:, None] * along
        low, high = (window.col_off, window.row_off), (window.col_end, window.row_end)
        inside = steps[((points >= low) & (points <= high)).all(axis=1)]
        if inside.size > 1 and inside[-1] - inside[0] > 4:
            middle, size = (inside[0] + inside[-1]) / 2, inside[-1] - inside[0]
            cut.append([*((cx, cy) + middle * along), size, width, angle])
    table = np.array(cut, float).reshape(-1, 5)
    corners = quads(table[:, :2], table[:, 2:4], table[:, 4])
    boxes = around(corners) if len(cut) else np.zeros((0, 4))
    return Found(boxes, np.full(len(cut), 0.7), np.zeros(len(cut), int), corners)


@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2, np.pi / 2, 2.5])
@pytest.mark.parametrize("length", [30.0, 120.0])
def test_oriented_boxes_are_joined_along_their_own_sides(angle: float, length: float) -> None:
    told = np.array([[95.0, 75, length, 12, angle]])
    for grid in GRIDS[:3]:
        tiles = ((tile.window, strips_in(tile.window, told)) for tile in grid)
        found = merged(grid, tiles)
        assert len(found) == 1
        assert areas(found.corners)[0] == pytest.approx(length * 12, rel=0.01)
        wanted = quads(told[:, :2], told[:, 2:4], told[:, 4])
        np.testing.assert_allclose(found.corners[0], wanted[0], atol=0.2)
