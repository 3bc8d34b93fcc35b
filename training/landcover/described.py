# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks that came with a description of their colours, as `geosift:labels` writes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from ...inference.prompt.label_classes import LAND_COVER, UNLABELLED
from ...inference.prompt.label_folder import CLASSES_FILE
from ..errors import DataError
from .data import read_rgb


def mask_colors(mask: Path) -> np.ndarray:
    """(H, W, 3) colours of a mask; what is described, and is no land cover, is unlabelled."""
    colors = read_rgb(mask)
    described = mask.parent.parent / CLASSES_FILE
    if described.is_file():
        for other in _other_colors(described):
            colors[(colors == other).all(axis=-1)] = UNLABELLED
    return colors


def _other_colors(path: Path) -> list[tuple[int, ...]]:
    try:
        classes = json.loads(path.read_text(encoding="utf-8"))["classes"]
        colors = {each["name"]: tuple(bytes.fromhex(each["color"][1:])) for each in classes}
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} should say what the colours of the masks mean, but cannot be understood "
            f"({error!r}): export the folder again, or remove the file"
        ) from error
    return [color for name, color in colors.items() if color != LAND_COVER.get(name)]
