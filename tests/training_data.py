# SPDX-License-Identifier: GPL-2.0-or-later
"""A data folder as training wants it, of a few pixels, and the shipped recipe made small."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from recipes import CONFIGS, changed

from geosift.training.data.land_cover import CLASSES
from geosift.training.landcover.network import MobileNetUNet
from geosift.training.quantisable import ConvUnit

RECIPE = CONFIGS / "landcover.toml"
DECODER = ((8, 8, 16), (8, 8, 16), (8, 8, 16), (8, 8, 8))
TINY = {
    "[[128, 96, 192], [96, 64, 128], [64, 48, 96], [32, 32, 48]]": str([*map(list, DECODER)]),
    "float = 3000": "float = 4",
    "quantised = 300 ": "quantised = 1 ",
    "crops = 6": "crops = 2",
    "crop = 384": "crop = 64",
    "generated_scenes = 96": "generated_scenes = 0",
    "field_share = 0.10": "field_share = 0.0",
    "evaluate_every = 600": "evaluate_every = 4",
    "train_tiles = [1, 2, 4, 5, 8]": "train_tiles = [1]",
}


def recipe(folder: Path, changes: dict[str, str]) -> Path:
    """The recipe of land cover with pieces of its text changed."""
    return changed("landcover", folder / "recipe.toml", changes)


def write_tile(folder: Path, seed: int, side: int = 48) -> None:
    """A tile of nine parts with random images and truth in squares of 8 pixels."""
    rng = np.random.default_rng(seed)
    for part in ("images", "masks"):
        (folder / part).mkdir(parents=True)
    palette = np.array([land.mask_rgb for land in CLASSES], dtype=np.uint8)
    for number in range(1, 10):
        image = rng.integers(0, 255, (side, side, 3), dtype=np.uint8)
        truth = palette[rng.integers(0, len(CLASSES), (side // 8, side // 8))]
        truth = truth.repeat(8, axis=0).repeat(8, axis=1)
        cv2.imwrite(str(folder / "images" / f"image_part_00{number}.jpg"), image)
        cv2.imwrite(str(folder / "masks" / f"image_part_00{number}.png"), truth[..., ::-1])


def write_data(root: Path) -> Path:
    """Two tiles and an encoder of random weights."""
    write_tile(root / "dubai_landcover" / "train" / "tile1", 1)
    write_tile(root / "dubai_landcover" / "val" / "tile3", 3)
    write_encoder(root / "weights", MobileNetUNet(5, DECODER).encoder_units())
    return root


def write_encoder(folder: Path, units: Iterable[ConvUnit]) -> None:
    """The file of the pretrained encoder with random weights for these convolutions."""
    rng, arrays = np.random.default_rng(0), {}
    for index, unit in enumerate(units):
        shape = tuple(unit.conv.weight.shape)
        fan_in = shape[1] * shape[2] * shape[3]
        arrays[f"{index:02d}.conv.weight"] = rng.normal(0, fan_in**-0.5, shape).astype(np.float16)
        arrays[f"{index:02d}.conv.bias"] = rng.normal(0, 0.1, shape[0]).astype(np.float32)
    folder.mkdir(parents=True)
    np.savez(folder / "mobilenet_v2_imagenet.npz", **arrays)
