# SPDX-License-Identifier: GPL-2.0-or-later
"""U-Net with a MobileNetV2 encoder, described once and read by torch and by the ONNX writers.

`MobileNetUNet.walk(ops, image)` is the only description of the data's way. `TorchOps` computes it,
`onnx_writer` draws it, so that the exported file cannot drift from what was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

OUTPUT_STRIDE = 2
STRIDE_MULTIPLE = 32
WEIGHT_LIMIT = 127  # of the S8 weights
# 128, not 127.5: a whole number can be the zero point of the 8-bit image, so the network
# reads raw bytes and zero padding means the same in training and in the shipped file.
INPUT_ZERO, INPUT_STEP = 128.0, 1.0 / 127.5

# MobileNetV2: expansion, channels, blocks, stride. Of the three 160-channel blocks at stride 32
# two are kept and the 320-channel one is dropped: less far-away context, so tiles agree.
STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 2, 2))


@dataclass(frozen=True)
class Level:
    """Channels of a decoder level: from below, from the encoder, and after the 3x3 convolution."""

    below: int
    skip: int
    out: int


class Range(nn.Module):
    """Where an 8-bit tensor lies: scale and zero point; does nothing until `enabled`."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("scale", torch.tensor(6.0 / 255))
        self.register_buffer("zero", torch.tensor(0, dtype=torch.int32))
        self.enabled = False

    def set_limits(self, low: float, high: float) -> None:
        """Cover low..high, widened to hold zero, with 256 steps."""
        low, high = min(low, 0.0), max(high, 1e-6)
        scale = (high - low) / 255
        self.scale.fill_(scale)
        self.zero.fill_(int(min(255, max(0, round(-low / scale)))))

    def forward(self, x: Tensor) -> Tensor:
        if not self.enabled:
            return x
        return torch.fake_quantize_per_tensor_affine(x, self.scale, self.zero, 0, 255)


def weight_scales(weight: Tensor) -> Tensor:
    """Symmetric S8 scale of every output channel."""
    return weight.detach().abs().amax(dim=(1, 2, 3)).clamp_min(1e-8) / WEIGHT_LIMIT


class ConvUnit(nn.Module):
    """Convolution, batch norm, optional ReLU6; `fold()` leaves convolution with bias."""

    def __init__(
        self,
        cin: int,
        cout: int,
        kernel: int = 1,
        *,
        stride: int = 1,
        groups: int = 1,
        relu6: bool = True,
        out_range: Range | None = None,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride=stride, groups=groups, bias=False)
        self.norm: nn.BatchNorm2d | None = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03)
        self.relu6 = relu6
        self.out_range = Range() if out_range is None else out_range
        self.quantise_weight = False

    @property
    def pads(self) -> tuple[int, int]:
        """Zeros before and after each axis; stride 2 pads at the end only, as TensorFlow did."""
        if self.conv.kernel_size[0] == 1:
            return 0, 0
        return (0, 1) if self.conv.stride[0] == 2 else (1, 1)

    def fold(self) -> None:
        """Put the batch norm into weight and bias: the same function in evaluation mode."""
        if self.norm is None:
            return
        norm, gain = self.norm, self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        with torch.no_grad():
            self.conv.weight.mul_(gain[:, None, None, None])
            self.conv.bias = nn.Parameter(norm.bias - norm.running_mean * gain)
        self.norm = None

    def weight(self) -> Tensor:
        """Weight as the convolution uses it: rounded to S8 steps when quantisation is on."""
        weight = self.conv.weight
        if not self.quantise_weight:
            return weight
        zeros = torch.zeros(weight.shape[0], dtype=torch.int32, device=weight.device)
        return torch.fake_quantize_per_channel_affine(
            weight, weight_scales(weight), zeros, 0, -WEIGHT_LIMIT, WEIGHT_LIMIT
        )

    def forward(self, x: Tensor) -> Tensor:
        before, after = self.pads
        if before != after:
            x = functional.pad(x, (before, after, before, after))
            before = 0
        x = functional.conv2d(
            x, self.weight(), self.conv.bias, self.conv.stride, before, groups=self.conv.groups
        )
        if self.norm is not None:
            x = self.norm(x)
        if self.relu6:
            x = functional.relu6(x)
        return self.out_range(x)


