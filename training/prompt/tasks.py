# SPDX-License-Identifier: GPL-2.0-or-later
"""What the network is asked: objects to cut out of crops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...inference.prompt.levels import window_start
from ...inference.prompt.planes import LOGIT_CELLS, LOGIT_STRIDE, STRIDE
from ...inference.prompt.prompts import Prompt
from .seen import BEYOND


@dataclass(frozen=True)
class Task:
    """One object to cut out of crop `crop`, seen through the window at cell (`row`, `col`).

    `truth` (128, 128) is the object at stride 2, `known` where there is a scene at all, `area` what
    the object covers in all in such pixels, also outside the window; the prompt is in pixels of
    the window.
    """

    crop: int
    row: int
    col: int
    truth: np.ndarray
    known: np.ndarray
    area: float
    prompt: Prompt


@dataclass(frozen=True)
class Batch:
    """images (n, crop, crop, 3) uint8, and the tasks in them."""

    images: np.ndarray
    tasks: tuple[Task, ...]


def task_of(prompt: Prompt, numbers: np.ndarray, *, number: int, crop: int, area: float) -> Task:
    """What is asked of the window around the prompt."""
    side = numbers.shape[0] * LOGIT_STRIDE
    col, row = (window_start(each, side) for each in _centre(prompt))
    part = numbers[row // LOGIT_STRIDE :, col // LOGIT_STRIDE :][:LOGIT_CELLS, :LOGIT_CELLS]
    truth = part == number
    area = max(area, float(truth.sum()))
    moved = prompt.moved(col, row)
    return Task(crop, row // STRIDE, col // STRIDE, truth, part != BEYOND, area, moved)


def _centre(prompt: Prompt) -> tuple[float, float]:
    """(x, y) of the box's middle or of the first click."""
    if prompt.box is None:
        return prompt.clicks[0].x, prompt.clicks[0].y
    box = prompt.box
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2
