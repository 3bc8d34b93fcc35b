# SPDX-License-Identifier: GPL-2.0-or-later
"""`train eurosat`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ..checkpoint import load_weights
from ..data.eurosat import TRAINING, VALIDATION, Tiles, load_tiles, require_unseen
from ..devices import pick_device
from ..errors import DataError
from ..history import History
from .augment import TileSampler
from .config import EurosatConfig, load_eurosat
from .networks import make_network
from .quantise import train_quantised
from .train import Fit, Teacher, new_run

TEACHER_FOLDER = "eurosat-teacher"
"""Beside the folders of the networks that learn from it."""


load_recipe = load_eurosat


def train(config: EurosatConfig, options: argparse.Namespace, history: History) -> None:
    """Train teacher, network and its 8 bits, or go on from their checkpoints."""
    tiles = load_tiles(options.data / TRAINING)
    validation = load_tiles(options.data / VALIDATION)
    require_unseen(tiles, validation)
    if options.stage in ("float", "all"):
        teacher = _teacher(config, options, tiles=tiles, validation=validation)
        sampler = TileSampler(tiles, config.student, seed=config.seed)
        run = new_run(
            config.student, sampler, data=options.data, seed=config.seed, device=config.device
        )
        Fit("float", run, sampler, teacher, validation, options.out, history).train()
    if options.stage in ("quantised", "all"):
        train_quantised(config, tiles, validation=validation, out=options.out, history=history)


def _teacher(
    config: EurosatConfig, options: argparse.Namespace, *, tiles: Tiles, validation: Tiles
) -> Teacher | None:
    """The trained teacher; None for a recipe that asks nobody."""
    if config.student.teacher_share == 0:
        return None
    stage, out = config.teacher, options.out.parent / TEACHER_FOLDER
    history = History(out)
    _require_same(out / "stage.json", json.dumps(asdict(stage), indent=1))
    sampler = TileSampler(tiles, stage, seed=config.seed)
    run = new_run(stage, sampler, data=options.data, seed=config.seed, device=config.device)
    fit = Fit("teacher", run, sampler, None, validation, out, history)
    if not (out / "done").exists():
        fit.train()
        (out / "done").touch()
    net = load_weights(make_network(stage.network), fit.best).folded()
    return Teacher(net.to(pick_device(config.device)).requires_grad_(False), stage.zoom)


def _require_same(kept: Path, text: str) -> None:
    """Keep a stage's recipe beside its weights; DataError if they were made by another."""
    if kept.exists() and kept.read_text(encoding="utf-8") != text:
        raise DataError(
            f"the teacher in {kept.parent} was trained by another recipe: remove that folder, "
            "give another --out, or put the recipe's [teacher] back"
        )
    kept.write_text(text, encoding="utf-8")
