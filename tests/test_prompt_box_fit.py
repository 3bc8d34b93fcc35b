# SPDX-License-Identifier: GPL-2.0-or-later
"""One mask from many answers to a box, and how far masks may be trusted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.prompt.box_fit import best_for_box, expected_iou
from geosift.inference.prompt.prompts import PromptBox
from geosift.inference.prompt.sureness import stability, sureness

SIDE = 64
BOX = PromptBox(16, 20, 48, 44)
STEEP = 8.0


def _steep(left: int, top: int, right: int, bottom: int) -> np.ndarray:
    """Logits of a rectangle without any doubt."""
    logits = np.full((SIDE, SIDE), -STEEP, np.float32)
    logits[top:bottom, left:right] = STEEP
    return logits


def _cone(peak: float, slope: float) -> np.ndarray:
    """Logits that sink from the middle of BOX by `slope` a cell; level sets are like BOX."""
    rows, cols = np.mgrid[:SIDE, :SIDE] + 0.5
    across, down = np.abs(cols - 32) - 16, np.abs(rows - 32) - 12
    return np.float32(peak - slope * np.maximum(across, down))


def _edges(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1


def test_stability_is_the_iou_of_the_inner_and_the_outer_cut() -> None:
    logits = np.zeros((3, 10, 10), np.float32)
    logits[0] = -STEEP
    logits[0, :4] = STEEP
    logits[1] = -STEEP
    logits[1, :5] = 1.0
    logits[1, 5:8] = -0.5
    np.testing.assert_allclose(stability(logits), [1.0, 50 / 80, 0.0])
    told = sureness(logits, np.float32([0.9, 0.5, 0.4]))
    np.testing.assert_allclose(told, [0.95, (0.5 + 50 / 80) / 2, 0.2], rtol=1e-6)


def test_nothing_anywhere_is_not_stable() -> None:
    assert stability(np.full((2, 8, 8), -STEEP, np.float32)).tolist() == [0.0, 0.0]


@quick
@given(st.integers(0, 2**32 - 1), st.integers(0, 60), st.integers(0, 60))
def test_where_nothing_is_in_doubt_the_expected_iou_is_the_true_one(
    seed: int, rows: int, cols: int
) -> None:
    truth = np.random.default_rng(seed).random((SIDE, SIDE)) < 0.5
    mask = np.zeros((SIDE, SIDE), bool)
    mask[:rows, :cols] = True
    true = np.count_nonzero(mask & truth) / max(np.count_nonzero(mask | truth), 1)
    assert expected_iou(mask, truth.astype(np.float32)) == pytest.approx(true)


def test_the_answer_that_fills_the_box_outweighs_a_surer_one_that_does_not() -> None:
    fitting, beside = _steep(16, 20, 48, 44), _steep(16, 20, 26, 26)
    best, expected = best_for_box(np.stack([beside, fitting]), np.float32([0.8, 0.7]), BOX)
    np.testing.assert_array_equal(best > 0, fitting > 0)
    chance = 1 / (1 + np.exp(-best))
    assert expected == pytest.approx(expected_iou(best > 0, chance), abs=0.01)


def test_the_outline_is_drawn_at_the_level_whose_box_fits() -> None:
    wide, narrow = _cone(1.0, 0.25), _cone(-1.0, 0.25)
    for logits in (wide, narrow):
        before = np.abs(np.subtract(_edges(logits > 0), (16, 20, 48, 44))).sum()
        best, _ = best_for_box(logits[np.newaxis], np.float32([0.5]), BOX)
        after = np.abs(np.subtract(_edges(best > 0), (16, 20, 48, 44))).sum()
        assert after < before


@pytest.mark.parametrize("shape", [(16, 20, 48, 44), (18, 22, 44, 40), (0, 0, 64, 64)])
def test_a_mask_without_doubt_stays_as_it_is(shape: tuple[int, int, int, int]) -> None:
    logits = _steep(*shape)
    best, _ = best_for_box(np.stack([logits] * 3), np.float32([0.2, 0.9, 0.5]), BOX)
    np.testing.assert_allclose(best, logits, rtol=1e-5)


@quick
@given(st.integers(0, 2**32 - 1))
def test_the_order_of_the_answers_does_not_count(seed: int) -> None:
    dice = np.random.default_rng(seed)
    logits = dice.normal(0, 3, (4, 16, 16)).astype(np.float32)
    ious, order = dice.random(4).astype(np.float32), dice.permutation(4)
    box = PromptBox(*sorted(dice.uniform(0, 8, 2)), *sorted(dice.uniform(8.1, 16, 2)))
    one, expected = best_for_box(logits, ious, box)
    other, again = best_for_box(logits[order], ious[order], box)
    np.testing.assert_allclose(one, other, atol=1e-4)
    assert expected == pytest.approx(again, abs=1e-4)
    assert 0 <= expected <= 1


@pytest.mark.parametrize(
    "box",
    [PromptBox(-90, -90, 200, 300), PromptBox(-20, 5, -10, 9), PromptBox(63.5, 63.5, 90, 64)],
    ids=["larger than the window", "beside it", "at its corner"],
)
@pytest.mark.parametrize("level", [-STEEP, STEEP], ids=["nothing", "everything"])
def test_any_box_and_any_answer_has_an_answer(box: PromptBox, level: float) -> None:
    logits = np.full((3, SIDE, SIDE), level, np.float32)
    best, expected = best_for_box(logits, np.float32([0.1, 0.2, 0.3]), box)
    assert np.isfinite(best).all() and 0 <= expected <= 1
    np.testing.assert_array_equal(best > 0, logits[0] > 0)
