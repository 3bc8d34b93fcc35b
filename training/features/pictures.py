# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures with their land cover, each part of a tile by itself: what is taught on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data.pictures import find_pictures

KEPT = Path("dubai_landcover") / "val"
"""Folder of --data with land cover that is never learnt from."""
Labelled = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Pixels (H, W, 3) and class ids (H, W)."""


def kept_pictures(folder: Path, count: int | None = None) -> tuple[Labelled, ...]:
    """The first `count` pictures, or all."""
    pairs = [
        (picture, *files)
        for picture in find_pictures(folder)
        for files in zip(picture.images, picture.masks)
    ]
    return tuple(picture.read_part(image, mask) for picture, image, mask in pairs[:count])
