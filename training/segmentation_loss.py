# SPDX-License-Identifier: GPL-2.0-or-later
"""How far an answer is from labelled land cover; unlabelled pixels count nowhere."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from .data.land_cover import CLASSES, IGNORE, OPEN_GROUND


def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """1 - mean soft dice over the classes present; logits (N, C, H, W), truth (N, H, W)."""
    labelled = (truth != IGNORE).unsqueeze(1)
    chance = logits.softmax(dim=1) * labelled
    wanted = functional.one_hot(truth.masked_fill(truth == IGNORE, 0), logits.shape[1])
    wanted = wanted.permute(0, 3, 1, 2) * labelled
    common = (chance * wanted).sum(dim=(0, 2, 3))
    size = chance.sum(dim=(0, 2, 3)) + wanted.sum(dim=(0, 2, 3))
    present = wanted.sum(dim=(0, 2, 3)) > 0
    if not present.any():
        return logits.sum() * 0
    return 1 - ((2 * common + 1) / (size + 1))[present].mean()


def open_ground_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """-log of the chance of land or vegetation together, where no more than that is known."""
    here = truth == OPEN_GROUND
    if not here.any():
        return logits.sum() * 0
    names = [land.name for land in CLASSES]
    either = [names.index("Land"), names.index("Vegetation")]
    chance = logits.log_softmax(dim=1)[:, either].logsumexp(dim=1)
    return -chance[here].mean()


def segmentation_loss(
    logits: Tensor, truth: Tensor, weights: Tensor, *, dice: float, label_smoothing: float
) -> Tensor:
    """Weighted cross-entropy plus `dice` times the dice loss, plus what partial labels tell.

    Truth holds 255 where unlabelled, OPEN_GROUND in fields.
    """
    partly = open_ground_loss(logits, truth)
    truth = truth.masked_fill(truth == OPEN_GROUND, IGNORE)
    if not (truth != IGNORE).any():
        return partly
    entropy = functional.cross_entropy(
        logits, truth, weight=weights, ignore_index=IGNORE, label_smoothing=label_smoothing
    )
    return entropy + dice * dice_loss(logits, truth) + partly
