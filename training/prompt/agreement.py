# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped files beside their float twins, on the same windows and prompts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ...inference.prompt.network import PromptNetwork
from ...inference.prompt.planes import CELLS, planes
from .sampler import Batch


@dataclass(frozen=True)
class Compared:
    """Share of pixels both answer alike, and the mean IoU of the masks each would show first."""

    agreement: float
    float_iou: float
    int8_iou: float


def shown_masks(network: PromptNetwork, batch: Batch) -> np.ndarray:
    """The mask shown first for every task of a batch, bool (n, 128, 128)."""
    features = network.encode(np.ascontiguousarray(batch.images.transpose(0, 3, 1, 2)))
    windows = np.stack(
        [
            features[task.crop, :, task.row : task.row + CELLS, task.col : task.col + CELLS]
            for task in batch.tasks
        ]
    )
    asked = np.stack([planes(task.prompt) for task in batch.tasks])
    masks, ious = network.decode(windows, asked)
    known = np.stack([task.known for task in batch.tasks])
    return (masks[np.arange(len(masks)), ious.argmax(axis=1)] > 0) & known


def compared(real: PromptNetwork, short: PromptNetwork, batches: Iterable[Batch]) -> Compared:
    """Float and 8-bit network asked the same."""
    same, ious = [], ([], [])
    for batch in batches:
        answers = [shown_masks(network, batch) for network in (real, short)]
        same.append(float(np.mean(answers[0] == answers[1])))
        for found, masks in zip(ious, answers):
            found += [_iou(mask, task.truth, task.area) for mask, task in zip(masks, batch.tasks)]
    return Compared(*(round(float(np.mean(each)), 5) for each in (same, *ious)))


def _iou(mask: np.ndarray, truth: np.ndarray, area: float) -> float:
    both = float(np.count_nonzero(mask & truth))
    return both / max(1.0, np.count_nonzero(mask) + area - both)
