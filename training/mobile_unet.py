# SPDX-License-Identifier: GPL-2.0-or-later
"""The trunk that land cover and pointing share: a U-Net on a MobileNetV2 encoder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any

from torch import nn

from .quantisable import ConvUnit, Ops, QuantisableNet, Range, bottlenecks, walk_bottleneck

STRIDE_MULTIPLE = 32
# MobileNetV2: expansion, channels, blocks, stride. Of the three 160-channel blocks at stride 32
# two are kept and the 320-channel one is dropped: less far-away context, so tiles agree.
_STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 2, 2),
)


@dataclass(frozen=True)
class Level:
    """Channels of a decoder level: from below, from the encoder, and after the 3x3 convolution."""

    below: int
    skip: int
    out: int


class DecoderLevel(nn.Module):
    """1x1 to four times the channels, pixel shuffle, concatenation, 3x3.

    Both halves of the concatenation share one range, so in 8 bits it is a plain copy.
    """

    def __init__(self, cin: int, encoder_channels: int, level: Level) -> None:
        super().__init__()
        shared = Range()
        self.up = ConvUnit(cin, level.below * 4, out_range=shared)
        self.lateral = ConvUnit(encoder_channels, level.skip, out_range=shared)
        self.merge = ConvUnit(level.below + level.skip, level.out, 3)


class MobileUNet(QuantisableNet):
    """Images whose sides are multiples of 32 to `channels` planes; a child says what of them.

    `decoder` holds what a `Level` is made of, deepest first: each halves the stride, from 32 on.
    """

    def __init__(self, decoder: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(bottlenecks(32, _STAGES))
        skips, cin, before = [], 32, 0
        for _, cout, count, stride in _STAGES:
            if stride == 2:
                skips.append((before, cin))
            before, cin = before + count, cout
        skips = skips[-len(decoder) :]  # the deepest: a child may stop at a larger stride
        self.skip_before = tuple(index for index, _ in skips)
        levels = []
        for level, (_, channels) in zip(starmap(Level, decoder), reversed(skips)):
            levels.append(DecoderLevel(cin, channels, level))
            cin = level.out
        self.levels = nn.ModuleList(levels)
        self.channels = cin

    def walk_trunk(self, ops: Ops, x: Any) -> Any:
        """The data's way from the normalised image through the last decoder level."""
        return self.walk_up(ops, *self.walk_down(ops, x))

    def walk_down(self, ops: Ops, x: Any) -> tuple[Any, list[Any]]:
        """From the normalised image to the deepest map, and what the decoder takes on the way."""
        x = ops.conv(self.stem, x)
        skips = []
        for index, block in enumerate(self.blocks):
            if index in self.skip_before:
                skips.append(x)
            x = walk_bottleneck(ops, block, x)
        return x, skips

    def walk_up(self, ops: Ops, x: Any, skips: list[Any]) -> Any:
        """From there through the last decoder level."""
        for level in self.levels:
            below = ops.shuffle(ops.conv(level.up, x))
            x = ops.conv(level.merge, ops.concat(below, ops.conv(level.lateral, skips.pop())))
        return x

    def encoder_units(self) -> list[ConvUnit]:
        """Encoder convolutions in the order of the pretrained file."""
        return [self.stem] + [unit for block in self.blocks for unit in block.units]
