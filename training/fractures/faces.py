# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of rock with the fractures that somebody has marked: NAME.jpg beside NAME_mask.png."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..data.picture_file import read_rgb
from ..errors import DataError

_PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
_MASK = "_mask"
_MARKED = 127


@dataclass(frozen=True)
class Face:
    """image (H, W, 3) uint8 RGB; truth (H, W) uint8, 1 where there is a fracture."""

    name: str
    image: np.ndarray
    truth: np.ndarray


@dataclass(frozen=True)
class Pair:
    """The files of a picture and of its mask."""

    image: Path
    mask: Path

    @property
    def name(self) -> str:
        return self.image.stem

    def read(self) -> Face:
        """Both, of one size; the mask is anything above 127."""
        image = read_rgb(self.image)
        mask = cv2.imread(str(self.mask), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise DataError(
                f"{self.mask} should be a mask, but could not be read: check the data folder"
            )
        if mask.shape != image.shape[:2]:
            raise DataError(
                f"{self.mask.name} has {mask.shape[1]} x {mask.shape[0]} pixels and "
                f"{self.image.name} has {image.shape[1]} x {image.shape[0]}: "
                "a mask needs the size of its picture"
            )
        return Face(self.name, image, np.uint8(mask > _MARKED))


def find_pairs(folder: Path) -> list[Pair]:
    """The pictures of a folder with their masks, by name; DataError where one lacks the other."""
    if not folder.is_dir():
        raise DataError(f"--data should be a folder of pictures and masks, but {folder} is none")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _PICTURES)
    masks = {path.stem: path for path in files if path.stem.endswith(_MASK)}
    pictures = [path for path in files if path.stem not in masks]
    pairs = [Pair(path, masks.pop(path.stem + _MASK)) for path in pictures
             if path.stem + _MASK in masks]  # fmt: skip
    alone = [path.name for path in pictures if path.stem not in {pair.name for pair in pairs}]
    alone += [path.name for path in masks.values()]
    if not pairs:
        raise DataError(
            f"{folder} should hold pictures with masks beside them (01.jpg and 01_mask.png), "
            f"but holds no such pair"
        )
    if alone:
        raise DataError(
            f"{folder}: every picture needs a mask beside it and every mask a picture (01.jpg and "
            f"01_mask.png), but {', '.join(alone[:3])} has none"
        )
    return pairs
