# SPDX-License-Identifier: GPL-2.0-or-later
"""Building blocks of networks that can learn in float and again with 8-bit rounding in place.

A network describes the data's way once, as `walk(ops, image)`: `TorchOps` computes it and
`onnx_writer` draws it, so that the exported file cannot drift from what was trained.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

WEIGHT_LIMIT = 127  # of the S8 weights
# 128, not 127.5: a whole number can be the zero point of the 8-bit image, so the network
# reads raw bytes and zero padding means the same in training and in the shipped file.
INPUT_ZERO, INPUT_STEP = 128.0, 1.0 / 127.5


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


def bottlenecks(cin: int, stages: Sequence[tuple[int, int, int, int]]) -> list[Bottleneck]:
    """Blocks of MobileNetV2: each stage is (expansion, channels, blocks, stride of the first)."""
    blocks = []
    for expand, cout, count, stride in stages:
        for index in range(count):
            first = index == 0
            blocks.append(Bottleneck(cin, cout, expand=expand, stride=stride if first else 1))
            cin = cout
    return blocks


class Ops(Protocol):
    """What a reader of the description must know how to do."""

    def conv(self, unit: ConvUnit, x: Any) -> Any: ...
    def add(self, out_range: Range, a: Any, b: Any, *, relu: bool = False) -> Any: ...
    def shuffle(self, x: Any) -> Any: ...
    def concat(self, a: Any, b: Any) -> Any: ...
    def head(self, conv: nn.Conv2d, x: Any) -> Any: ...
    def mean_head(self, conv: nn.Conv2d, x: Any) -> Any: ...
    def unit(self, x: Any) -> Any: ...
    def real(self, x: Any) -> Any: ...


class TorchOps:
    """Computes the description on tensors."""

    def conv(self, unit: ConvUnit, x: Tensor) -> Tensor:
        return unit(x)

    def add(self, out_range: Range, a: Tensor, b: Tensor, *, relu: bool = False) -> Tensor:
        return out_range(functional.relu(a + b) if relu else a + b)

    def shuffle(self, x: Tensor) -> Tensor:
        return functional.pixel_shuffle(x, 2)

    def concat(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.cat((a, b), dim=1)

    def head(self, conv: nn.Conv2d, x: Tensor) -> Tensor:
        return conv(x)

    def mean_head(self, conv: nn.Conv2d, x: Tensor) -> Tensor:
        return conv(x.mean(dim=(2, 3), keepdim=True)).flatten(1)

    def unit(self, x: Tensor) -> Tensor:
        return functional.normalize(x, dim=1)

    def real(self, x: Tensor) -> Tensor:
        return x


class QuantisableNet(nn.Module, ABC):
    """(N, 3, H, W) bytes as float 0..255 in, logits out; a child describes the way as `walk`."""

    head: nn.Conv2d
    """The last convolution, which stays in float: 8-bit logits would tie too often."""

    @abstractmethod
    def walk(self, ops: Ops, x: Any) -> Any:
        """The data's way from the normalised image to the logits."""

    def forward(self, image: Tensor) -> Tensor:
        return self.walk(TorchOps(), (image - INPUT_ZERO) * INPUT_STEP)

    def conv_units(self) -> list[ConvUnit]:
        """Every convolution that is quantised, i.e. all but the head."""
        return [m for m in self.modules() if isinstance(m, ConvUnit)]

    def ranges(self) -> list[Range]:
        """Every activation range once (shared ones are not repeated)."""
        return [m for m in self.modules() if isinstance(m, Range)]

    def folded(self) -> QuantisableNet:
        """The same function without batch norms, in evaluation mode; changes this network."""
        for unit in self.conv_units():
            unit.fold()
        return self.eval().to(memory_format=torch.channels_last)


def walk_bottleneck(ops: Ops, block: Bottleneck, x: Any) -> Any:
    """The data's way through one block of MobileNetV2."""
    y = x
    for unit in block.units:
        y = ops.conv(unit, y)
    return y if block.sum_range is None else ops.add(block.sum_range, x, y)
