# SPDX-License-Identifier: GPL-2.0-or-later
"""A network asked about a whole scene at once, while it is being made: no tiles, no files.

What ships is measured through the product's engine instead, see evaluate.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from .. import metrics
from .data import NAMES, Scene

# (1, 3, H, W) uint8 -> (1, classes, H/2, W/2) float32
Predict = Callable[[np.ndarray], np.ndarray]

STRIDE_MULTIPLE = 32
"""As in mobilenet_unet.py, which is not imported here since it loads torch."""


def onnx_predictor(path: Path, *, threads: int = 2) -> Predict:
    """One-shot prediction with an ONNX file."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda image: session.run(["logits"], {"image": image})[0]


def classify(predict: Predict, image: np.ndarray) -> np.ndarray:
    """Class ids (H, W) of an image (H, W, 3) in one shot, edges padded by reflection."""
    height, width = image.shape[:2]
    below, right = -height % STRIDE_MULTIPLE, -width % STRIDE_MULTIPLE
    padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    logits = predict(np.ascontiguousarray(padded.transpose(2, 0, 1))[None])[0]
    planes = [
        cv2.resize(plane, padded.shape[1::-1], interpolation=cv2.INTER_LINEAR) for plane in logits
    ]
    return np.argmax(np.stack(planes), axis=0).astype(np.uint8)[:height, :width]


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
