# SPDX-License-Identifier: GPL-2.0-or-later
"""The five land covers, and what the colours of their masks mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...inference.prompt.label_classes import LAND_COVER, UNLABELLED
from ..errors import DataError

IGNORE = 255
OPEN_GROUND = 254
"""A field in a partial label: vegetation or bare land, by season."""


@dataclass(frozen=True)
class LandClass:
    """One class: its id is its place in CLASSES; colours are what the source masks use."""

    name: str
    mask_rgb: tuple[int, int, int]
    color: str
    synonyms: tuple[str, ...]


CLASSES = (
    LandClass(
        "Building", LAND_COVER["Building"], "#C0392B", ("house", "roof", "structure", "settlement")
    ),
    LandClass(
        "Land",
        LAND_COVER["Land"],
        "#D9B382",
        ("bare land", "bare ground", "soil", "sand", "paved land", "desert"),
    ),
    LandClass(
        "Road", LAND_COVER["Road"], "#7F8C8D", ("street", "highway", "asphalt", "carriageway")
    ),
    LandClass(
        "Vegetation",
        LAND_COVER["Vegetation"],
        "#27AE60",
        ("tree", "grass", "lawn", "plants", "green", "golf course"),
    ),
    LandClass("Water", LAND_COVER["Water"], "#2E86C1", ("sea", "lake", "pool", "canal", "river")),
)
NAMES = tuple(land.name for land in CLASSES)
IGNORED_RGB = (UNLABELLED, (0, 0, 0))


def decode_mask(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 mask colours -> (H, W) class ids; a colour nobody described is an error."""
    packed = rgb.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    truth = np.full(packed.shape, IGNORE, dtype=np.uint8)
    known = np.zeros(packed.shape, dtype=bool)
    for red, green, blue in IGNORED_RGB:
        known |= packed == (red << 16 | green << 8 | blue)
    for index, land in enumerate(CLASSES):
        red, green, blue = land.mask_rgb
        here = packed == (red << 16 | green << 8 | blue)
        truth[here] = index
        known |= here
    if not known.all():
        strange = rgb[~known][0].tolist()
        raise DataError(
            f"mask colour {strange} is none of the described classes: "
            "check that the mask was read as RGB without loss"
        )
    return truth
