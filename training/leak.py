# SPDX-License-Identifier: GPL-2.0-or-later
"""That nothing kept for measuring is trained on, told by the pixels and not by file names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from .errors import DataError

BLOCK = 32


class Pictured(Protocol):
    """Something with a name and a picture (H, W, 3) uint8."""

    name: str
    image: np.ndarray


def block_digests(image: np.ndarray) -> Iterator[bytes]:
    """SHA-256 of every whole block of (H, W, 3) uint8 that is not a flat surface."""
    for row in range(0, image.shape[0] - BLOCK + 1, BLOCK):
        for col in range(0, image.shape[1] - BLOCK + 1, BLOCK):
            block = np.ascontiguousarray(image[row : row + BLOCK, col : col + BLOCK])
            if np.ptp(block) > 8:  # black borders and calm water are alike everywhere
                yield hashlib.sha256(block.tobytes()).digest()


def require_unseen(trained: Iterable[Pictured], kept: Iterable[Pictured]) -> None:
    """Raise DataError if a scene kept for measuring shares a block of pixels with a trained one."""
    seen = {digest: scene.name for scene in trained for digest in block_digests(scene.image)}
    for scene in kept:
        for digest in block_digests(scene.image):
            if digest in seen:
                raise DataError(
                    f"{scene.name} should be kept for measuring, but pixels of it are in "
                    f"{seen[digest]}, which is trained on: take one of them out of the recipe"
                )
