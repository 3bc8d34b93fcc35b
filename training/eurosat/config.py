# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipe of a network that tells land use: frozen values, checked when they are made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..recipe import load
from ..rules import device, need, share
from .networks import NETWORKS


@dataclass(frozen=True)
class TileAugment:
    """How far tiles are changed besides being mirrored and turned by quarters.

    `scale_octaves` and `shift` (pixels) are bounds, `turn` (radians), `gain`, `offset` (0..255
    units) and `gamma` standard deviations; `paste_share` of the tiles get a rectangle of another.
    """

    scale_octaves: float
    turn: float
    shift: float
    gain: float
    offset: float
    gamma: float
    paste_share: float

    def __post_init__(self) -> None:
        for name in ("scale_octaves", "turn", "gain", "gamma"):
            value = getattr(self, name)
            need(0 <= value <= 1, f"augment.{name}", value, "0 to 1")
        need(0 <= self.shift <= 32, "augment.shift", self.shift, "0 to 32 pixels")
        need(0 <= self.offset <= 64, "augment.offset", self.offset, "0 to 64")
        share("augment.paste_share", self.paste_share)


@dataclass(frozen=True)
class Stage:
    """Training of one network in float: AdamW, one-cycle, averaged weights.

    Tiles are enlarged `zoom` times; in the first `early_share` of the epochs only a part of
    `early_side` tile pixels is seen. `teacher_share` of the loss is the distance from the teacher's
    opinion, the rest that from the label. `hard_share` is the chance of a tile that is always
    wrong to come twice an epoch. Training stops after `patience` looks without a better one; 0
    never stops it.
    """

    network: str
    pretrained: bool
    epochs: int
    batch: int
    zoom: int
    early_side: int
    early_share: float
    rate: float
    weight_decay: float
    ema: float
    label_smoothing: float
    class_weight_power: float
    teacher_share: float
    hard_share: float
    look_every: int
    patience: int
    augment: TileAugment

    def __post_init__(self) -> None:
        need(self.network in NETWORKS, "network", self.network, f"one of {', '.join(NETWORKS)}")
        for name in ("epochs", "look_every"):
            need(getattr(self, name) >= 1, name, getattr(self, name), "1 or more")
        need(self.batch >= 2, "batch", self.batch, "2 or more")
        need(self.zoom in (1, 2, 3, 4), "zoom", self.zoom, "1, 2, 3 or 4")
        fits = 32 <= self.early_side <= 64 and self.early_side % 16 == 0
        need(fits, "early_side", self.early_side, "32, 48 or 64")
        need(0 < self.rate < 1, "rate", self.rate, "above 0 and below 1")
        need(self.weight_decay >= 0, "weight_decay", self.weight_decay, "0 or more")
        need(0 <= self.ema < 1, "ema", self.ema, "from 0 to below 1")
        need(self.patience >= 0, "patience", self.patience, "0 or more")
        for name in ("early_share", "label_smoothing", "class_weight_power"):
            share(name, getattr(self, name))
        for name in ("teacher_share", "hard_share"):
            share(name, getattr(self, name))


@dataclass(frozen=True)
class Quantised:
    """Quantisation-aware steps with folded batch norms, towards the float network's answer."""

    steps: int
    batch: int
    rate: float

    def __post_init__(self) -> None:
        need(self.steps >= 0, "quantised.steps", self.steps, "0 or more")
        need(self.batch >= 2, "quantised.batch", self.batch, "2 or more")
        need(0 < self.rate < 1, "quantised.rate", self.rate, "above 0 and below 1")


@dataclass(frozen=True)
class EurosatConfig:
    """The whole recipe: the teacher, the network that learns from it, and its 8 bits."""

    id: str
    name: str
    largest_file: int
    seed: int
    device: str
    teacher: Stage
    student: Stage
    quantised: Quantised

    def __post_init__(self) -> None:
        device(self.device)
        need(self.largest_file > 0, "largest_file", self.largest_file, "bytes, above 0")


def load_eurosat(path: Path) -> EurosatConfig:
    """Read and check a recipe; ConfigError names the first thing that is wrong."""
    return load(path, EurosatConfig)
