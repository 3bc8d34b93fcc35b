# SPDX-License-Identifier: GPL-2.0-or-later
"""What a mask costs, and how sure the network may have been of it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_FOCUS = 1.5
"""Exponent by which pixels that are right already count less (Lin et al. 2017, focal loss)."""
_OTHERS = 0.08
"""Weight of the two masks that were not the best, so that none of the three is forgotten."""
_JUDGE = 1.0
_NOTHING = -20.0


def mask_losses(logits: Tensor, truth: Tensor) -> Tensor:
    """(n, masks) of logits (n, masks, h, w) against truth (n, h, w): focal plus dice."""
    wanted = truth[:, None].expand_as(logits).float()
    cross = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    chance = logits.sigmoid()
    right = wanted * chance + (1 - wanted) * (1 - chance)
    weight = (1 - right).detach() ** _FOCUS
    # Divided by the weights' own mean: else a mask that is nearly right would stop learning.
    focal = (weight * cross).mean(dim=(2, 3)) / weight.mean(dim=(2, 3)).clamp_min(0.02)
    overlap = (chance * wanted).sum(dim=(2, 3))
    dice = 1 - (2 * overlap + 1) / (chance.sum(dim=(2, 3)) + wanted.sum(dim=(2, 3)) + 1)
    return focal + dice


def within(logits: Tensor, known: Tensor) -> Tensor:
    """The logits (n, masks, h, w), with nothing answered where `known` (n, h, w) is false."""
    return logits.masked_fill(~known[:, None], _NOTHING)


def true_ious(logits: Tensor, truth: Tensor, areas: Tensor) -> Tensor:
    """(n, masks): IoU of the masks with the whole object, `areas` (n,) also beyond the window."""
    mask = logits > 0
    both = (mask & (truth[:, None] > 0)).sum(dim=(2, 3)).float()
    return both / (mask.sum(dim=(2, 3)) + areas[:, None] - both).clamp_min(1)


def prompt_loss(logits: Tensor, ious: Tensor, truth: Tensor, areas: Tensor) -> Tensor:
    """The best of the masks learns most (Guzman-Rivera et al. 2012); all learn their own IoU."""
    losses = mask_losses(logits, truth)
    best = losses.min(dim=1).values.mean()
    judged = functional.mse_loss(ious, true_ious(logits, truth, areas))
    return best + _OTHERS * losses.mean() + _JUDGE * judged


def shown(logits: Tensor, ious: Tensor) -> Tensor:
    """The mask a user would see first, (n, h, w): that of the highest predicted IoU."""
    return logits[torch.arange(len(logits)), ious.argmax(dim=1)]
