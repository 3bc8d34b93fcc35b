# SPDX-License-Identifier: GPL-2.0-or-later
"""What one step sees: patches to compare, and crops with labelled land cover, as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..batches import batches, to_images, to_tensors
from ..data.crops import Sampler
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


def seen_batches(
    samples: Samples, first: int, last: int, *, device: torch.device
) -> Iterator[Seen]:
    """Steps first..last-1, each made while the one before is used."""
    for _, (batch, crops) in batches(samples.batch, first, last):
        families = (batch.tiles, batch.neighbours, batch.cover)
        images = np.concatenate([family.images for family in families])
        groups = np.concatenate([family.groups for family in families])
        yield Seen(
            to_images(images, device),
            torch.from_numpy(groups).to(device),
            tuple(len(family.groups) for family in families),
            *to_tensors(crops, device),
        )
