# SPDX-License-Identifier: GPL-2.0-or-later
"""`train landcover`."""

from __future__ import annotations

import argparse

from ..data.dubai import load_tile
from ..data.fields import load_fields
from ..data.labelled_scene import zoomed
from ..history import History
from ..leak import require_unseen
from .config import LandcoverConfig, load_landcover
from .sources import training_sampler
from .train import new_run, train_float

load_recipe = load_landcover


def train(config: LandcoverConfig, options: argparse.Namespace, history: History) -> None:
    """Train the stages asked for, or go on from their checkpoints."""
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
        run.load(options.out / "float.pt")
        train_float(run, sampler, config=config, **tools)
    if options.stage in ("quantised", "all"):
        from .quantise import train_quantised

        train_quantised(sampler, config=config, **tools)
