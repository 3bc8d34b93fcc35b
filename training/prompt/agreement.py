# SPDX-License-Identifier: GPL-2.0-or-later
"""The shipped files beside their float twins, on the same windows and prompts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...inference.prompt.network import PromptNetwork
from ...inference.prompt.planes import CELLS, planes
from .tasks import Batch


@dataclass(frozen=True)
class Compared:
    """Share of pixels both answer alike, and the mean IoU of the masks each would show first."""

    agreement: float
    float_iou: float
    int8_iou: float


def asked_of(
    network: PromptNetwork, batch: Batch, before: Sequence[np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """What a decoder is fed for the tasks of a batch: windows of features, and planes.

    `before` holds the probabilities (128, 128) of the masks that are corrected.
    """
    features = network.encode(np.ascontiguousarray(batch.images.transpose(0, 3, 1, 2)))
    windows = [
        features[task.crop, :, task.row : task.row + CELLS, task.col : task.col + CELLS]
        for task in batch.tasks
    ]
    masks = before or [None] * len(batch.tasks)
    asked = [planes(task.prompt, mask) for task, mask in zip(batch.tasks, masks)]
    return {"features": np.stack(windows), "planes": np.stack(asked)}


def examples(
    network: PromptNetwork, batches: Iterable[Batch], *, each: int = 4
) -> Iterator[dict[str, np.ndarray]]:
    """What a decoder is fed in use, `each` prompts at a time: first asked, then corrected."""
    for batch in batches:
        first = asked_of(network, batch)
        logits = _surest(*network.decode(**first))
        again = {**first, "planes": asked_of(network, batch, list(_chance(logits)))["planes"]}
        for feeds in (first, again):
            for start in range(0, len(batch.tasks), each):
                yield {name: value[start : start + each] for name, value in feeds.items()}


def _surest(masks: np.ndarray, ious: np.ndarray) -> np.ndarray:
    return masks[np.arange(len(masks)), ious.argmax(axis=1)]


def _chance(logits: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-logits)), np.float32)


def shown_masks(network: PromptNetwork, batch: Batch) -> np.ndarray:
    """The mask shown first for every task of a batch, bool (n, 128, 128)."""
    logits = _surest(*network.decode(**asked_of(network, batch)))
    known = np.stack([task.known for task in batch.tasks])
    return (logits > 0) & known


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
