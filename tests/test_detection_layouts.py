# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network's numbers mean in each layout, beside a loop over its anchors; numbers that are
none; what is cut where the raster ends.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.cards.detection_info import LAYOUTS
from geosift.inference.detection import layouts
from geosift.inference.detection.found import Found
from geosift.inference.detection.layouts import channels_of, decode, turned
from geosift.inference.detection.looking import Sureness, objects_in, with_data
from geosift.inference.detection.network import TileAnswer
from geosift.inference.raster.window import Window

CLASSES, COEFFICIENTS = 3, 6


def one_by_one(rows: np.ndarray, layout: str, confidence: float) -> list[tuple]:
    """(left, top, right, bottom, class, score, rest) of each anchor that counts."""
    found = []
    for row in rows.astype(np.float64):
        x, y, w, h = row[:4]
        rest = row[4:]
        if layout == "ultralytics_end2end":
            score, best = rest[0], round(rest[1])
            if score >= confidence and 0 <= best < CLASSES and w > x and h > y:
                found.append((x, y, w, h, best, score, ()))
            continue
        objectness = 1.0
        if layout in ("yolo_v5", "yolo_v6"):
            objectness, rest = (rest[0] if layout == "yolo_v5" else 1.0), rest[1:]
        scores, more = rest[:CLASSES], rest[CLASSES:]
        best = max(range(CLASSES), key=lambda k: scores[k])
        score = objectness * scores[best]
        if score >= confidence:
            found.append((x - w / 2, y - h / 2, x + w / 2, y + h / 2, best, score, tuple(more)))
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_read_as_it_is_written(layout: str) -> None:
    @quick
    @given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 0.5, 0.9]))
    def law(seed: int, confidence: float) -> None:
        rng = np.random.default_rng(seed)
        count = channels_of(layout, classes=CLASSES, coefficients=COEFFICIENTS)
        rows = rng.random((20, count)).astype(np.float32)
        rows[:, :4] = rows[:, :4] * 50 + 1
        if layout == "ultralytics_end2end":
            rows[:, 5] = rng.integers(-1, CLASSES + 1, 20)
        told = decode(rows, layout, classes=CLASSES, confidence=confidence)
        expected = one_by_one(rows, layout, confidence)
        found = told.found
        assert len(found) == len(expected)
        assert found.class_ids.tolist() == [each[4] for each in expected]
        np.testing.assert_allclose(found.scores, [each[5] for each in expected], rtol=1e-6)
        if layout == "ultralytics_obb":
            assert found.corners is not None
            sides = found.corners[:, 1] - found.corners[:, 0]
            angles = [each[6][0] for each in expected]
            np.testing.assert_allclose(np.arctan2(sides[:, 1], sides[:, 0]), angles, atol=1e-6)
            middles = found.corners.mean(axis=1)
            wanted = [((a + c) / 2, (b + d) / 2) for a, b, c, d, *_ in expected]
            np.testing.assert_allclose(middles, np.reshape(wanted, (-1, 2)), atol=1e-6)
            return
        boxes = np.array([each[:4] for each in expected]).reshape(-1, 4)
        np.testing.assert_allclose(found.boxes, boxes, atol=1e-9)
        if layout == "ultralytics_seg":
            mixing = np.array([each[6] for each in expected]).reshape(-1, COEFFICIENTS)
            np.testing.assert_allclose(told.coefficients, mixing)
        else:
            assert told.coefficients is None

    law()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_which_way_round_is_told_by_the_number_of_channels(layout: str) -> None:
    count = channels_of(layout, classes=CLASSES, coefficients=COEFFICIENTS)
    assert turned(layout, (count, 99), count) is True
    assert turned(layout, (99, count), count) is False
    assert turned(layout, (99, count + 1), count) is None
    usual = layout not in ("yolo_v5", "yolo_v6", "ultralytics_end2end")
    assert turned(layout, (count, count), count) is usual, "as the layout usually has it"


@pytest.mark.parametrize("place", range(8))
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_no_objects(place: int, value: float) -> None:
    rows = np.tile(np.float32([20, 20, 10, 10, 0.9, 0.1, 0.1, 0.5]), (2, 1))
    rows[0, place] = value
    told = decode(rows, "ultralytics_obb", classes=CLASSES, confidence=0.5)
    assert np.isfinite(told.found.boxes).all()
    assert np.isfinite(told.found.corners).all()
    assert len(told.found) >= 1
    assert (told.found.scores <= 1).all()


def test_boxes_without_a_size_are_no_objects() -> None:
    rows = np.float32([[20, 20, 0, 10, 0.9], [20, 20, 10, -1, 0.9], [20, 20, 10, 10, 0.9]])
    assert len(decode(rows, "ultralytics", classes=1, confidence=0.5).found) == 1


def test_of_too_many_candidates_the_surest_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "MOST_CANDIDATES", 3)
    rows = np.tile(np.float32([20, 20, 10, 10, 0]), (10, 1))
    rows[:, 4] = np.arange(10) / 10
    told = decode(rows, "ultralytics", classes=1, confidence=0.0)
    np.testing.assert_allclose(told.found.scores, [0.7, 0.8, 0.9])


def found_at(*boxes: tuple[float, float, float, float]) -> list[list[float]]:
    """What remains of boxes in a tile of 64 pixels of which 40 columns are raster."""
    rows = np.float32([[(a + c) / 2, (b + d) / 2, c - a, d - b, 0.9] for a, b, c, d in boxes])
    sureness = Sureness("ultralytics", 1, 0.5, 0.9)
    seen = Window(0, 0, 64, 40)
    found = objects_in(TileAnswer(rows, None), sureness, tile=(64, 64), seen=seen)
    return sorted(found.boxes.tolist())


def test_boxes_end_where_the_raster_ends() -> None:
    assert found_at((10, 10, 20, 20)) == [[10, 10, 20, 20]]
    assert found_at((30, 10, 50, 20)) == [[30, 10, 40, 20]], "the half of a mirrored one"
    assert found_at((39, 10, 60, 20)) == [], "the mirror image of another"
    assert found_at((45, 10, 60, 20)) == [], "all in the mirror"
    assert found_at((-30, 10, 5, 20)) == [[0, 10, 5, 20]], "the tile's own edge cuts what it likes"
    (small,) = found_at((10, 10, 10.5, 10.5))
    assert small == [10, 10, 10.5, 10.5], "small ones count where they are whole"


def test_what_lies_mostly_without_data_is_no_object() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 40, 10], [20, 0, 30, 10], [-5, -5, -1, -1]], float)
    found = Found(boxes, np.ones(4), np.zeros(4, int))
    valid = np.zeros((40, 40), bool)
    valid[:, :12] = True
    assert with_data(found, valid).boxes.tolist() == boxes[:2].tolist()
    assert with_data(found, None) is found
