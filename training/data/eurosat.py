# SPDX-License-Identifier: GPL-2.0-or-later
"""EuroSAT's tiles: JPEG files packed into one .npz, their class in their name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import DataError

SIDE = 64
"""Pixels of 10 m along a side of a tile."""
TRAINING, VALIDATION = "eurosat_rgb_train.npz", "eurosat_rgb_val.npz"


@dataclass(frozen=True)
class LandUse:
    """A class: EuroSAT's own name, what it is called here, its colour, other words for it."""

    folder: str
    name: str
    color: str
    synonyms: tuple[str, ...]


CLASSES = (
    LandUse("AnnualCrop", "Annual crop", "#E8C547", ("field", "arable land", "farmland")),
    LandUse("Forest", "Forest", "#1E6B35", ("wood", "trees", "woodland")),
    LandUse(
        "HerbaceousVegetation", "Herbaceous vegetation", "#9BBF5A", ("grassland", "scrub", "heath")
    ),
    LandUse("Highway", "Highway", "#6C757D", ("motorway", "road")),
    LandUse("Industrial", "Industrial", "#8E5AA8", ("factory", "warehouse", "commercial area")),
    LandUse("Pasture", "Pasture", "#5FCB71", ("meadow", "grazing land")),
    LandUse("PermanentCrop", "Permanent crop", "#C98A3B", ("orchard", "vineyard", "olive grove")),
    LandUse("Residential", "Residential", "#C0392B", ("houses", "town", "settlement", "village")),
    LandUse("River", "River", "#4FA3D9", ("stream", "canal")),
    LandUse("SeaLake", "Sea or lake", "#1F4E8C", ("sea", "lake", "reservoir", "ocean")),
)


@dataclass(frozen=True)
class Tiles:
    """images (N, 64, 64, 3) uint8 RGB, labels (N,) int64, file names (N,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)


def load_tiles(path: Path) -> Tiles:
    """Read a packed file: `names` "Class/Class_N.jpg", `offsets` (N + 1,), `jpeg` (bytes)."""
    try:
        with np.load(path, allow_pickle=False) as packed:
            names = tuple(str(name) for name in packed["names"])
            offsets, jpeg = packed["offsets"].astype(np.int64), packed["jpeg"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(
            f"{path} should be an .npz with names, offsets and jpeg, as EuroSAT is packed here, "
            f"but cannot be read so ({error}): check --data"
        ) from error
    _check_packing(path, names, offsets, jpeg)
    parts = zip(names, offsets[:-1], offsets[1:])
    images = np.empty((len(names), SIDE, SIDE, 3), np.uint8)
    for index, (name, first, last) in enumerate(parts):
        images[index] = _decoded(path, name, jpeg[first:last])
    return Tiles(images, np.array([_label(path, name) for name in names], np.int64), names)


def _check_packing(
    path: Path, names: tuple[str, ...], offsets: NDArray[np.int64], jpeg: NDArray[np.uint8]
) -> None:
    fits = (
        len(names) > 0
        and len(offsets) == len(names) + 1
        and offsets[0] == 0
        and offsets[-1] == len(jpeg)
        and bool((np.diff(offsets) > 0).all())
    )
    if not fits:
        raise DataError(
            f"{path} holds {len(names)} names, {len(offsets)} offsets and {len(jpeg)} bytes that "
            "do not belong together (one offset more than names, rising from 0 to the end): "
            "fetch the file again"
        )


def _decoded(path: Path, name: str, jpeg: NDArray[np.uint8]) -> NDArray[np.uint8]:
    image = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    if image is None or image.shape != (SIDE, SIDE, 3):
        shape = "no picture" if image is None else f"{image.shape[1]} x {image.shape[0]} pixels"
        raise DataError(f"{path}: {name} should be {SIDE} x {SIDE} pixels, but is {shape}")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _label(path: Path, name: str) -> int:
    folders = [land.folder for land in CLASSES]
    folder = name.partition("/")[0]
    if folder not in folders:
        raise DataError(f"{path}: {name} should lie in one of {', '.join(folders)}")
    return folders.index(folder)


def require_unseen(trained: Tiles, kept: Tiles) -> None:
    """Raise DataError if a tile kept for measuring has the name or the pixels of a trained one."""
    names = set(trained.names)
    digests = {hashlib.sha256(image.tobytes()).digest() for image in trained.images}
    for name, image in zip(kept.names, kept.images):
        if name in names or hashlib.sha256(image.tobytes()).digest() in digests:
            raise DataError(
                f"{name} is kept for measuring, but also trained on: take it out of one of the two"
            )
