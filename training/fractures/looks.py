# SPDX-License-Identifier: GPL-2.0-or-later
"""How a network does on whole scenes while it is being made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ..one_shot import Predict, logits_of
from .curve import Tally
from .faces import Face


def percent_of(predict: Predict, image: np.ndarray) -> np.ndarray:
    """How probable a fracture is in whole percent, (H, W) uint8, of an image (H, W, 3)."""
    return np.rint(100 / (1 + np.exp(-logits_of(predict, image)[0]))).astype(np.uint8)


def tallied(
    predict: Predict, faces: Sequence[Face], *, tolerance: int
) -> tuple[Tally, list[np.ndarray]]:
    """All pictures pooled, and the answer to each."""
    answers = [percent_of(predict, face.image) for face in faces]
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
