# SPDX-License-Identifier: GPL-2.0-or-later
"""Crops as tensors on the device, the next batch made while the one before is used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from ...inference.tiles.ahead import in_order
from .augment import Sampler


def to_tensors(batch: tuple[np.ndarray, np.ndarray], device: torch.device) -> tuple[Tensor, Tensor]:
    """Images as float (N, 3, H, W), channels last in memory, and truths as int64 (N, H/2, W/2)."""
    images = torch.from_numpy(batch[0]).to(device).permute(0, 3, 1, 2).float()
    return images, torch.from_numpy(batch[1]).to(device).long()


def batches(
    sampler: Sampler, first: int, last: int, *, device: torch.device
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Steps first..last-1 with their tensors, each made while the one before is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        for step, batch in in_order(pool, range(first, last), sampler.batch, ahead=2):
            yield step, *to_tensors(batch, device)
