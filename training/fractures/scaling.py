# SPDX-License-Identifier: GPL-2.0-or-later
"""Probabilities that mean something: logits scaled and shifted to fit scenes held out (Platt 1999).

Losses that weigh a rare class make a network far too sure; in whole percent, as the product keeps
probabilities, all it says would soon be 99.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from .augment import cells
from .faces import Face
from .network import OUTPUT_STRIDE, FractureNet

_ROUNDS = 25
_HALF = 127
_LEAST = 1e-3
_UNTURNED = np.array([[1.0, 0, 0], [0, 1, 0]])


def scale_head(net: FractureNet, faces: Sequence[Face]) -> None:
    """Make the network's probability on these scenes the share of cells that are fractures."""
    logits, truth = (np.concatenate(part) for part in zip(*(_cells(net, face) for face in faces)))
    slope, shift = fitted(logits, truth)
    with torch.no_grad():
        net.head.weight.mul_(slope)
        net.head.bias.mul_(slope).add_(shift)


def fitted(logits: NDArray[np.float64], truth: NDArray[np.bool_]) -> tuple[float, float]:
    """The slope and shift of logits (n,) with which they explain the truth (n,) best.

    1 and 0, which changes nothing, where a higher logit does not mean more of it.
    """
    if truth.all() or not truth.any():
        return 1.0, 0.0
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    answer = np.array([1.0, 0.0])
    for _ in range(_ROUNDS):  # Newton's method on a convex loss
        chance = 1 / (1 + np.exp(-np.clip(design @ answer, -30, 30)))
        gradient = design.T @ (chance - truth) / len(truth)
        spread = (design * (chance * (1 - chance))[:, None]).T @ design / len(truth)
        step = np.linalg.solve(spread + 1e-9 * np.eye(2), gradient)
        answer = answer - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
    slope, shift = (float(value) for value in answer)
    return (slope, shift) if slope > _LEAST and np.isfinite(answer).all() else (1.0, 0.0)


def _cells(net: FractureNet, face: Face) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Logits of every cell of a scene, and whether half of it or more is fracture; both (n,)."""
    side = min(face.truth.shape) // 32 * 32
    image = np.ascontiguousarray(face.image[:side, :side].transpose(2, 0, 1))[None]
    with torch.inference_mode():
        logits = net.eval()(torch.from_numpy(image).float())
    cover = cells(face.truth, _UNTURNED, side)
    rows, cols = (length // OUTPUT_STRIDE for length in (side, side))
    return logits[0, 0].double().numpy().ravel(), cover[:rows, :cols].ravel() > _HALF
