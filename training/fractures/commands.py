# SPDX-License-Identifier: GPL-2.0-or-later
"""`train fractures`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..history import History
from ..leak import require_unseen
from .augment import Sampler
from .card_metrics import REAL
from .config import FractureConfig, load_fractures
from .faces import Face, find_pairs
from .pool import digest, held_out_seeds, scenes, training_seeds
from .train import Shown, new_run, train_float

load_recipe = load_fractures


def train(config: FractureConfig, options: argparse.Namespace, history: History) -> None:
    """Train the stages asked for, or go on from their checkpoints."""
    sampler = training_sampler(config, options.out, history)
    shown = shown_scenes(config, options.data, options.out, history)
    require_unseen(sampler.scenes, [*shown.held_out, *shown.watch])
    tools = {"config": config, "out": options.out, "history": history}
    if options.stage in ("float", "all"):
        run = new_run(config, options.data, sampler)
        run.load(options.out / "float.pt")
        train_float(run, sampler, shown, **tools)
    if options.stage in ("quantised", "all") and config.steps.quantised:
        from .quantise import train_quantised

        train_quantised(sampler, shown, **tools)


def training_sampler(config: FractureConfig, out: Path, history: History) -> Sampler:
    """Crops of the scenes to learn from, which are drawn if they are not in `out` yet."""
    seeds = training_seeds(config.scenes.train, seed=config.seed)
    size = config.scenes.size
    return Sampler(scenes(seeds, size=size, folder=out / "pool", say=history.say), config)


def shown_scenes(config: FractureConfig, data: Path, out: Path, history: History) -> Shown:
    """The held-out scenes, and the photographs of the data folder where it has them."""
    seeds, size = held_out_seeds(config.scenes.held_out), config.scenes.size
    held_out = scenes(seeds, size=size, folder=out / "pool", say=history.say)
    folder = data / REAL
    watch: list[Face] = [pair.read() for pair in find_pairs(folder)] if folder.is_dir() else []
    return Shown(held_out, watch, digest())
