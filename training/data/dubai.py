# SPDX-License-Identifier: GPL-2.0-or-later
"""The satellite tiles of Dubai with their land cover, each in nine parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import DataError
from .labelled_scene import Scene
from .land_cover import decode_mask
from .picture_file import read_rgb


def joined(parts: list[np.ndarray]) -> np.ndarray:
    """Nine parts of a 3x3 grid, row by row, each cut to the least size (they differ by a pixel)."""
    height = min(part.shape[0] for part in parts)
    width = min(part.shape[1] for part in parts)
    parts = [part[:height, :width] for part in parts]
    return np.concatenate([np.concatenate(parts[i : i + 3], axis=1) for i in (0, 3, 6)], axis=0)


def tile_folder(data: Path, tile: int) -> Path:
    """Where a tile lies: in train/ or val/."""
    places = [Path(data) / "dubai_landcover" / part / f"tile{tile}" for part in ("train", "val")]
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise DataError(
            f"tile {tile} should be a folder {places[0]} or {places[1]}: "
            "check --data and the tile numbers in the recipe"
        )
    return folder


def load_tile(data: Path, tile: int) -> Scene:
    """One tile, its nine parts joined."""
    folder = tile_folder(data, tile)
    images = sorted((folder / "images").glob("*.jpg"))
    masks = [folder / "masks" / f"{path.stem}.png" for path in images]
    if len(images) != 9:
        raise DataError(f"{folder} should hold nine images, but holds {len(images)}")
    image = joined([read_rgb(path) for path in images])
    truth = joined([decode_mask(read_rgb(path)) for path in masks])
    if image.shape[:2] != truth.shape:
        raise DataError(f"{folder}: images {image.shape[:2]} and masks {truth.shape} should agree")
    return Scene(f"tile{tile}", image, truth)
