# SPDX-License-Identifier: GPL-2.0-or-later
"""From scores to classes: strips give what the whole gives, decisions are argmax and softmax."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import quick
from oracles import sampled, softmax_percent

from geosift.inference.tiles.decide import Axis, ScoreRows, best_class, confidence_percent


def _streamed(scores: np.ndarray, rows: Axis, cols: Axis, height: int, width: int, cuts: list[int]):
    """Planes of the answer, with the scores fed in strips that end at `cuts`."""
    maker = ScoreRows(rows, cols, height=height, width=width, channels=scores.shape[0])
    out = np.full((scores.shape[0], height, width), np.nan, np.float32)
    expected = 0
    for start, stop in zip([0, *cuts], [*cuts, scores.shape[1]]):
        for row, planes in maker.feed(scores[:, start:stop]):
            assert row == expected
            expected += planes[0].shape[0]
            out[:, row:expected] = np.stack(planes)
    assert expected == height
    return out


@st.composite
def streams(draw: st.DrawFn) -> tuple[np.ndarray, list[int]]:
    """Random scores (channels, height, width) and where they are cut into strips."""
    shape = draw(st.integers(1, 3)), draw(st.integers(1, 160)), draw(st.integers(1, 40))
    scores = np.random.default_rng(draw(st.integers(0, 99))).normal(size=shape).astype(np.float32)
    cuts = draw(st.sets(st.integers(1, max(shape[1] - 1, 1)), max_size=6))
    return scores, sorted(cut for cut in cuts if cut < shape[1])


@quick
@given(streams(), st.sampled_from([1, 2, 4, 8]), st.integers(0, 7))
def test_whole_factors_in_strips_are_one_opencv_resize(stream, factor: int, dropped: int) -> None:
    scores, cuts = stream
    _, rows, cols = scores.shape
    height, width = max(rows * factor - dropped, 1), max(cols * factor - dropped, 1)
    axes = Axis(1 / factor, 0.0, rows), Axis(1 / factor, 0.0, cols)
    out = _streamed(scores, *axes, height, width, cuts)
    for plane, expected in zip(out, scores):
        size = (cols * factor, rows * factor)
        whole = cv2.resize(expected, size, interpolation=cv2.INTER_LINEAR)[:height, :width]
        np.testing.assert_allclose(plane, whole, atol=1e-5)
        at = (np.arange(height) + 0.5) / factor - 0.5, (np.arange(width) + 0.5) / factor - 0.5
        np.testing.assert_allclose(plane, sampled(expected, *at), atol=1e-5)


@quick
@given(
    streams(),
    st.floats(0.06, 6.0),
    st.floats(0.06, 6.0),
    st.floats(0.0, 3.0),
    st.floats(0.0, 3.0),
)
def test_any_scale_in_strips_is_bilinear(stream, down, across, top, left) -> None:
    """Within what a 64th of a score (half of OpenCV's grid of 32nds) can change a value by."""
    scores, cuts = stream
    _, rows, cols = scores.shape
    height, width = int((rows - top) / down), int((cols - left) / across)
    assume(height > 0 and width > 0)
    axes = Axis(down, top, rows), Axis(across, left, cols)
    out = _streamed(scores, *axes, height, width, cuts)
    at = axes[0].coordinate(np.arange(height)), axes[1].coordinate(np.arange(width))
    steps = 2 * np.abs(scores).max() / 32
    np.testing.assert_allclose(out, sampled(scores, *at), atol=2 * steps)


@quick
@given(streams(), st.floats(0.2, 3.0), st.floats(0.0, 90.0))
def test_strips_change_nothing(stream, scale: float, offset: float) -> None:
    scores, cuts = stream
    _, rows, cols = scores.shape
    height, width = int((rows - offset) / scale), int(cols / scale)
    assume(height > 0 and width > 0)
    axes = Axis(scale, offset, rows), Axis(scale, 0.0, cols)
    in_strips = _streamed(scores, *axes, height, width, cuts)
    at_once = _streamed(scores, *axes, height, width, [])
    np.testing.assert_allclose(in_strips, at_once, atol=1e-5)


@quick
@given(
    st.floats(0.05, 8), st.floats(0, 20), st.integers(1, 90), st.integers(0, 60), st.integers(1, 60)
)
def test_needed_scores_are_those_around_the_answer(scale, offset, length, start, count) -> None:
    axis = Axis(scale, offset, length)
    first, last = axis.needed(start, start + count)
    at = np.clip(axis.coordinate(np.arange(start, start + count)), 0, length - 1)
    assert 0 <= first < last <= length
    assert first <= np.floor(at.min())
    assert last - 1 >= min(np.ceil(at.max() - 1e-9), length - 1)


@quick
@given(st.integers(1, 9), st.integers(0, 10**6))
def test_the_best_class_is_numpys_argmax(classes: int, seed: int) -> None:
    """Also among equal scores, where the first wins: few different values make many ties."""
    random = np.random.default_rng(seed)
    planes = random.integers(-3, 4, (classes, 13, 17)).astype(np.float32)
    found, best = best_class(list(planes))
    assert found.dtype == np.uint8
    assert (found == planes.argmax(axis=0)).all()
    assert (best == planes.max(axis=0)).all()


def test_the_most_classes_a_card_may_have_are_told_apart() -> None:
    planes = np.random.default_rng(1).normal(size=(254, 30, 31)).astype(np.float32)
    assert (best_class(list(planes))[0] == planes.argmax(axis=0)).all()


@quick
@given(st.integers(1, 6), st.floats(0.1, 60), st.integers(0, 10**6))
def test_confidence_of_logits_is_softmax(classes: int, spread: float, seed: int) -> None:
    planes = np.random.default_rng(seed).normal(scale=spread, size=(classes, 11, 12))
    planes = list(planes.astype(np.float32))
    percent = confidence_percent(planes, best_class(planes)[1], activation="logits")
    assert np.abs(percent - softmax_percent(np.stack(planes))).max() <= 0.5001


def test_confidence_of_probabilities_is_the_share_of_the_best() -> None:
    planes = np.random.default_rng(2).dirichlet([0.5] * 4, (20, 21)).transpose(2, 0, 1)
    planes = list(planes.astype(np.float32))
    percent = confidence_percent(planes, best_class(planes)[1], activation="probabilities")
    assert np.abs(percent - 100 * np.stack(planes).max(axis=0)).max() <= 0.5001


@pytest.mark.parametrize("activation", ["logits", "probabilities"])
def test_confidence_stays_a_percentage_for_any_scores(activation: str) -> None:
    """Networks are not always what they say: zeros, negative and huge scores stay within 0..100."""
    values = (0.0, -5.0, 1e20, -1e20)
    planes = [np.full((3, 4), value, np.float32) for value in values]
    for chosen in (planes, planes[:1], planes[1:2]):
        percent = confidence_percent(chosen, best_class(chosen)[1], activation=activation)
        assert percent.max() <= 100
