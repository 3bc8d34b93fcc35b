# SPDX-License-Identifier: GPL-2.0-or-later
"""Losses for thin lines that are a few percent of a picture; ignored cells count nowhere."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from .augment import IGNORE
from .config import Loss

_THINNINGS = 4
"""Cells that are peeled off each side of a line: half the width of the widest at stride 2."""


def fracture_loss(logits: Tensor, truth: Tensor, how: Loss) -> Tensor:
    """The recipe's sum of losses; logits (N, 1, h, w), truth (N, h, w) 1, 0 or IGNORE."""
    truth = truth[:, None]
    known, wanted = truth != IGNORE, (truth == 1).float()
    weight = known * (1 + (how.fracture_weight - 1) * wanted)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, weight, reduction="sum")
    loss = entropy / weight.sum().clamp_min(1)
    chance = logits.sigmoid() * known
    if how.dice:
        loss = loss + how.dice * dice_loss(chance, wanted)
    if how.centre_line:
        loss = loss + how.centre_line * centre_line_loss(chance, wanted)
    return loss


def dice_loss(chance: Tensor, wanted: Tensor) -> Tensor:
    """1 - soft dice of all crops together, so that one without a fracture does no harm."""
    common, size = (chance * wanted).sum(), chance.sum() + wanted.sum()
    return 1 - (2 * common + 1) / (size + 1)


def centre_line_loss(chance: Tensor, wanted: Tensor) -> Tensor:
    """1 - the dice of centre lines: each one's should lie in the other (Shit et al. 2021)."""
    with torch.no_grad():
        true_line = centre_line(wanted)
    line = centre_line(chance)
    precision = ((line * wanted).sum() + 1) / (line.sum() + 1)
    recall = ((true_line * chance).sum() + 1) / (true_line.sum() + 1)
    return 1 - 2 * precision * recall / (precision + recall)


def centre_line(mask: Tensor) -> Tensor:
    """What is left of a soft mask (N, 1, h, w) when its rims are peeled off again and again."""
    line = functional.relu(mask - _opened(mask))
    for _ in range(_THINNINGS):
        mask = _eroded(mask)
        rest = functional.relu(mask - _opened(mask))
        line = line + functional.relu(rest - line * rest)
    return line


def _eroded(mask: Tensor) -> Tensor:
    """The least of a cross of five cells."""
    tall = -functional.max_pool2d(-mask, (3, 1), 1, (1, 0))
    wide = -functional.max_pool2d(-mask, (1, 3), 1, (0, 1))
    return torch.minimum(tall, wide)


def _opened(mask: Tensor) -> Tensor:
    return functional.max_pool2d(_eroded(mask), 3, 1, 1)
