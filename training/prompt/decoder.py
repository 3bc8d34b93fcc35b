# SPDX-License-Identifier: GPL-2.0-or-later
"""The decoder: one prompt asked of the features of a window; small, as it answers every click."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...inference.prompt.planes import PLANES

MASKS = 3
_KEYS = 32
"""Channels in which cells are compared with what was pointed at."""
_ASKED = 6
"""Ways to pool what was pointed at; see `pools`."""


def _unit(cin: int, cout: int, kernel: int = 3, *, stride: int = 1, dilation: int = 1) -> nn.Module:
    pad = dilation * (kernel // 2)
    conv = nn.Conv2d(cin, cout, kernel, stride=stride, padding=pad, dilation=dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(cout, momentum=0.03), nn.ReLU())


class Around(nn.Module):
    """A dilated 3x3 convolution beside the input."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.unit = _unit(width, width, dilation=dilation)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.unit(x)


class Up(nn.Module):
    """Twice the side by pixel shuffle, the finer level added, a 3x3 convolution."""

    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.grow = nn.Conv2d(cin, cout * 4, 1)
        self.merge = _unit(cout, cout)

    def forward(self, x: Tensor, finer: Tensor) -> Tensor:
        return self.merge(functional.pixel_shuffle(self.grow(x), 2) + finer)


class PromptDecoder(nn.Module):
    """features (n, C, 64, 64) and planes (n, 4, 64, 64) -> masks (n, 3, 128, 128), ious (n, 3).

    Masks are logits at twice the features' side. `widths` are the channels at 64, 32 and 16 cells.
    """

    def __init__(self, channels: int, widths: tuple[int, int, int]) -> None:
        super().__init__()
        near, middle, far = widths
        self.keys = nn.Conv2d(channels, _KEYS, 1)
        self.near = _unit(channels + PLANES + 2 * _ASKED, near)
        self.to_middle = nn.Sequential(_unit(near, middle, stride=2), Around(middle, 1))
        self.to_far = _unit(middle, far, stride=2)
        self.far = nn.Sequential(Around(far, 1), Around(far, 2), Around(far, 4))
        self.up_middle = Up(far, middle)
        self.up_near = Up(middle, near)
        self.last = Around(near, 1)
        self.head = nn.Conv2d(near, MASKS * 4, 1)
        self.judge = nn.Sequential(nn.Linear(far + 2 * near + 4, 64), nn.ReLU(), nn.Linear(64, 1))

    def forward(self, features: Tensor, planes: Tensor) -> tuple[Tensor, Tensor]:
        near = self.near(torch.cat([features, planes, self.alike(features, planes)], dim=1))
        middle = self.to_middle(near)
        far = self.far(self.to_far(middle))
        x = self.last(self.up_near(self.up_middle(far, middle), near))
        masks = functional.pixel_shuffle(self.head(x), 2)
        return masks, self.judged(masks.detach(), x.detach(), far.detach())

    def alike(self, features: Tensor, planes: Tensor) -> Tensor:
        """How each cell resembles what was pointed at, (n, 12, 64, 64).

        Products with, and distances from, the mean of what each pool holds; 0 for empty pools.
        """
        keys = self.keys(features).flatten(2)
        weights = pools(planes).flatten(2)
        there = weights.sum(dim=2, keepdim=True)
        asked = weights @ keys.transpose(1, 2) / (there + 1e-3)
        products = asked @ keys / _KEYS**0.5
        squares = (keys * keys).sum(dim=1, keepdim=True) + (asked * asked).sum(2, keepdim=True)
        distances = (squares - 2 * (asked @ keys)) / _KEYS**0.5
        told = (there > 0.5).to(keys.dtype)
        answer = torch.cat([products * told, distances * told], dim=1)
        return answer.reshape(planes.shape[0], 2 * _ASKED, planes.shape[2], planes.shape[3])

    def judged(self, masks: Tensor, x: Tensor, far: Tensor) -> Tensor:
        """Predicted IoU (n, masks): from inside, along the border, around, size and sureness."""
        chance = functional.avg_pool2d(masks.sigmoid(), 2).flatten(2)
        border = chance * (1 - chance)
        cells = x.flatten(2).transpose(1, 2)
        inside = chance @ cells / (chance.sum(2, keepdim=True) + 1e-3)
        along = border @ cells / (border.sum(2, keepdim=True) + 1e-3)
        size, unsure = chance.mean(2, keepdim=True), border.mean(2, keepdim=True)
        sure = (chance * chance).sum(2, keepdim=True) / (chance.sum(2, keepdim=True) + 1e-3)
        rim = _rim(chance, x.shape[2])
        around = far.mean(dim=(2, 3))[:, None].expand(-1, MASKS, -1)
        told = torch.cat([inside, along, around, size, unsure / (size + 1e-3), sure, rim], dim=2)
        return self.judge(told).squeeze(2).sigmoid()


def pools(planes: Tensor) -> Tensor:
    """Weights (n, 6, 64, 64) of the cells in each pool.

    Clicks on the object, clicks beside it, inside the box, outside it, the mask before and what
    it left out; the outsides only where there is an inside.
    """
    box, before = planes[:, 2:3], planes[:, 3:4]
    out = [(1 - inside) * (inside.amax(dim=(2, 3), keepdim=True) > 0) for inside in (box, before)]
    return torch.cat([planes[:, :3], out[0], before, out[1]], dim=1)


def _rim(chance: Tensor, side: int) -> Tensor:
    """Share of the window's rim that each mask touches, (n, masks, 1): it may go on beyond."""
    square = chance.reshape(chance.shape[0], MASKS, side, side)
    rims = (square[:, :, 0], square[:, :, -1], square[..., 0], square[..., -1])
    return torch.stack([rim.mean(dim=2) for rim in rims]).mean(dim=0)[..., None]
