# SPDX-License-Identifier: GPL-2.0-or-later
"""The head: against finite differences, a plain gradient descent, and what must not matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough

from geosift.inference.errors import Cancelled
from geosift.inference.teaching.accuracy import Accuracy
from geosift.inference.teaching.head import Head, Problem, minimise, softmax
from geosift.inference.teaching.leaving_out import (
    PARTS,
    RIDGES,
    USUAL_RIDGE,
    best_of,
    judged_apart,
    left_out_chances,
    parts_of,
    sharpness_of,
)
from geosift.inference.teaching.scale import Moments, Scale


def made(seed: int, *, cells: int = 60, channels: int = 5, classes: int = 3) -> Problem:
    """Overlapping clouds, each class with its own middle."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, cells)
    middles = rng.normal(size=(classes, channels))
    inputs = middles[labels] + rng.normal(size=(cells, channels)) * 1.5
    weights = rng.uniform(0.2, 1, cells)
    with_one = np.concatenate([inputs, np.ones((cells, 1))], axis=1)
    return Problem(with_one, labels, weights / weights.sum(), classes)


def plain_loss(problem: Problem, weight: np.ndarray, ridge: float) -> float:
    """F as it stands in the file, cell by cell."""
    total = 0.0
    for row, label, share in zip(problem.inputs, problem.labels, problem.weights):
        scores = row @ weight
        total -= share * (scores[label] - np.log(np.exp(scores).sum()))
    return total + ridge / 2 * (weight[:-1] ** 2).sum() + 1e-6 / 2 * (weight[-1] ** 2).sum()


@quick
@given(st.integers(0, 10**6), st.sampled_from([1.0, 0.1, 0.003]))
def test_the_slope_is_that_of_the_loss(seed: int, ridge: float) -> None:
    """Against finite differences of F in its plain form; the Hessian against those of the slope."""
    problem = made(seed, cells=20, channels=3)
    rng = np.random.default_rng(seed + 1)
    weight, way = rng.normal(size=(2, 4, 3))
    step = 1e-5
    there, back = (plain_loss(problem, weight + each * way, ridge) for each in (step, -step))

    def slope(at: np.ndarray) -> np.ndarray:
        return problem.gradient(at, ridge, softmax(problem.inputs @ at))

    np.testing.assert_allclose(problem.loss(weight, ridge), plain_loss(problem, weight, ridge))
    np.testing.assert_allclose((slope(weight) * way).sum(), (there - back) / step / 2, atol=1e-6)
    curved = problem.curved(way, ridge, softmax(problem.inputs @ weight))
    differences = (slope(weight + step * way) - slope(weight - step * way)) / step / 2
    np.testing.assert_allclose(curved, differences, atol=1e-6)


@thorough
@given(st.integers(0, 10**6), st.integers(2, 6), st.sampled_from(RIDGES))
def test_no_other_weights_are_better(seed: int, classes: int, ridge: float) -> None:
    """F is convex: where the slope is 0 it is least; its columns but the bias sum to zero."""
    problem = made(seed, classes=classes)
    weight = minimise(problem, ridge)
    slope = problem.gradient(weight, ridge, softmax(problem.inputs @ weight))
    assert np.abs(slope).max() < 1e-5
    np.testing.assert_allclose(weight[:-1].sum(axis=1), 0, atol=1e-4)
    began = np.random.default_rng(seed).normal(size=weight.shape)
    np.testing.assert_allclose(minimise(problem, ridge, began)[:-1], weight[:-1], atol=1e-3)


def test_gradient_descent_comes_to_the_same() -> None:
    """A route that shares nothing but the formula, in 4,000 steps."""
    problem, weight = made(3), np.zeros((6, 3))
    for _ in range(4_000):
        chance = softmax(problem.inputs @ weight)
        apart = problem.weights[:, None] * (chance - np.eye(3)[problem.labels])
        held = np.vstack([0.1 * weight[:-1], 1e-6 * weight[-1:]])
        weight -= 0.3 * (problem.inputs.T @ apart + held)
    np.testing.assert_allclose(minimise(problem, 0.1)[:-1], weight[:-1], atol=1e-4)


