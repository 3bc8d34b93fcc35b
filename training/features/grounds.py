# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures without labels: what lies side by side in them is taken to be alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from ..data.fields import load_fields
from ..data.labelled_scene import Scene
from ..data.picture_file import read_rgb
from ..errors import DataError
from ..fractures.pool import scenes as rock_scenes
from ..fractures.pool import training_seeds
from .config import FeatureConfig

SENTINEL_STRETCH = 2750
"""Reflectance x 10,000 that becomes 255, as in EuroSAT's own pictures (see its card)."""
_RGB_FILES = ("B04.tif", "B03.tif", "B02.tif")


@dataclass(frozen=True)
class Ground:
    """A picture (H, W, 3) uint8 RGB and its name."""

    name: str
    image: np.ndarray


def grounds(
    config: FeatureConfig,
    data: Path,
    *,
    tiles: list[Scene],
    drawn: list[Scene],
    out: Path,
    say: Callable[[str], None],
) -> list[list[Ground]]:
    """Every source with its pictures; patches are drawn from each source as often."""
    rock = rock_scenes(
        training_seeds(config.grounds.rock, seed=config.seed),
        size=config.grounds.rock_side, folder=out / "pool", say=say,
    )  # fmt: skip
    sources: list[list[Ground]] = [
        [Ground(scene.name, scene.image) for scene in scenes]
        for scenes in (tiles, load_fields(data, held_out=False), drawn, rock)
    ]
    sources += [_roofs(data / "buildings_banepa"), _satellite(data / "sentinel2")]
    return [source for source in sources if source]


def _roofs(folder: Path) -> list[Ground]:
    """Drone pictures of Banepa."""
    return [Ground(path.stem, read_rgb(path)) for path in sorted((folder / "images").glob("*.*"))]


def _satellite(folder: Path) -> list[Ground]:
    """Crops of Sentinel-2, in the stretch that EuroSAT has."""
    found = sorted(path.parent for path in folder.glob(f"*/*/{_RGB_FILES[0]}"))
    return [Ground("/".join(path.parts[-2:]), _stretched(path)) for path in found]


def _stretched(folder: Path) -> np.ndarray:
    bands = []
    for name in _RGB_FILES:
        try:
            with rasterio.open(folder / name) as dataset:
                bands.append(dataset.read(1).astype(np.float32))
        except rasterio.errors.RasterioIOError as error:
            raise DataError(f"{folder / name} should be a band of Sentinel-2: {error}") from error
    return np.clip(np.stack(bands, axis=-1) / SENTINEL_STRETCH * 255, 0, 255).astype(np.uint8)
