# SPDX-License-Identifier: GPL-2.0-or-later
"""One encoder, two answers: a vector for a patch as a whole, and one for each of its cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import DataError
from ..mobile_unet import MobileUNet
from ..quantisable import INPUT_STEP, INPUT_ZERO, ConvUnit, Ops, TorchOps
from .config import Architecture

OUTPUT_STRIDE = 4
_FROZEN = 6
"""The stem and as many blocks keep their weights, as in the network it begins with."""


class FeatureNet(MobileUNet):
    """Images whose sides are multiples of 32 to both answers.

    The embedding (N, values) has unit length and comes of the deepest map alone, so that who wants
    no dense map does not pay for it. The dense map (N, channels, H/4, W/4) lies within 0..6.
    """

    def __init__(self, how: Architecture) -> None:
        super().__init__(how.levels)
        self.last = ConvUnit(self.blocks[-1].units[-1].conv.out_channels, how.last)
        self.head = nn.Conv2d(how.last, how.embedding, 1)
        self.features = ConvUnit(self.channels, how.features)

    def walk(self, ops: Ops, x: Any) -> tuple[Any, Any]:
        deepest, skips = self.walk_down(ops, x)
        return self._embedding(ops, deepest), self._dense(ops, deepest, skips)

    def _embedding(self, ops: Ops, deepest: Any) -> Any:
        return ops.unit(ops.mean_head(self.head, ops.conv(self.last, deepest)))

    def _dense(self, ops: Ops, deepest: Any, skips: list[Any]) -> Any:
        return ops.real(ops.conv(self.features, self.walk_up(ops, deepest, skips)))

    def embed(self, images: Tensor) -> Tensor:
        """Bytes as float (N, 3, H, W) to vectors (N, values) of unit length."""
        return self._embedding(TorchOps(), self._down(images)[0])

    def dense(self, images: Tensor) -> Tensor:
        """Bytes as float (N, 3, H, W) to (N, channels, H/4, W/4)."""
        return self._dense(TorchOps(), *self._down(images))

    def _down(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        return self.walk_down(TorchOps(), (images - INPUT_ZERO) * INPUT_STEP)

    def begin_from(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of the encoder of prompts, whose dense map may have fewer channels."""
        own = self.state_dict()
        missing = [n for n in own if n not in state and not n.startswith(("last.", "head."))]
        if missing:
            raise DataError(f"the encoder to begin with lacks {missing[:3]}: use its levels")
        for name, value in state.items():
            if own[name].shape != value.shape and not name.startswith("features."):
                raise DataError(f"{name} of the encoder to begin with has another shape")
            if value.dim() == 0 or own[name].shape == value.shape:
                own[name] = value
                continue
            least = min(len(own[name]), len(value))
            own[name] = torch.cat([value[:least], own[name][least:]])
        self.load_state_dict(own)

    def known(self) -> nn.ModuleList:
        """What came trained: its batch norms keep their statistics, since patches of satellites,
        drones and rock would each pull them elsewhere.
        """
        return nn.ModuleList([self.stem, *self.blocks, *self.levels])

    def frozen(self) -> nn.ModuleList:
        """What keeps its weights: edges and textures are known."""
        return nn.ModuleList([self.stem, *self.blocks[:_FROZEN]])


class Learner(nn.Module):
    """The network and a linear reader of land cover from its dense map, which is not shipped."""

    def __init__(self, how: Architecture, classes: int) -> None:
        super().__init__()
        self.net = FeatureNet(how)
        self.reader = nn.Conv2d(how.features, classes, 1)

    def learning(self) -> Learner:
        """Itself in training mode, but for the norms that keep their statistics."""
        self.train()
        self.net.known().eval()
        return self
