# SPDX-License-Identifier: GPL-2.0-or-later
"""How an encoder takes its picture: axes, size and type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CardError
from .spelling import Node, in_line, sides

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
"""Of ImageNet's red, green and blue, 0..255: what SAM 1, EdgeSAM and SAM 2 standardise with."""
_TYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(uint8)": "uint8"}


@dataclass(frozen=True)
class PictureInput:
    """`height` x `width` pixels of red, green and blue; `is_raw` as 0..255, else standardised.

    Rank 4 is standardised, rank 3 is raw: samexporter puts the standardising into the file where
    it takes height, width and bands without a batch.
    """

    name: str
    height: int
    width: int
    axes: tuple[int, ...]
    """Where bands, rows and columns of a picture (bands, rows, columns) go."""
    has_batch: bool
    dtype: str
    is_raw: bool

    @classmethod
    def of(cls, node: Node, *, side: int, called: str) -> PictureInput:
        """The input of an encoder of that square; CardError where it takes no picture."""
        shape, has_batch = sides(node)[-3:], len(node.shape) == 4
        bands_first = shape[0] == 3 and shape[2] != 3
        if node.type not in _TYPES or not (bands_first or shape[2] == 3):
            told = in_line(f"'{node.name}' is {node.type} {list(node.shape)}")
            raise CardError(
                f"The encoder of '{called}' has to take 3 bands of float32, float16 or uint8, its "
                f"{told}; export it again."
            )
        rows, cols = shape[1:] if bands_first else shape[:2]
        height, width = rows or side, cols or side
        is_raw = not has_batch or node.type == "tensor(uint8)"
        axes = (0, 1, 2) if bands_first else (1, 2, 0)
        return cls(node.name, height, width, axes, has_batch, _TYPES[node.type], is_raw)

    @property
    def mean(self) -> tuple[float, ...]:
        """What is taken off 0..255 before the encoder sees it."""
        return (0.0, 0.0, 0.0) if self.is_raw else MEAN

    @property
    def std(self) -> tuple[float, ...]:
        """What the rest is divided by."""
        return (1.0, 1.0, 1.0) if self.is_raw else STD

    @property
    def blank(self) -> tuple[float, ...]:
        """What the encoder takes for nothing, in its own numbers: ImageNet's mean colour."""
        return MEAN if self.is_raw else (0.0, 0.0, 0.0)

    def laid_out(self, image: NDArray[Any]) -> NDArray[Any]:
        """A picture (3, height, width) in its own numbers, as the encoder takes it."""
        placed = image.transpose(self.axes)
        if self.dtype == "uint8":
            placed = np.clip(np.rint(placed), 0, 255)
        placed = np.ascontiguousarray(placed, self.dtype)
        return placed[np.newaxis] if self.has_batch else placed
