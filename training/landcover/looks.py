# SPDX-License-Identifier: GPL-2.0-or-later
"""How a network does on whole scenes while it is being made."""

from __future__ import annotations

import numpy as np

from .. import metrics
from ..data.labelled_scene import Scene
from ..data.land_cover import NAMES
from ..one_shot import Predict, logits_of


def classify(predict: Predict, image: np.ndarray) -> np.ndarray:
    """Class ids (H, W) of an image (H, W, 3) in one shot."""
    return np.argmax(logits_of(predict, image), axis=0).astype(np.uint8)


def confusion(truth: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Counts (classes, classes), rows truth, columns answer; unlabelled pixels are left out."""
    return metrics.confusion_matrix(truth, answer, rows=len(NAMES), cols=len(NAMES))


def scores(matrix: np.ndarray) -> dict[str, float]:
    """The few figures a training log needs: mean IoU, pixel accuracy, IoU of every class."""
    kept = ("mean_iou", "pixel_accuracy", *(f"iou_{metrics.key(name)}" for name in NAMES))
    figures = metrics.scores(matrix, NAMES)
    return {name: figures[name] for name in kept if name in figures}


def evaluate_scenes(
    predict: Predict, scenes: list[Scene]
) -> tuple[dict[str, float], list[np.ndarray]]:
    """Figures over all scenes together, and the class ids of each."""
    answers = [classify(predict, scene.image) for scene in scenes]
    total = sum(confusion(scene.truth, answer) for scene, answer in zip(scenes, answers))
    return scores(total), answers


def agreement(first: list[np.ndarray], second: list[np.ndarray]) -> float:
    """Share of pixels of the same class in two lists of answers, unlabelled pixels included."""
    same = sum(int((a == b).sum()) for a, b in zip(first, second))
    return same / sum(a.size for a in first)
