# SPDX-License-Identifier: GPL-2.0-or-later
"""The encoder: a place seen once, as features every prompt is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from ..mobile_unet import MobileUNet
from ..quantisable import ConvUnit, Ops

_FROZEN = 6
"""The stem and as many blocks keep their weights: edges and textures are known, and learning them
again would take half the time of every step."""


class PromptEncoder(MobileUNet):
    """Features (N, channels, H/4, W/4) within 0..6; `decoder` has three levels.

    The land-cover network without its last level, so that it can begin where that one has come to.
    """

    def __init__(self, channels: int, decoder: Sequence[Sequence[int]]) -> None:
        super().__init__(decoder)
        self.features = ConvUnit(self.channels, channels)

    def walk(self, ops: Ops, x: Any) -> Any:
        return ops.conv(self.features, self.walk_trunk(ops, x))

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