class Bottleneck(nn.Module):
    """MobileNetV2 block: expand, depthwise, project; the input is added when shapes allow."""

    def __init__(self, cin: int, cout: int, *, expand: int, stride: int) -> None:
        super().__init__()
        wide = cin * expand
        units = [] if expand == 1 else [ConvUnit(cin, wide)]
        units.append(ConvUnit(wide, wide, 3, stride=stride, groups=wide))
        units.append(ConvUnit(wide, cout, relu6=False))
        self.units = nn.ModuleList(units)
        self.sum_range = Range() if stride == 1 and cin == cout else None


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


class Ops(Protocol):
    """What a reader of the description must know how to do."""

    def conv(self, unit: ConvUnit, x: Any) -> Any: ...
    def add(self, out_range: Range, a: Any, b: Any) -> Any: ...
    def shuffle(self, x: Any) -> Any: ...
    def concat(self, a: Any, b: Any) -> Any: ...
    def head(self, conv: nn.Conv2d, x: Any) -> Any: ...


class TorchOps:
    """Computes the description on tensors."""

    def conv(self, unit: ConvUnit, x: Tensor) -> Tensor:
        return unit(x)

    def add(self, out_range: Range, a: Tensor, b: Tensor) -> Tensor:
        return out_range(a + b)

    def shuffle(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(x, 2)

    def concat(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.cat((a, b), dim=1)

    def head(self, conv: nn.Conv2d, x: Tensor) -> Tensor:
        return conv(x)


class MobileNetUNet(nn.Module):
    """(N, 3, H, W) bytes as float 0..255 -> (N, classes, H/2, W/2) logits; H, W multiples of 32.

    `decoder` holds what a `Level` is made of, deepest first.
    """

    def __init__(self, classes: int, decoder: Sequence[Sequence[int]]) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 32, 3, stride=2)
        blocks, cin, skips = [], 32, []
        for expand, cout, count, stride in STAGES:
            if stride == 2:
                skips.append((len(blocks), cin))
            for i in range(count):
                blocks.append(Bottleneck(cin, cout, expand=expand, stride=stride if i == 0 else 1))
                cin = cout
        self.blocks = nn.ModuleList(blocks)
        self.skip_before = tuple(index for index, _ in skips)
        levels = []
        for level, (_, channels) in zip(starmap(Level, decoder), reversed(skips)):
            levels.append(DecoderLevel(cin, channels, level))
            cin = level.out
        self.levels = nn.ModuleList(levels)
        self.head = nn.Conv2d(cin, classes, 1)

    def walk(self, ops: Ops, x: Any) -> Any:
        """The data's way from the normalised image to the logits."""
        x = ops.conv(self.stem, x)
        skips = []
        for index, block in enumerate(self.blocks):
            if index in self.skip_before:
                skips.append(x)
            y = x
            for unit in block.units:
                y = ops.conv(unit, y)
            x = y if block.sum_range is None else ops.add(block.sum_range, x, y)
        for level in self.levels:
            below = ops.shuffle(ops.conv(level.up, x))
            x = ops.conv(level.merge, ops.concat(below, ops.conv(level.lateral, skips.pop())))
        return ops.head(self.head, x)

    def forward(self, image: Tensor) -> Tensor:
        return self.walk(TorchOps(), (image - INPUT_ZERO) * INPUT_STEP)

    def encoder_units(self) -> list[ConvUnit]:
        """Encoder convolutions in the order of the pretrained file."""
        return [self.stem] + [unit for block in self.blocks for unit in block.units]

    def conv_units(self) -> list[ConvUnit]:
        """Every convolution that is quantised, i.e. all but the head."""
        return [m for m in self.modules() if isinstance(m, ConvUnit)]

    def ranges(self) -> list[Range]:
        """Every activation range once (shared ones are not repeated)."""
        return [m for m in self.modules() if isinstance(m, Range)]
