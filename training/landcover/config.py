# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of a network: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..optimiser import Optimiser
from ..recipe import load
from ..rules import DEVICES, need, share
from ..sensors import Augment


@dataclass(frozen=True)
class Architecture:
    """Decoder levels, deepest first: channels from below, from the encoder, after the 3x3."""

    decoder: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        fits = len(self.decoder) == 4 and all(
            len(level) == 3 and all(isinstance(n, int) and n > 0 for n in level)
            for level in self.decoder
        )
        need(fits, "architecture.decoder", self.decoder, "four levels of three channel counts")


@dataclass(frozen=True)
class Steps:
    """How many optimiser steps, and how often to look and to save.

    Training stops early after `patience` looks without a better one; 0 never stops it.
    """

    float: int
    quantised: int
    evaluate_every: int
    checkpoint_every: int
    patience: int

    def __post_init__(self) -> None:
        need(self.float >= 2, "steps.float", self.float, "2 or more")
        need(self.quantised >= 0, "steps.quantised", self.quantised, "0 or more")
        for name in ("evaluate_every", "checkpoint_every"):
            need(getattr(self, name) >= 1, f"steps.{name}", getattr(self, name), "1 or more")
        need(self.patience >= 0, "steps.patience", self.patience, "0 or more")


@dataclass(frozen=True)
class Batch:
    """What one step sees.

    `class_centred` is the share of crops centred on a pixel of a class drawn evenly, `hard_share`
    that of crops centred where the network errs, `paste_share` that of crops which have a
    rectangle of another one pasted in (Yun et al. 2019, CutMix).
    """

    crops: int
    crop: int
    generated_share: float
    generated_scenes: int
    field_share: float
    class_centred: float
    hard_share: float
    paste_share: float

    def __post_init__(self) -> None:
        need(self.crops >= 1, "batch.crops", self.crops, "1 or more")
        need(self.crop >= 32 and self.crop % 32 == 0, "batch.crop", self.crop, "a multiple of 32")
        share("batch.generated_share", self.generated_share)
        share("batch.field_share", self.field_share)
        for name in ("class_centred", "hard_share", "paste_share"):
            share(f"batch.{name}", getattr(self, name))
        need(
            self.class_centred + self.hard_share <= 1,
            "batch.class_centred + batch.hard_share",
            self.class_centred + self.hard_share,
            "1 or less",
        )
        need(
            self.generated_scenes >= 0, "batch.generated_scenes", self.generated_scenes, "0 or more"
        )


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
        need(self.device in DEVICES, "device", self.device, f"one of {', '.join(DEVICES)}")
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
