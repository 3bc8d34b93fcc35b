# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures as tensors, and the next batch made while the one before is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..inference.tiles.ahead import in_order

Batch = TypeVar("Batch")


def to_images(images: np.ndarray, device: torch.device) -> Tensor:
    """(N, H, W, 3) uint8 as float (N, 3, H, W), channels last in memory."""
    return torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float()


def to_tensors(batch: tuple[np.ndarray, np.ndarray], device: torch.device) -> tuple[Tensor, Tensor]:
    """Images as above, and truths as int64 (N, H/2, W/2)."""
    return to_images(batch[0], device), torch.from_numpy(batch[1]).to(device).long()


def enlarged(images: Tensor, zoom: int) -> Tensor:
    """Images `zoom` times as large along a side, smoothly."""
    if zoom == 1:
        return images
    return functional.interpolate(images, scale_factor=zoom, mode="bilinear", align_corners=False)


def batches(make: Callable[[int], Batch], first: int, last: int) -> Iterator[tuple[int, Batch]]:
    """Steps first..last-1 with what `make` gives for each, made while the one before is used."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield from in_order(pool, range(first, last), make, ahead=2)
