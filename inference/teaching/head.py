# SPDX-License-Identifier: GPL-2.0-or-later
"""The head: multinomial logistic regression with a ridge, on features without correlation.

Of all weights W (features + 1, classes) it takes those with the least

    F(W) = sum_i w_i * -log softmax(x_i W)[y_i]  +  ridge / 2 * |W without its last row|^2

where the w_i sum to one. With a ridge there is one such W, and its rows (but the last, the bias)
sum to zero over the classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from .products import product, turned_product
from .scale import Scale

Numbers = NDArray[np.float64]

BIAS_RIDGE = 1e-6
"""Of the bias, which is hardly held: what makes W the only one."""
_STEPS = 50
_INNER_STEPS = 60
_HALVINGS = 30
_SLOPE = 1e-6
"""Length of the gradient at which a fit is done; no class changes over less."""


@dataclass(frozen=True)
class Head:
    """A linear reader of dense features: `weight` is (channels + 1, classes), the last row bias.

    Scores are multiplied by `sharpness`, which changes no class, only how sure it is.
    """

    scale: Scale
    weight: Numbers
    ridge: float
    sharpness: float = 1.0

    @cached_property
    def plain(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Weights (classes, channels) and biases (classes) for features as the network gives them.

        What a 1x1 convolution needs.
        """
        slope = self.sharpness * self.scale.matrix @ self.weight[:-1]
        bias = self.sharpness * self.weight[-1] - self.scale.mean @ slope
        return slope.T.astype(np.float32), bias.astype(np.float32)

    def scores(self, features: NDArray[np.floating]) -> Numbers:
        """(n, channels) to logits (n, classes)."""
        return self.sharpness * product(self.scale.apply(features), self.weight)

    def planes(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """A dense map (channels, rows, columns) to logits (classes, rows, columns)."""
        slope, bias = self.plain
        channels, rows, cols = features.shape
        found = product(slope, features.reshape(channels, -1)) + bias[:, None]
        return found.reshape(-1, rows, cols)


@dataclass(frozen=True)
class Problem:
    """What is to be fitted: `inputs` (n, channels + 1), the class of each, and its weight.

    `classes` are 0 .. classes - 1; the weights sum to one.
    """

    inputs: Numbers
    labels: NDArray[np.intp]
    weights: Numbers
    classes: int

    @cached_property
    def wanted(self) -> Numbers:
        """(n, classes), 1 at the class of each."""
        return np.eye(self.classes)[self.labels]

    def part(self, chosen: NDArray[np.bool_]) -> Problem:
        """Some of the cells, each class with the weight that it had."""
        labels, weights = self.labels[chosen], self.weights[chosen]
        whole = np.bincount(self.labels, self.weights, self.classes)
        left = np.bincount(labels, weights, self.classes)
        return Problem(
            self.inputs[chosen], labels, weights * (whole / np.maximum(left, 1e-300))[labels],
            self.classes,
        )  # fmt: skip

    def held(self, ridge: float) -> Numbers:
        """How much each row of the weights is held, (channels + 1, 1)."""
        found = np.full((self.inputs.shape[1], 1), ridge)
        found[-1] = min(BIAS_RIDGE, ridge)
        return found

    def loss(self, weight: Numbers, ridge: float) -> float:
        """F of the weights."""
        scores = product(self.inputs, weight)
        best = scores.max(axis=1, keepdims=True)
        total = best[:, 0] + np.log(np.exp(scores - best).sum(axis=1))
        missed = total - scores[np.arange(len(scores)), self.labels]
        return float(self.weights @ missed + (self.held(ridge) * weight**2).sum() / 2)

    def gradient(self, weight: Numbers, ridge: float, chance: Numbers) -> Numbers:
        """Its slope; `chance` is `softmax` of the scores."""
        apart = self.weights[:, None] * (chance - self.wanted)
        return turned_product(self.inputs, apart) + self.held(ridge) * weight

    def curved(self, direction: Numbers, ridge: float, chance: Numbers) -> Numbers:
        """The Hessian times a direction."""
        along = product(self.inputs, direction)
        mixed = chance * (along - (chance * along).sum(axis=1, keepdims=True))
        mixed *= self.weights[:, None]
        return turned_product(self.inputs, mixed) + self.held(ridge) * direction


def softmax(scores: Numbers) -> Numbers:
    """Logits (n, classes) to probabilities."""
    chance = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)


def minimise(problem: Problem, ridge: float, start: Numbers | None = None) -> Numbers:
    """The weights with the least F: Newton's steps, each solved by conjugate gradients.

    Preconditioned by what bounds the Hessian whatever the weights are (Boehning 1992), so the
    work grows with cells times classes and not with their squares.
    """
    shape = problem.inputs.shape[1], problem.classes
    weight = np.zeros(shape) if start is None or start.shape != shape else start
    bound = _inverse_bound(problem, ridge)
    loss = problem.loss(weight, ridge)
    for _ in range(_STEPS):
        chance = softmax(product(problem.inputs, weight))
        slope = problem.gradient(weight, ridge, chance)
        if float(np.abs(slope).max()) < _SLOPE:
            break
        step = _newton_step(problem, ridge, chance, slope, bound)
        weight, loss, moved = _downhill(problem, ridge, weight, loss, step, slope)
        if not moved:
            break
    return weight


def _inverse_bound(problem: Problem, ridge: float) -> Numbers:
    """Inverse of (X' diag(w) X) / 2 + ridge, (channels + 1, channels + 1)."""
    inputs = problem.inputs
    bound = turned_product(inputs, problem.weights[:, None] * inputs) / 2
    bound[np.diag_indices_from(bound)] += problem.held(ridge)[:, 0]
    found, inverse = cv2.invert(bound, flags=cv2.DECOMP_CHOLESKY)
    return np.asarray(inverse) if found else np.linalg.pinv(bound)


def _newton_step(
    problem: Problem, ridge: float, chance: Numbers, slope: Numbers, bound: Numbers
) -> Numbers:
    """Conjugate gradients on Hessian * step = -slope, as far as is worth it."""
    step, rest = np.zeros_like(slope), -slope
    ready = product(bound, rest)
    way, size = ready.copy(), float((rest * ready).sum())
    enough = min(0.1, np.sqrt(size)) ** 2 * size
    for _ in range(_INNER_STEPS):
        curved = problem.curved(way, ridge, chance)
        along = float((way * curved).sum())
        if along <= 0:
            break
        step += size / along * way
        rest -= size / along * curved
        ready = product(bound, rest)
        before, size = size, float((rest * ready).sum())
        if size <= enough:
            break
        way = ready + size / before * way
    return step


def _downhill(
    problem: Problem, ridge: float, weight: Numbers, loss: float, step: Numbers, slope: Numbers
) -> tuple[Numbers, float, bool]:
    """The step, halved until F falls as the slope promises (Armijo); whether it did."""
    promised = float((step * slope).sum())
    size = 1.0
    for _ in range(_HALVINGS):
        there = weight + size * step
        found = problem.loss(there, ridge)
        if found <= loss + 1e-4 * size * promised:
            return there, found, found < loss
        size /= 2
    return weight, loss, False
