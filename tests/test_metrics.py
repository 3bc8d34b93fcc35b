# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures against counts made one by one, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.training.metrics import (
    CALIBRATION_BINS,
    Reliability,
    class_scores,
    confusion_figures,
    confusion_matrix,
    mean_iou,
    scores,
)

NAMES = ("Roof", "Bare land", "Road", "Grass")
PIXELS = st.lists(
    st.tuples(st.sampled_from((0, 1, 2, 3, 255)), st.integers(0, 3)), min_size=1, max_size=60
)


def matrix_of(pixels: list[tuple[int, int]]) -> np.ndarray:
    truth, answer = (np.array(part, np.uint8) for part in zip(*pixels))
    return confusion_matrix(truth, answer, rows=4, cols=4)


def by_hand(pixels: list[tuple[int, int]]) -> dict[str, float]:
    """Every figure from sets of pixel numbers, by its textbook definition."""
    known = [(number, t, a) for number, (t, a) in enumerate(pixels) if t != 255]
    out, means = {}, {"iou": [], "precision": [], "recall": [], "f1": []}
    for index, name in enumerate(("roof", "bare_land", "road", "grass")):
        true = {number for number, t, _ in known if t == index}
        said = {number for number, _, a in known if a == index}
        if not true | said:
            continue
        hit = len(true & said)
        precision = hit / len(said) if said else 0.0
        recall = hit / len(true) if true else 0.0
        each = {
            "iou": hit / len(true | said),
            "precision": precision,
            "recall": recall,
            "f1": 2 * precision * recall / (precision + recall) if hit else 0.0,
        }
        for what, value in each.items():
            out[f"{what}_{name}"] = value
            means[what].append(value)
    mean = {what: sum(values) / len(values) if values else 0.0 for what, values in means.items()}
    right = sum(t == a for _, t, a in known) / max(1, len(known))
    return {
        **out,
        "mean_iou": mean["iou"],
        **{f"macro_{what}": mean[what] for what in ("precision", "recall", "f1")},
        "accuracy": right,
        "pixel_accuracy": right,
    }


@quick
@given(PIXELS)
def test_scores_are_those_made_by_hand(pixels: list[tuple[int, int]]) -> None:
    assert scores(matrix_of(pixels), NAMES) == pytest.approx(by_hand(pixels), abs=1e-5)


@quick
@given(PIXELS)
def test_the_perfect_answer_has_one_everywhere(pixels: list[tuple[int, int]]) -> None:
    perfect = [(truth, truth % 4) for truth, _ in pixels if truth != 255]
    if perfect:
        assert set(scores(matrix_of(perfect), NAMES).values()) == {1.0}


@quick
@given(PIXELS, st.permutations(range(4)))
def test_the_order_of_classes_and_of_pixels_is_nothing(
    pixels: list[tuple[int, int]], order: list[int]
) -> None:
    other = [(truth if truth == 255 else order[truth], order[answer]) for truth, answer in pixels]
    first, second = matrix_of(pixels), matrix_of(other[::-1])
    np.testing.assert_array_equal(second[np.ix_(order, order)], first)
    assert mean_iou(second) == pytest.approx(mean_iou(first))


@quick
@given(PIXELS, PIXELS)
def test_counts_of_parts_add_up(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    np.testing.assert_array_equal(matrix_of(one + two), matrix_of(one) + matrix_of(two))
    assert sum(confusion_figures(matrix_of(one), NAMES, NAMES).values()) == matrix_of(one).sum()


def test_a_class_in_neither_is_left_out_and_a_missed_one_counts() -> None:
    matrix = np.array([[5, 0, 0], [3, 0, 0], [0, 0, 0]])
    each = class_scores(matrix)
    np.testing.assert_allclose(each["iou"], [5 / 8, 0, np.nan])
    np.testing.assert_allclose(each["precision"], [5 / 8, 0, np.nan])
    assert mean_iou(matrix) == 5 / 16
    assert "iou_road" not in scores(matrix, NAMES[:3])


def test_a_labelled_pixel_without_an_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="255"):
        confusion_matrix(np.array([0, 255]), np.array([255, 255]), rows=2, cols=2)


@quick
@given(st.lists(st.tuples(st.integers(0, 100), st.booleans()), min_size=1, max_size=80))
def test_calibration_error_is_that_of_its_definition(pixels: list[tuple[int, bool]]) -> None:
    percent, right = (np.array(part) for part in zip(*pixels))
    error = 0.0
    for index in range(CALIBRATION_BINS):
        low, high = 100 * index / CALIBRATION_BINS, 100 * (index + 1) / CALIBRATION_BINS
        inside = (percent >= low) & ((percent < high) | (percent == 100) & (high == 100))
        if inside.any():
            gap = np.mean(percent[inside] / 100) - np.mean(right[inside])
            error += inside.sum() / len(percent) * abs(gap)
    found = Reliability.of(percent, right)
    assert found.calibration_error() == pytest.approx(error, abs=1e-12)
    assert sum(one.pixels for one in found.bins()) == len(pixels)
    halves = Reliability.of(percent[::2], right[::2]) + Reliability.of(percent[1::2], right[1::2])
    assert halves.calibration_error() == pytest.approx(error, abs=1e-12)


def test_a_network_that_knows_itself_has_no_calibration_error() -> None:
    percent = np.repeat([20, 60, 100], 10)
    right = np.concatenate([np.arange(10) < 2, np.arange(10) < 6, np.arange(10) < 10])
    assert Reliability.of(percent, right).calibration_error() == pytest.approx(0)
    assert Reliability.none().calibration_error() == 0
