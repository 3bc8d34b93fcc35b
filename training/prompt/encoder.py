# SPDX-License-Identifier: GPL-2.0-or-later
"""The encoder: a place seen once, as features every prompt is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ..landcover.network import STAGES, DecoderLevel, Level
from ..quantisable import ConvUnit, Ops, QuantisableNet, bottlenecks, walk_bottleneck

STRIDE_MULTIPLE = 32
_FROZEN = 6
"""The stem and as many blocks keep their weights: edges and textures are known, and learning them
again would take half the time of every step."""


class PromptEncoder(QuantisableNet):
    """Features (N, channels, H/4, W/4) within 0..6 of images whose sides are multiples of 32.

    The land-cover network without its last level, so that it can begin where that one has come to.
    """

    def __init__(self, channels: int, decoder: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(bottlenecks(32, STAGES))
        skips, cin, before = [], 32, 0
        for _, cout, count, stride in STAGES:
            if stride == 2:
                skips.append((before, cin))
            before, cin = before + count, cout
        skips = skips[1:]  # the first would lead to stride 2
        self.skip_before = tuple(index for index, _ in skips)
        levels = []
        for (below, skip, out), (_, width) in zip(decoder, reversed(skips)):
            levels.append(DecoderLevel(cin, width, Level(below, skip, out)))
            cin = out
        self.levels = nn.ModuleList(levels)
        self.features = ConvUnit(cin, channels)

    def walk(self, ops: Ops, x: Any) -> Any:
        x = ops.conv(self.stem, x)
        skips = []
        for index, block in enumerate(self.blocks):
            if index in self.skip_before:
                skips.append(x)
            x = walk_bottleneck(ops, block, x)
        for level in self.levels:
            below = ops.shuffle(ops.conv(level.up, x))
            x = ops.conv(level.merge, ops.concat(below, ops.conv(level.lateral, skips.pop())))
        return ops.conv(self.features, x)

    def encoder_units(self) -> list[ConvUnit]:
        """Convolutions in the order of the pretrained file."""
        return [self.stem] + [unit for block in self.blocks for unit in block.units]

    def begin_from(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of a land-cover network of the same levels."""
        own = self.state_dict()
        known = {name: value for name, value in state.items() if name in own}
        missing = [n for n in own if n not in known and not n.startswith("features.")]
        if missing:
            raise ValueError(f"the land-cover network lacks {missing[:3]}: use its recipe's levels")
        self.load_state_dict({**own, **known})

    def frozen(self) -> nn.ModuleList:
        """The parts that keep their weights."""
        return nn.ModuleList([self.stem, *self.blocks[:_FROZEN]])
