# SPDX-License-Identifier: GPL-2.0-or-later
"""How a network does while it is being made: whole scenes at once, no tiles, no files.

What ships is measured through the product's engine instead, see evaluate.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from ..landcover import one_shot
from ..mobile_unet import STRIDE_MULTIPLE
from .curve import Tally
from .faces import Face
from .network import FractureNet

Predict = Callable[[np.ndarray], np.ndarray]
"""(H, W, 3) uint8 to the probability of a fracture in percent, (H, W) uint8."""


def torch_predictor(net: FractureNet) -> Predict:
    """One-shot prediction with a torch network."""
    device = next(net.parameters()).device

    def predict(planes: np.ndarray) -> np.ndarray:
        tensor = torch.from_numpy(planes).to(device).float()
        with torch.inference_mode():
            logits = net.eval()(tensor.contiguous(memory_format=torch.channels_last))
        return logits.float().cpu().numpy()

    return partial(_padded, predict)


def onnx_predictor(path: Path) -> Predict:
    """One-shot prediction with an ONNX file."""
    return partial(_padded, one_shot.onnx_predictor(path))


def _padded(predict: one_shot.Predict, image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    below, right = -height % STRIDE_MULTIPLE, -width % STRIDE_MULTIPLE
    padded = cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    logits = predict(np.ascontiguousarray(padded.transpose(2, 0, 1))[None])
    return in_percent(logits[0, 0], padded.shape[:2])[:height, :width]


def in_percent(logits: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Probability in whole percent (H, W) uint8 of logits (h, w), enlarged to `shape`."""
    whole = cv2.resize(logits, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.rint(100 / (1 + np.exp(-whole))).astype(np.uint8)


def tallied(
    predict: Predict, faces: Sequence[Face], *, tolerance: int
) -> tuple[Tally, list[np.ndarray]]:
    """All pictures pooled, and the answer to each."""
    answers = [predict(face.image) for face in faces]
    tallies = [
        Tally.of(answer, face.truth, tolerance=tolerance) for answer, face in zip(answers, faces)
    ]
    return sum(tallies[1:], tallies[0]), answers


def figures(tally: Tally, *, before: str = "") -> dict[str, float]:
    """F1 at the best threshold, that threshold, and average precision."""
    curve = tally.curve()
    best = curve.best()
    return {
        f"{before}f1": round(float(curve.f1()[best]), 4),
        f"{before}average_precision": round(curve.average_precision(), 4),
        f"{before}threshold": best / 100,
    }


def show(face: Face, answer: np.ndarray, path: Path) -> None:
    """Write image, truth and probability side by side."""
    planes = [face.image, *(np.repeat(p[..., None], 3, axis=2) for p in (face.truth * 255, answer))]
    planes[2] = np.uint8(planes[2] * 2.55)
    cv2.imwrite(str(path), np.hstack(planes)[..., ::-1])


def agreement(first: Sequence[np.ndarray], second: Sequence[np.ndarray], threshold: float) -> float:
    """Share of pixels that two lists of answers decide alike."""
    level = round(100 * threshold)
    same = sum(int(((a >= level) == (b >= level)).sum()) for a, b in zip(first, second))
    return same / sum(a.size for a in first)
