# SPDX-License-Identifier: GPL-2.0-or-later
"""That nothing kept for measuring is trained on, told by the pixels and not by file names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np

from ..errors import DataError
from .data import Scene

BLOCK = 32


def block_digests(image: np.ndarray) -> Iterator[bytes]:
    """SHA-256 of every whole block of (H, W, 3) uint8 that is not a flat surface."""
    for row in range(0, image.shape[0] - BLOCK + 1, BLOCK):
        for col in range(0, image.shape[1] - BLOCK + 1, BLOCK):
            block = np.ascontiguousarray(image[row : row + BLOCK, col : col + BLOCK])
            if np.ptp(block) > 8:  # black borders and calm water are alike everywhere
                yield hashlib.sha256(block.tobytes()).digest()


def require_unseen(trained: list[Scene], kept: list[Scene]) -> None:
    """Raise DataError if a scene kept for measuring shares a block of pixels with a trained one."""
    seen = {digest: scene.name for scene in trained for digest in block_digests(scene.image)}
    for scene in kept:
        for digest in block_digests(scene.image):
            if digest in seen:
                raise DataError(
                    f"{scene.name} should be kept for measuring, but pixels of it are in "
                    f"{seen[digest]}, which is trained on: take one of them out of the recipe"
                )
