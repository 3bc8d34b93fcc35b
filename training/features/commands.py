# SPDX-License-Identifier: GPL-2.0-or-later
"""`train features`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..data.crops import Sampler
from ..data.dubai import load_tile
from ..data.eurosat import TRAINING, VALIDATION, load_tiles
from ..data.eurosat import require_unseen as require_unseen_tiles
from ..data.fields import load_fields
from ..data.made_scenes import generated_scenes
from ..history import History
from ..leak import require_unseen
from .config import FeatureConfig, load_features
from .grounds import grounds
from .looks import Shown, some
from .patches import PatchSampler
from .pictures import KEPT, kept_pictures
from .samples import Samples
from .train import START, new_run, train_float

load_recipe = load_features
_TILES, _EXAMPLES, _PICTURES = 100, 100, 3
"""Of a class, and of pictures: what a look takes of what is kept for measuring."""


def train(config: FeatureConfig, options: argparse.Namespace, history: History) -> None:
    """Train the stages asked for, or go on from their checkpoints."""
    samples, shown = samples_of(config, options.data, options.out, history), shown_of(options.data)
    tools = {"config": config, "out": options.out, "history": history}
    if options.stage in ("float", "all"):
        run = new_run(config, options.out.parent / START)
        run.load(options.out / "float.pt")
        train_float(run, samples, shown, **tools)
    if options.stage in ("quantised", "all"):
        from .quantise import train_quantised

        train_quantised(samples, shown, **tools)


def samples_of(config: FeatureConfig, data: Path, out: Path, history: History) -> Samples:
    """Both samplers; DataError where they would show what is kept for measuring."""
    tiles, kept = load_tiles(data / TRAINING), load_tiles(data / VALIDATION)
    require_unseen_tiles(tiles, kept)
    covered = [load_tile(data, tile) for tile in config.train_tiles]
    made = generated_scenes(config.crops.generated_scenes, seed=config.seed, resolution_m=0.6)
    sources = grounds(config, data, drawn=made, tiles=covered, out=out, say=history.say)
    kept_tile = load_tile(data, config.validation_tile)
    require_unseen((ground for source in sources for ground in source), [kept_tile])
    fields = load_fields(data, held_out=False) if config.crops.field_share > 0 else []
    return Samples(
        PatchSampler(tiles, sources, covered, config), Sampler(covered, made, config, fields)
    )


def shown_of(data: Path) -> Shown:
    """A part of what is kept for measuring, and labelled examples of what is not."""
    tiles = some(load_tiles(data / VALIDATION), _TILES)
    return Shown(
        some(load_tiles(data / TRAINING), _EXAMPLES), tiles, kept_pictures(data / KEPT, _PICTURES)
    )
