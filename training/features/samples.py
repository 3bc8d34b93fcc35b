# SPDX-License-Identifier: GPL-2.0-or-later
"""What one step sees: patches to compare, and crops with labelled land cover, as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ...inference.tiles.ahead import in_order
from ..landcover.augment import Sampler
from ..landcover.batches import to_tensors
from .patches import PatchBatch, PatchSampler


@dataclass(frozen=True)
class Samples:
    """Both samplers; `batch(step)` depends on the step alone."""

    patches: PatchSampler
    crops: Sampler

    def batch(self, step: int) -> tuple[PatchBatch, tuple[np.ndarray, np.ndarray]]:
        """Patches; images and truths of crops."""
        return self.patches.batch(step), self.crops.batch(step)


@dataclass(frozen=True)
class Seen:
    """A batch on the device: patches (N, 3, 64, 64) of three families one after another, the group
    (N,) of each within its family, how many each family has; crops and their truths.
    """

    patches: Tensor
    groups: Tensor
    counts: tuple[int, ...]
    crops: Tensor
    truths: Tensor


def to_images(images: np.ndarray, device: torch.device) -> Tensor:
    """(N, H, W, 3) uint8 as float (N, 3, H, W), channels last in memory."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float()


def batches(samples: Samples, first: int, last: int, *, device: torch.device) -> Iterator[Seen]:
    """Steps first..last-1, each made while the one before is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        for _, (batch, crops) in in_order(pool, range(first, last), samples.batch, ahead=2):
            families = (batch.tiles, batch.neighbours, batch.cover)
            images = np.concatenate([family.images for family in families])
            groups = np.concatenate([family.groups for family in families])
            yield Seen(
                to_images(images, device),
                torch.from_numpy(groups).to(device),
                tuple(len(family.groups) for family in families),
                *to_tensors(crops, device),
            )
