# SPDX-License-Identifier: GPL-2.0-or-later
"""The network asked as the product asks it: windows of features, and clicks that correct a mask."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ...inference.prompt.planes import CELLS, LOGIT_STRIDE, planes
from ...inference.prompt.prompts import Click, Prompt
from .clicks import next_click
from .decoder import PromptDecoder
from .losses import shown, within
from .tasks import Task

Before = list["np.ndarray | None"]
_ASKED_AGAIN = 3
"""Of so many tasks one has its first answer back without a click."""


def windows(features: Tensor, tasks: list[Task]) -> Tensor:
    """The features (n, C, 64, 64) each task is asked of."""
    cut = [
        features[task.crop, :, task.row : task.row + CELLS, task.col : task.col + CELLS]
        for task in tasks
    ]
    return torch.stack(cut).contiguous(memory_format=torch.channels_last)


def asked(tasks: list[Task], before: Before, device: torch.device) -> Tensor:
    """The planes (n, 4, 64, 64) of the tasks' prompts, with the masks answered before."""
    stacked = np.stack([planes(task.prompt, mask) for task, mask in zip(tasks, before)])
    return torch.from_numpy(stacked).to(device)


def answers(
    decoder: PromptDecoder, features: Tensor, tasks: list[Task], before: Before
) -> tuple[Tensor, Tensor]:
    """Masks (n, 3, 128, 128), nothing beyond the scenes, and predicted IoUs (n, 3), float32."""
    with torch.autocast(features.device.type, torch.bfloat16):
        logits, ious = decoder(features, asked(tasks, before, features.device))
    known = torch.from_numpy(np.stack([task.known for task in tasks])).to(features.device)
    return within(logits.float(), known), ious.float()


def truths(tasks: list[Task], device: torch.device) -> tuple[Tensor, Tensor]:
    """What is wanted: masks (n, 128, 128), and areas (n,) of the whole objects, at stride 2."""
    masks = torch.from_numpy(np.stack([task.truth for task in tasks])).to(device)
    areas = torch.tensor([task.area for task in tasks], dtype=torch.float32, device=device)
    return masks, areas


def corrected(task: Task, probability: np.ndarray) -> Task:
    """The task after one more click, where the answer (128, 128) is most wrong."""
    known = tuple(
        Click(c.x / LOGIT_STRIDE, c.y / LOGIT_STRIDE, c.positive) for c in task.prompt.clicks
    )
    click = next_click(task.truth, probability > 0.5, known)
    if click is None:
        return task
    further = Click(click.x * LOGIT_STRIDE, click.y * LOGIT_STRIDE, click.positive)
    return replace(task, prompt=Prompt((*task.prompt.clicks, further), task.prompt.box))


def played(
    decoder: PromptDecoder, features: Tensor, tasks: list[Task], count: int
) -> tuple[list[Task], Before]:
    """The tasks after `count` corrections, and the probabilities answered before the last.

    The first answer is often only looked at again, as the product does: no click is added.
    """
    before: Before = [None] * len(tasks)
    for turn in range(count):
        with torch.no_grad():
            chance = shown(*answers(decoder, features, tasks, before)).sigmoid().cpu().numpy()
        tasks = [
            task if turn == 0 and place % _ASKED_AGAIN == 0 else corrected(task, mask)
            for place, (task, mask) in enumerate(zip(tasks, chance))
        ]
        before = list(chance)
    return tasks, before
