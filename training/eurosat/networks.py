# SPDX-License-Identifier: GPL-2.0-or-later
"""The networks that tell land use: a small MobileNetV2, a ResNet18, and the teacher of both."""

from __future__ import annotations

from typing import Any

from torch import nn

from ..errors import ConfigError
from ..quantisable import ConvUnit, Ops, QuantisableNet, Range, bottlenecks, walk_bottleneck
from .data import CLASSES

# MobileNetV2 (Sandler et al. 2018): expansion, channels, blocks, stride.
WHOLE = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip
SMALL = (*WHOLE[:5], (6, 160, 2, 2))


class MobileNet(QuantisableNet):
    """Logits (N, classes) of images of any size; `last` channels before the head, 0 for none."""

    def __init__(self, stages: tuple[tuple[int, int, int, int], ...], *, last: int) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 32, 3, stride=2)
        self.blocks = nn.ModuleList(bottlenecks(32, stages))
        cin = stages[-1][1]
        self.last = ConvUnit(cin, last) if last else None
        self.head = nn.Conv2d(last or cin, len(CLASSES), 1)

    def walk(self, ops: Ops, x: Any) -> Any:
        x = ops.conv(self.stem, x)
        for block in self.blocks:
            x = walk_bottleneck(ops, block, x)
        return ops.mean_head(self.head, x if self.last is None else ops.conv(self.last, x))

    def encoder_units(self) -> list[ConvUnit]:
        """Convolutions in the order of the pretrained file."""
        units = [self.stem] + [unit for block in self.blocks for unit in block.units]
        return units if self.last is None else [*units, self.last]


class Residual(nn.Module):
    """Two 3x3 convolutions beside the input, which a 1x1 fits to a changed shape (He et al. 2016).

    The sum passes a ReLU before it is rounded.
    """

    def __init__(self, cin: int, cout: int, *, stride: int) -> None:
        super().__init__()
        self.first = ConvUnit(cin, cout, 3, stride=stride)
        self.second = ConvUnit(cout, cout, 3, relu6=False)
        fits = stride == 1 and cin == cout
        self.beside = None if fits else ConvUnit(cin, cout, stride=stride, relu6=False)
        self.sum_range = Range()


class ResNet18(QuantisableNet):
    """ResNet18 for small tiles: a 3x3 stem at stride 2 and no pooling after it.

    Tiles of 64 pixels would shrink to 2 x 2 otherwise; so the last stage still sees 4 x 4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = ConvUnit(3, 64, 3, stride=2)
        blocks, cin = [], 64
        for cout, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
            blocks += [Residual(cin, cout, stride=stride), Residual(cout, cout, stride=1)]
            cin = cout
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Conv2d(cin, len(CLASSES), 1)

    def walk(self, ops: Ops, x: Any) -> Any:
        x = ops.conv(self.stem, x)
        for block in self.blocks:
            y = ops.conv(block.second, ops.conv(block.first, x))
            x = x if block.beside is None else ops.conv(block.beside, x)
            x = ops.add(block.sum_range, x, y, relu=True)
        return ops.mean_head(self.head, x)


TEACHER = "mobilenet-v2"
_MAKERS = {
    "cnn": lambda: MobileNet(SMALL, last=0),
    "resnet18": ResNet18,
    TEACHER: lambda: MobileNet(WHOLE, last=1280),
}
NETWORKS = tuple(_MAKERS)


def make_network(name: str) -> QuantisableNet:
    """One of NETWORKS, with random weights."""
    if name not in _MAKERS:
        raise ConfigError(f"network should be one of {', '.join(NETWORKS)}, but is {name!r}")
    return _MAKERS[name]()
