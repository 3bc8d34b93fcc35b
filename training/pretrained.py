# SPDX-License-Identifier: GPL-2.0-or-later
"""Start the encoder from MobileNetV2 weights whose batch norms were folded away."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from .errors import DataError
from .quantisable import ConvUnit

WEIGHTS = Path("weights") / "mobilenet_v2_imagenet.npz"
PRETRAINED = {
    "name": "MobileNetV2 1.0 trained on ImageNet (start of the encoder)",
    "licence": "Apache-2.0",
    "citation": "Sandler et al. 2018, MobileNetV2: Inverted Residuals and Linear "
    "Bottlenecks; weights by the TensorFlow authors",
}
"""What a card says of them."""


class Encoder(Protocol):
    """A network that begins as MobileNetV2 does."""

    def encoder_units(self) -> list[ConvUnit]:
        """Convolutions in the order of the pretrained file; it may hold more."""

    def eval(self) -> nn.Module: ...
    def __call__(self, images: Tensor) -> Tensor: ...


def _set_norm(unit: ConvUnit, bias: Tensor) -> None:
    """Make the norm, at its first input, add `bias` and nothing else, statistics included."""

    def fill(norm: torch.nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        norm.running_var.copy_(inputs[0].var(dim=(0, 2, 3), unbiased=False))
        norm.running_mean.copy_(inputs[0].mean(dim=(0, 2, 3)))
        norm.weight.copy_(torch.sqrt(norm.running_var + norm.eps))
        norm.bias.copy_(norm.running_mean + bias)

    unit.fill_handle = unit.norm.register_forward_pre_hook(fill)


def start_encoder(net: Encoder, data: Path, images: Tensor) -> None:
    """Load the encoder and put batch norms back, in one pass over `images` (N, 3, H, W) 0..255."""
    path = Path(data) / WEIGHTS
    if not path.exists():
        raise DataError(f"{path} should hold the pretrained encoder: check --data")
    net.eval()
    units = net.encoder_units()
    with np.load(path) as saved, torch.no_grad():
        names = [name.removesuffix(".weight") for name in saved.files if name.endswith(".weight")]
        if len(names) < len(units):
            raise DataError(
                f"{path}: the network expects {len(units)} convolutions, it has {len(names)}"
            )
        for unit, name in zip(units, names):
            weight = torch.tensor(saved[f"{name}.weight"].astype(np.float32))
            if weight.shape != unit.conv.weight.shape:
                raise DataError(
                    f"{path}: {name} has shape {tuple(weight.shape)}, the network "
                    f"expects {tuple(unit.conv.weight.shape)}"
                )
            unit.conv.weight.copy_(weight)
            _set_norm(unit, torch.tensor(saved[f"{name}.bias"].astype(np.float32)))
        net(images)
    for unit in units:
        unit.fill_handle.remove()
        del unit.fill_handle
