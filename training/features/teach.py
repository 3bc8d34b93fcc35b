# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user's few strokes teach: a linear head on the dense map, fitted on one picture.

teach_iou: of each picture, STROKES straight strokes of STROKE pixels a class are drawn by seed
within the labels; a multinomial logistic regression on the cells they touch (classes weigh the
same, inputs brought to mean 0 and deviation 1) tells the class of every cell, scores are brought to
the picture's pixels, and the mean IoU of the classes in it is taken over its labelled pixels
without a stroke. Mean over the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..data.land_cover import CLASSES, IGNORE
from ..metrics import confusion_matrix, mean_iou
from ..mobile_unet import STRIDE_MULTIPLE

STROKES, STROKE = 10, 20
_TRIALS = 200
_RIDGE = 0.01
_ROUNDS = 12
_NEVER = -1e6
"""Score of a class that nobody drew."""
Dense = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From a picture (H, W, 3), sides multiples of 32, to its dense map (C, H/s, W/s)."""


@dataclass(frozen=True)
class Head:
    """A linear reader of features (n, channels): to scores (n, classes)."""

    mean: NDArray[np.float64]
    spread: NDArray[np.float64]
    weight: NDArray[np.float64]

    def scores(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        return _with_one((features - self.mean) / self.spread) @ self.weight


def fit(features: NDArray[np.floating], labels: NDArray[np.int64], *, classes: int) -> Head:
    """Multinomial logistic regression with a ridge, by Newton's steps; the last row is the bias."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    inputs = _with_one((features - mean) / spread)
    counts = np.bincount(labels, minlength=classes)
    weights = 1 / np.maximum(counts[labels], 1) / max(1, int((counts > 0).sum()))
    wanted, width = np.eye(classes)[labels], inputs.shape[1]
    ridge = np.full(width, _RIDGE)
    ridge[-1] = 1e-6
    weight = np.zeros((width, classes))
    for _ in range(_ROUNDS):
        chance = _softmax(inputs @ weight)
        slope = inputs.T @ (weights[:, None] * (chance - wanted)) + ridge[:, None] * weight
        weight = (
            weight
            - np.linalg.solve(_curvature(inputs, chance, weights, ridge), slope.T.ravel())
            .reshape(classes, width)
            .T
        )
    return Head(mean, spread, weight)


def _curvature(
    inputs: NDArray[np.float64],
    chance: NDArray[np.float64],
    weights: NDArray[np.float64],
    ridge: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The Hessian, class by class: (classes * width, classes * width)."""
    classes, width = chance.shape[1], inputs.shape[1]
    whole = np.zeros((classes, width, classes, width))
    for one in range(classes):
        for other in range(one, classes):
            both = chance[:, one] * ((one == other) - chance[:, other]) * weights
            block = inputs.T @ (both[:, None] * inputs)
            whole[one, :, other, :] = block
            whole[other, :, one, :] = block
        whole[one, range(width), one, range(width)] += ridge
    return whole.reshape(classes * width, classes * width)


def strokes(truth: NDArray[np.uint8], *, seed: int) -> NDArray[np.uint8]:
    """A picture of strokes: their class ids in (H, W), IGNORE elsewhere."""
    rng = np.random.default_rng(seed)
    drawn = np.full(truth.shape, IGNORE, np.uint8)
    for index in range(len(CLASSES)):
        places = np.argwhere(truth == index)
        done = 0
        for _ in range(_TRIALS if len(places) else 0):
            line = _line(rng, places[rng.integers(len(places))])
            inside = ((line >= 0) & (line < truth.shape)).all()
            if inside and (truth[tuple(line.T)] == index).all():
                drawn[tuple(line.T)] = index
                done += 1
            if done == STROKES:
                break
    return drawn


def _line(rng: np.random.Generator, start: NDArray[np.int64]) -> NDArray[np.int64]:
    """STROKE pixels (n, 2) from a place in some direction."""
    angle = rng.uniform(0, 2 * np.pi)
    way = np.arange(STROKE)[:, None] * np.array([np.sin(angle), np.cos(angle)])
    return np.rint(start + way).astype(np.int64)


def taught_iou(
    image: NDArray[np.uint8], truth: NDArray[np.uint8], dense: Dense, *, seed: int
) -> float:
    """Mean IoU on what the strokes leave of one picture."""
    height, width = truth.shape
    padded = np.pad(
        image, [(0, -side % STRIDE_MULTIPLE) for side in (height, width)] + [(0, 0)], mode="reflect"
    )
    features = dense(padded)
    stride = padded.shape[0] // features.shape[1]
    drawn = strokes(truth, seed=seed)
    cells = np.unique(
        np.column_stack([np.argwhere(drawn != IGNORE) // stride, drawn[drawn != IGNORE]]), axis=0
    )
    rows, cols, labels = cells.T
    head = fit(features[:, rows, cols].T, labels.astype(np.int64), classes=len(CLASSES))
    scores = head.scores(features.reshape(len(features), -1).T).astype(np.float32)
    planes = scores.reshape(*features.shape[1:], -1)
    planes[..., np.bincount(labels, minlength=len(CLASSES)) == 0] = _NEVER
    classes = cv2.resize(planes, padded.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    answer = classes.argmax(axis=-1)[:height, :width]
    rest = np.where(drawn == IGNORE, truth, IGNORE)
    count = len(CLASSES)
    return mean_iou(confusion_matrix(rest, answer, rows=count, cols=count))


def teach_iou(
    pictures: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]], dense: Dense
) -> float:
    """Mean over pictures and their truths; see above."""
    told = [
        taught_iou(image, truth, dense, seed=seed) for seed, (image, truth) in enumerate(pictures)
    ]
    return float(np.mean(told))


def _with_one(inputs: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.column_stack([inputs, np.ones(len(inputs))])


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    chance = np.exp(scores - scores.max(axis=1, keepdims=True))
    return chance / chance.sum(axis=1, keepdims=True)
