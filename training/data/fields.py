# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of fields in the US Corn Belt: of each pixel it is known that it is a field, or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import DataError
from .labelled_scene import Scene
from .land_cover import IGNORE, OPEN_GROUND
from .picture_file import read_rgb

FIELDS = "fields_cornbelt"
"""Folder of --data."""


def load_fields(data: Path, *, held_out: bool) -> list[Scene]:
    """The field pictures: every fifth is held out for evaluation, the others are for training.

    Their labels are partial: a field is OPEN_GROUND, all else is unlabelled.
    """
    folder = Path(data) / FIELDS
    images = sorted((folder / "images").glob("*.jpg"))
    if not images:
        raise DataError(f"{folder} should hold images and masks, but holds none: check --data")
    scenes = []
    for number, path in enumerate(images):
        if (number % 5 == 4) is held_out:
            mask = read_rgb(folder / "masks" / f"{path.stem}.png")[..., 0] > 0
            truth = np.where(mask, OPEN_GROUND, IGNORE).astype(np.uint8)
            scenes.append(Scene(path.stem, read_rgb(path), truth))
    return scenes
