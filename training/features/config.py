# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of the feature network: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..data.crops import Batch
from ..optimiser import Optimiser
from ..recipe import load
from ..rules import device, need
from ..sensors import Augment
from ..steps import Steps

PATCH = 64
"""Pixels along a side of a patch: what one embedding tells of."""


@dataclass(frozen=True)
class Architecture:
    """Channels of the dense map, values of the embedding, channels before it, decoder levels."""

    features: int
    embedding: int
    last: int
    levels: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        for name, most in (("features", 96), ("embedding", 128), ("last", 1280)):
            value = getattr(self, name)
            need(0 < value <= most, f"architecture.{name}", value, f"1 to {most}")
        need(len(self.levels) == 3, "architecture.levels", self.levels, "three levels")


@dataclass(frozen=True)
class Grounds:
    """Pictures of rock, of a side in pixels, that are drawn beside the real ones."""

    rock: int
    rock_side: int

    def __post_init__(self) -> None:
        need(self.rock >= 0, "grounds.rock", self.rock, "0 or more")
        need(self.rock_side >= 2 * PATCH, "grounds.rock_side", self.rock_side, f"{2 * PATCH} up")


@dataclass(frozen=True)
class Patches:
    """What one step compares: tiles of each EuroSAT class; `pairs` of neighbours in each of some
    pictures; patches of each land cover.

    Neighbours are up to `near` patches apart, pairs of one picture at least `far`.
    """

    tiles_a_class: int
    pictures: int
    pairs: int
    near: float
    far: float
    cover_a_class: int

    def __post_init__(self) -> None:
        for name in ("tiles_a_class", "cover_a_class"):
            need(getattr(self, name) >= 2, f"patches.{name}", getattr(self, name), "2 or more")
        for name in ("pictures", "pairs"):
            need(getattr(self, name) >= 1, f"patches.{name}", getattr(self, name), "1 or more")
        need(0 < self.near < self.far, "patches.near", self.near, "above 0 and below far")


@dataclass(frozen=True)
class Loss:
    """Weights of what is compared, each at its `temperature`; `dense` is that of the land cover
    told from the dense map.
    """

    temperature: float
    tiles: float
    neighbours: float
    cover: float
    dense: float

    def __post_init__(self) -> None:
        need(0 < self.temperature <= 1, "loss.temperature", self.temperature, "above 0, up to 1")
        for name in ("tiles", "neighbours", "cover", "dense"):
            need(getattr(self, name) >= 0, f"loss.{name}", getattr(self, name), "0 or more")


@dataclass(frozen=True)
class FeatureConfig:
    """The whole recipe. `crops` says what the dense map learns from at `resolution_m`."""

    seed: int
    device: str
    train_tiles: tuple[int, ...]
    validation_tile: int
    resolution_m: float
    architecture: Architecture
    grounds: Grounds
    patches: Patches
    crops: Batch
    loss: Loss
    steps: Steps
    optimiser: Optimiser
    augment: Augment
    tile_augment: Augment

    def __post_init__(self) -> None:
        need(self.seed >= 1, "seed", self.seed, "1 or more")
        device(self.device)
        need(len(self.train_tiles) > 0, "train_tiles", self.train_tiles, "at least one number")
        apart = self.validation_tile not in self.train_tiles
        need(apart, "validation_tile", self.validation_tile, "none of train_tiles")
        need(self.resolution_m > 0, "resolution_m", self.resolution_m, "above 0 metres")

    @property
    def batch(self) -> Batch:
        """What land cover's sampler of crops calls it."""
        return self.crops


def load_features(path: Path) -> FeatureConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    return load(path, FeatureConfig)
