# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of the fracture network: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..architecture import Architecture
from ..optimiser import Optimiser
from ..recipe import load
from ..rules import device, need, share
from ..sensors import Augment
from ..steps import Steps

CROP_UNIT = 32
LARGEST_POOL = 100_000
"""Scenes of one recipe; seeds below are kept for measuring."""


@dataclass(frozen=True)
class Scenes:
    """Scenes of `size` pixels a side that training/rock draws: to learn from, and to look at."""

    train: int
    held_out: int
    size: int

    def __post_init__(self) -> None:
        need(0 < self.train <= LARGEST_POOL, "scenes.train", self.train, "1 to 100,000")
        need(0 < self.held_out <= 1000, "scenes.held_out", self.held_out, "1 to 1,000")
        need(self.size >= 64, "scenes.size", self.size, "64 or more pixels")


@dataclass(frozen=True)
class Batch:
    """What one step sees: `crops` squares of `crop` pixels.

    `halves_share` is the share of crops of which a part shows another scene.
    """

    crops: int
    crop: int
    halves_share: float

    def __post_init__(self) -> None:
        need(self.crops >= 1, "batch.crops", self.crops, "1 or more")
        fits = self.crop >= CROP_UNIT and self.crop % CROP_UNIT == 0
        need(fits, "batch.crop", self.crop, f"a multiple of {CROP_UNIT}")
        share("batch.halves_share", self.halves_share)


@dataclass(frozen=True)
class Photograph:
    """Shares of crops: without colour, with a cast of colour, with a shadow, with contrast made
    even from place to place, and compressed as JPEG.
    """

    grey: float
    cast: float
    shadow: float
    even: float
    compressed: float

    def __post_init__(self) -> None:
        for name in ("grey", "cast", "shadow", "even", "compressed"):
            share(f"photograph.{name}", getattr(self, name))


@dataclass(frozen=True)
class Loss:
    """Cross-entropy where a fracture counts `fracture_weight` times, plus `dice` times soft dice,
    plus `centre_line` times the dice of centre lines (Shit et al. 2021).
    """

    fracture_weight: float
    dice: float
    centre_line: float

    def __post_init__(self) -> None:
        need(self.fracture_weight > 0, "loss.fracture_weight", self.fracture_weight, "above 0")
        need(self.dice >= 0, "loss.dice", self.dice, "0 or more")
        need(self.centre_line >= 0, "loss.centre_line", self.centre_line, "0 or more")


@dataclass(frozen=True)
class FractureConfig:
    """The whole recipe of the fracture network."""

    seed: int
    device: str
    architecture: Architecture
    scenes: Scenes
    steps: Steps
    batch: Batch
    optimiser: Optimiser
    loss: Loss
    photograph: Photograph
    augment: Augment

    def __post_init__(self) -> None:
        need(self.seed >= 1, "seed", self.seed, "1 or more")
        device(self.device)


def load_fractures(path: Path) -> FractureConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    return load(path, FractureConfig)
