# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of the network that cuts out: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..optimiser import Optimiser
from ..recipe import load
from ..rules import device, need, share
from ..sensors import Augment

CROP_UNIT = 32


@dataclass(frozen=True)
class Architecture:
    """Channels of the features, of the encoder's levels (as land cover's), and of the decoder."""

    features: int
    levels: tuple[tuple[int, int, int], ...]
    decoder: tuple[int, int, int]

    def __post_init__(self) -> None:
        need(self.features > 0, "architecture.features", self.features, "1 or more")
        need(len(self.levels) == 3, "architecture.levels", self.levels, "three levels")
        fits = len(self.decoder) == 3 and all(width > 0 for width in self.decoder)
        need(fits, "architecture.decoder", self.decoder, "three channel counts")


@dataclass(frozen=True)
class Sources:
    """Shares of the crops: Dubai's land cover, fields, drone buildings, scenes drawn by us."""

    landcover: float
    fields: float
    buildings: float
    generated: float
    generated_scenes: int

    def __post_init__(self) -> None:
        for name in ("landcover", "fields", "buildings", "generated"):
            share(f"sources.{name}", getattr(self, name))
        total = self.landcover + self.fields + self.buildings + self.generated
        need(abs(total - 1) < 1e-6, "the sum of the sources' shares", total, "1")
        scenes = self.generated_scenes
        need(scenes >= 0, "sources.generated_scenes", scenes, "0 or more")


@dataclass(frozen=True)
class Prompts:
    """How crops of `crop` pixels are pointed at: `each` prompts a crop.

    `box_share` of them are boxes, their sides moved by up to `jitter`; the others are clicks.
    Objects are shown with a longer side drawn from `box_side` and `click_side`, pixels; the
    corrections a user makes are played `rounds` times, each entry as likely as the next.
    """

    crop: int
    each: int
    box_share: float
    jitter: float
    box_side: tuple[int, int]
    click_side: tuple[int, int]
    rounds: tuple[int, ...]

    def __post_init__(self) -> None:
        fits = self.crop >= 256 and self.crop % CROP_UNIT == 0
        need(fits, "prompts.crop", self.crop, f"256 or more, a multiple of {CROP_UNIT}")
        need(self.each >= 1, "prompts.each", self.each, "1 or more")
        share("prompts.box_share", self.box_share)
        need(0 <= self.jitter < 0.5, "prompts.jitter", self.jitter, "0 to below 0.5")
        for name in ("box_side", "click_side"):
            low, high = getattr(self, name)
            need(0 < low <= high, f"prompts.{name}", (low, high), "two lengths, the lesser first")
        need(min(self.rounds, default=-1) >= 0, "prompts.rounds", self.rounds, "0 or more each")


@dataclass(frozen=True)
class Steps:
    """How many optimiser steps of `crops` crops, and how often to look and to save."""

    float: int
    quantised: int
    crops: int
    look_every: int
    checkpoint_every: int

    def __post_init__(self) -> None:
        need(self.float >= 2, "steps.float", self.float, "2 or more")
        need(self.quantised >= 0, "steps.quantised", self.quantised, "0 or more")
        for name in ("crops", "look_every", "checkpoint_every"):
            need(getattr(self, name) >= 1, f"steps.{name}", getattr(self, name), "1 or more")


@dataclass(frozen=True)
class PromptConfig:
    """The whole recipe. `held_out_fields` are places in the sorted list of field pictures."""

    seed: int
    device: str
    train_tiles: tuple[int, ...]
    validation_tile: int
    held_out_fields: tuple[int, ...]
    largest_files: int
    architecture: Architecture
    sources: Sources
    prompts: Prompts
    steps: Steps
    optimiser: Optimiser
    augment: Augment

    def __post_init__(self) -> None:
        device(self.device)
        need(self.largest_files > 0, "largest_files", self.largest_files, "bytes, above 0")
        apart = self.validation_tile not in self.train_tiles
        need(apart, "validation_tile", self.validation_tile, "none of train_tiles")


def load_prompt(path: Path) -> PromptConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    return load(path, PromptConfig)