@thorough
@given(st.integers(0, 10**6))
def test_the_order_of_cells_does_not_matter(seed: int) -> None:
    problem = made(seed)
    order = np.random.default_rng(seed).permutation(len(problem.labels))
    turned = Problem(problem.inputs[order], problem.labels[order], problem.weights[order], 3)
    np.testing.assert_allclose(minimise(problem, 0.1), minimise(turned, 0.1), atol=1e-4)


@thorough
@given(st.integers(0, 10**6))
def test_cells_drawn_twice_with_half_the_weight_are_the_same(seed: int) -> None:
    problem = made(seed)
    twice = Problem(
        np.concatenate([problem.inputs] * 2), np.concatenate([problem.labels] * 2),
        np.concatenate([problem.weights / 2] * 2), 3,
    )  # fmt: skip
    np.testing.assert_allclose(minimise(problem, 0.1), minimise(twice, 0.1), atol=1e-4)


@thorough
@given(st.integers(0, 10**6))
def test_how_channels_are_mixed_does_not_matter(seed: int) -> None:
    """Scaled features have no correlation, so any scaling of channels gives the same classes."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(400, 4)) @ rng.normal(size=(4, 4))
    labels = (features[:, 0] > 0).astype(int) + (features[:, 1] > 0.5)
    scores = []
    for factors in (np.ones(4), rng.uniform(1, 8, 4)):
        scale = Scale.of([Moments.of(features * factors)])
        inputs = scale.apply(features * factors)
        weight = minimise(Problem(inputs, labels, np.full(400, 1 / 400), 3), 0.1)
        scores.append(Head(scale, weight, 0.1, 2.0).scores(features * factors))
    np.testing.assert_allclose(scores[0], scores[1], atol=1e-3)


def test_moments_of_parts_are_those_of_the_whole() -> None:
    features = np.random.default_rng(0).normal(3, 2, (500, 6))
    whole = Scale.of([Moments.of(features)])
    parts = Scale.of([Moments.of(features[:123]), Moments.of(features[123:])])
    np.testing.assert_allclose(whole.apply(features), parts.apply(features), atol=1e-8)
    spread = np.cov(whole.apply(features)[:, :-1].T)
    assert np.abs(np.diag(spread) - 1).max() < 0.1
    assert np.abs(spread - np.diag(np.diag(spread))).max() < 1e-8


def test_a_channel_that_is_always_the_same_does_no_harm() -> None:
    """Of a picture of one colour nothing is blown up, and no number is none."""
    features = np.random.default_rng(0).normal(size=(100, 3))
    features[:, 1] = 7.0
    scaled = Scale.of([Moments.of(features)]).apply(features)
    assert np.isfinite(scaled).all() and np.abs(scaled).max() < 20
    flat = Scale.of([Moments.of(np.full((50, 3), 4.0))]).apply(np.full((2, 3), 4.0))
    np.testing.assert_allclose(flat, [[0, 0, 0, 1]] * 2, atol=1e-3)


def test_planes_are_the_scores_of_every_cell() -> None:
    features = np.random.default_rng(1).normal(size=(5, 8, 9)).astype(np.float32)
    scale = Scale.of([Moments.of(features.reshape(5, -1).T)])
    head = Head(scale, np.random.default_rng(2).normal(size=(6, 3)), 0.1, 1.7)
    planes = head.planes(features)
    expected = head.scores(features.reshape(5, -1).T).T.reshape(3, 8, 9)
    np.testing.assert_allclose(planes, expected, atol=1e-5)


def strokes_of(problem: Problem, *, each: int = 4) -> np.ndarray:
    """So many cells of one class in a stroke."""
    stroke = np.zeros(len(problem.labels), np.int64)
    for label in range(problem.classes):
        mine = np.flatnonzero(problem.labels == label)
        stroke[mine] = 100 * label + np.arange(len(mine)) // each
    return np.unique(stroke, return_inverse=True)[1]


def test_what_is_left_out_was_not_learnt_from() -> None:
    """Against a fit without those strokes, made by hand; no stroke lies in two parts."""
    problem = made(5, cells=90)
    stroke = strokes_of(problem)
    part = parts_of(problem.labels, stroke)
    for each in np.unique(stroke):
        assert len(set(part[stroke == each])) == 1
    found = left_out_chances(problem, part, (0.1,))[0]
    for number in range(PARTS):
        gone = part == number
        rest = problem.part(~gone)
        whole = np.bincount(problem.labels, problem.weights)
        np.testing.assert_allclose(np.bincount(rest.labels, rest.weights), whole)
        chances = softmax(problem.inputs[gone] @ minimise(rest, 0.1))
        np.testing.assert_allclose(found[gone], chances, atol=1e-4)


def test_a_class_of_one_stroke_is_never_left_out() -> None:
    labels = np.array([0, 0, 1, 1, 1, 2, 2])
    stroke = np.array([0, 0, 1, 2, 2, 3, 4])
    assert (parts_of(labels, stroke)[:2] == -1).all()
    chances = np.full((7, 3), np.nan)
    chances[2:] = np.eye(3)[[1, 1, 2, 2, 2]]
    accuracy = Accuracy.of(chances, labels, stroke, (0, 4, 9))
    assert accuracy.of_class(0).recall is None and accuracy.of_class(0).strokes == 1
    assert accuracy.of_class(4).recall == 0.75
    assert accuracy.of_class(9).recall == 1.0
    np.testing.assert_allclose(accuracy.confusion, [[0, 0, 0], [0, 1.5, 0.5], [0, 0, 2]])
    assert accuracy.share == 0.875
    assert accuracy.of_class(9).precision == pytest.approx(1 / 1.25)
    assert accuracy.mean_iou == pytest.approx((0.75 + 1 / 1.25) / 2)


def test_too_few_strokes_tell_nothing() -> None:
    labels, stroke = np.array([0, 0, 1]), np.array([0, 0, 1])
    assert (parts_of(labels, stroke) == -1).all()
    assert Accuracy.of(np.full((3, 2), np.nan), labels, stroke, (0, 1)) is None


def test_the_usual_ridge_stays_unless_another_is_clearly_better() -> None:
    problem = made(1, cells=100, classes=2)
    right = np.eye(2)[problem.labels]
    wrong = right.copy()
    wrong[:1] = wrong[:1, ::-1]
    usual = RIDGES.index(USUAL_RIDGE)
    told = [right if index == 0 else wrong for index in range(len(RIDGES))]
    assert best_of(told, RIDGES, problem) == usual
    wrong[:30] = wrong[:30, ::-1]
    assert best_of(told, RIDGES, problem) == 0


def test_no_stroke_has_a_say_in_the_ridge_it_is_judged_with() -> None:
    """Whatever is told of a part: only what the others say chooses for it."""
    problem = made(4, cells=200, classes=2)
    part = parts_of(problem.labels, strokes_of(problem))
    right = np.eye(2)[problem.labels]
    usual, first = RIDGES.index(USUAL_RIDGE), part == 0
    wrong = right[:, ::-1]
    told = [np.where(first[:, None], wrong, right) for _ in RIDGES]
    told[0] = right.copy()  # it alone is right, but in the first part only
    found = judged_apart(told, RIDGES, problem, part)
    np.testing.assert_array_equal(found[first], told[usual][first])
    assert best_of(told, RIDGES, problem) == 0, "all together would have taken it"
    for number in range(1, PARTS):
        np.testing.assert_array_equal(found[part == number], right[part == number])
    untested = np.full(len(part), -1)
    assert np.isnan(judged_apart(told, RIDGES, problem, untested)).all()


def test_scores_become_as_sure_as_they_are_right() -> None:
    """Of cells told with 60 %, 95 of 100 right, the stretched ones tell about 95 %."""
    labels = np.zeros(1000, np.int64)
    problem = Problem(np.ones((1000, 1)), labels, np.full(1000, 1e-3), 2)
    chances = np.tile([0.6, 0.4], (1000, 1))
    chances[:50] = [0.4, 0.6]
    sharper = sharpness_of(chances, problem)
    told = softmax(sharper * np.log(chances[500:501]))[0, 0]
    assert 0.93 < told < 0.97


def test_leaving_out_hears_a_cancel() -> None:
    problem = made(5)
    part = parts_of(problem.labels, strokes_of(problem))
    with pytest.raises(Cancelled):
        left_out_chances(problem, part, RIDGES, cancelled=lambda: True)
