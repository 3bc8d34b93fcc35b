# SPDX-License-Identifier: GPL-2.0-or-later
"""What the land-cover network learns from."""

from __future__ import annotations

from pathlib import Path

from ..data.crops import Sampler
from ..data.dubai import load_tile
from ..data.fields import load_fields
from ..data.made_scenes import generated_scenes
from .config import LandcoverConfig


def training_sampler(config: LandcoverConfig, data: Path) -> Sampler:
    """Crops of the training tiles and fields under `data` and of the generated scenes."""
    scenes = [load_tile(data, tile) for tile in config.train_tiles]
    generated = generated_scenes(
        config.batch.generated_scenes, seed=config.seed, resolution_m=config.resolution_m
    )
    fields = load_fields(data, held_out=False) if config.batch.field_share > 0 else []
    return Sampler(scenes, generated, config, fields)
