# SPDX-License-Identifier: GPL-2.0-or-later
"""The networks that tell land use: a small MobileNetV2, a ResNet18, and the teacher of both."""

from __future__ import annotations

from typing import Any

from torch import nn

from ..data.eurosat import CLASSES
from ..errors import ConfigError
from ..mobile_net import WHOLE, MobileNet
from ..quantisable import ConvUnit, Ops, QuantisableNet, Range

_SMALL = (*WHOLE[:5], (6, 160, 2, 2))


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
    "cnn": lambda: MobileNet(_SMALL, last=0, classes=len(CLASSES)),
    "resnet18": ResNet18,
    TEACHER: lambda: MobileNet(WHOLE, last=1280, classes=len(CLASSES)),
}
NETWORKS = tuple(_MAKERS)


def make_network(name: str) -> QuantisableNet:
    """One of NETWORKS, with random weights."""
    if name not in _MAKERS:
        raise ConfigError(f"network should be one of {', '.join(NETWORKS)}, but is {name!r}")
    return _MAKERS[name]()
