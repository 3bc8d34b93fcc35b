# SPDX-License-Identifier: GPL-2.0-or-later
"""U-Net with a MobileNetV2 encoder and one plane: how much of a fracture each cell is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from ..mobile_unet import MobileUNet
from ..quantisable import Ops

OUTPUT_STRIDE = 2


class FractureNet(MobileUNet):
    """Logits (N, 1, H/2, W/2) of the class fracture; `decoder` has four levels."""

    def __init__(self, decoder: Sequence[Sequence[int]]) -> None:
        super().__init__(decoder)
        self.head = nn.Conv2d(self.channels, 1, 1)

    def walk(self, ops: Ops, x: Any) -> Any:
        return ops.head(self.head, self.walk_trunk(ops, x))
