# SPDX-License-Identifier: GPL-2.0-or-later
"""MobileNetV2 as its authors drew it, whole or its first stages."""

from __future__ import annotations

from typing import Any

from torch import nn

from .quantisable import ConvUnit, Ops, QuantisableNet, bottlenecks, walk_bottleneck

# MobileNetV2 (Sandler et al. 2018): expansion, channels, blocks, stride.
WHOLE = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class MobileNet(QuantisableNet):
    """Logits (N, classes) of images of any size; `last` channels before the head, 0 for none."""

    def __init__(
        self, stages: tuple[tuple[int, int, int, int], ...], *, last: int, classes: int
    ) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(bottlenecks(32, stages))
        cin = stages[-1][1]
        self.last = ConvUnit(cin, last) if last else None
        self.head = nn.Conv2d(last or cin, classes, 1)

    def walk(self, ops: Ops, x: Any) -> Any:
        return ops.mean_head(self.head, self.walk_down(ops, x))

    def walk_down(self, ops: Ops, x: Any) -> Any:
        """The data's way from the normalised image to what the head takes the mean of."""
        x = ops.conv(self.stem, x)
        for block in self.blocks:
            x = walk_bottleneck(ops, block, x)
        return x if self.last is None else ops.conv(self.last, x)

    def encoder_units(self) -> list[ConvUnit]:
        """Convolutions in the order of the pretrained file."""
        units = [self.stem] + [unit for block in self.blocks for unit in block.units]
        return units if self.last is None else [*units, self.last]
