# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user's few strokes teach: the product's own head on the dense map of one picture.

teach_iou: of each picture, STROKES straight strokes of STROKE pixels a class are drawn by seed
within the labels; the head that `inference/teaching` fits to the cells they touch tells the class
of every cell, scores are brought to the picture's pixels, and the mean IoU of the classes in it is
taken over its labelled pixels without a stroke. Mean over the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.teaching.fit import Samples, examine
from ...inference.teaching.scale import Moments, Scale
from ...inference.teaching.strokes import strokes_of
from ..data.land_cover import CLASSES, IGNORE
from ..metrics import confusion_matrix, mean_iou
from ..mobile_unet import STRIDE_MULTIPLE

STROKES, STROKE = 10, 20
_TRIALS = 200
_NEVER = -1e6
"""Score of a class that nobody drew."""
Dense = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From a picture (H, W, 3), sides multiples of 32, to its dense map (C, H/s, W/s)."""
Line = tuple[int, NDArray[np.int64]]
"""A stroke: its class, and its pixels (n, 2), row and column."""


def strokes(truth: NDArray[np.uint8], *, seed: int) -> Iterator[Line]:
    """The strokes of a picture, none over the rim of its class."""
    rng = np.random.default_rng(seed)
    for index in range(len(CLASSES)):
        places = np.argwhere(truth == index)
        done = 0
        for _ in range(_TRIALS if len(places) else 0):
            line = _line(rng, places[rng.integers(len(places))])
            inside = ((line >= 0) & (line < truth.shape)).all()
            if inside and (truth[tuple(line.T)] == index).all():
                yield index, line
                done += 1
            if done == STROKES:
                break


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
    drawn = list(strokes(truth, seed=seed))
    planes = np.moveaxis(_scores(features, drawn, stride), 0, -1)
    classes = cv2.resize(planes, padded.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    answer = classes.argmax(axis=-1)[:height, :width]
    rest = truth.copy()
    for _, line in drawn:
        rest[tuple(line.T)] = IGNORE
    count = len(CLASSES)
    return mean_iou(confusion_matrix(rest, answer, rows=count, cols=count))


def _scores(features: NDArray[np.float32], drawn: list[Line], stride: int) -> NDArray[np.float32]:
    """(classes, rows, columns) by a head that was taught by these strokes."""
    rows, cols = features.shape[1:]
    claims = [
        (0, int(row) * cols + int(col), index, number)
        for number, (index, line) in enumerate(drawn)
        for row, col in line // stride
    ]
    cells = strokes_of(np.array(claims, np.int64))
    flat = features.reshape(len(features), -1).T
    samples = Samples(
        flat[cells.cell].astype(np.float64), cells.class_id, cells.stroke,
        Scale.of([Moments.of(flat)]),
    )  # fmt: skip
    head, _ = examine(samples)
    scores = np.full((len(CLASSES), rows, cols), _NEVER, np.float32)
    scores[samples.ids] = head.planes(features)
    return scores


def teach_iou(
    pictures: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]], dense: Dense
) -> float:
    """Mean over pictures and their truths; see above."""
    told = [
        taught_iou(image, truth, dense, seed=seed) for seed, (image, truth) in enumerate(pictures)
    ]
    return float(np.mean(told))
