# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line does: one function a verb."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import torch

from .errors import ConfigError
from .history import History
from .landcover.augment import training_sampler
from .landcover.config import load_landcover
from .landcover.data import load_fields, load_tile, zoomed
from .landcover.leak import require_unseen
from .landcover.train import new_run, train_float


def train(options: argparse.Namespace) -> None:
    """Train, or go on from the checkpoint in `options.out`."""
    config = load_landcover(options.config)
    if options.threads < 1:
        raise ConfigError(f"--threads is 1 or more, not {options.threads}")
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    history = History(options.out)
    _keep_recipe(options.config, options.out, history)
    sampler = training_sampler(config, options.data)
    history.say(f"{len(sampler.scenes)} scenes, {len(sampler.generated)} generated")
    tile = load_tile(options.data, config.validation_tile)
    kept = [tile]
    if sampler.fields:
        kept += load_fields(options.data, held_out=True)
    require_unseen([*sampler.scenes, *sampler.fields], kept)
    validation = [zoomed(tile, config.resolution_m)]
    tools = {"out": options.out, "validation": validation, "history": history}
    if options.stage in ("float", "all"):
        run = new_run(config, options.data, sampler)
        if (options.out / "float.pt").exists():
            run.load(options.out / "float.pt")
        train_float(run, sampler, config=config, **tools)
    if options.stage in ("quantised", "all"):
        from .landcover.quantise import train_quantised

        train_quantised(sampler, config=config, **tools)


def _keep_recipe(config: Path, out: Path, history: History) -> None:
    """Keep the recipe beside the checkpoints, and tell when it is not the one they began with."""
    kept, text = out / "recipe.toml", config.read_text(encoding="utf-8")
    if kept.exists() and kept.read_text(encoding="utf-8") != text:
        history.say(
            f"the recipe {config} has changed since this training began: begin anew in another "
            "--out, or tell it in the card with export --remark"
        )
    kept.write_text(text, encoding="utf-8")


def export(options: argparse.Namespace) -> None:
    """Write landcover.onnx and landcover.json."""
    from .landcover.export import export_landcover

    cv2.setNumThreads(1)
    export_landcover(
        load_landcover(options.config),
        data=options.data,
        out=options.out,
        models=options.models,
        remark=options.remark,
    )
