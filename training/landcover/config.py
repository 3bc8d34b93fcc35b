# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of a network: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..architecture import Architecture
from ..data.crops import Batch
from ..optimiser import Optimiser
from ..recipe import load
from ..rules import device, need, share
from ..sensors import Augment
from ..steps import Steps


@dataclass(frozen=True)
class Loss:
    """Weighted cross-entropy plus `dice` times soft dice."""

    class_weight_power: float
    dice: float
    label_smoothing: float

    def __post_init__(self) -> None:
        share("loss.class_weight_power", self.class_weight_power)
        need(self.dice >= 0, "loss.dice", self.dice, "0 or more")
        share("loss.label_smoothing", self.label_smoothing)


@dataclass(frozen=True)
class LandcoverConfig:
    """The whole recipe of the land-cover network."""

    seed: int
    device: str
    train_tiles: tuple[int, ...]
    validation_tile: int
    resolution_m: float
    architecture: Architecture
    steps: Steps
    batch: Batch
    optimiser: Optimiser
    loss: Loss
    augment: Augment

    def __post_init__(self) -> None:
        device(self.device)
        need(len(self.train_tiles) > 0, "train_tiles", self.train_tiles, "at least one tile number")
        need(
            self.validation_tile not in self.train_tiles,
            "validation_tile",
            self.validation_tile,
            "a tile that is not trained on",
        )
        need(self.resolution_m > 0, "resolution_m", self.resolution_m, "above 0 metres")


def load_landcover(path: Path) -> LandcoverConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    return load(path, LandcoverConfig)
