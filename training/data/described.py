# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks that came with a description of their colours, as `geosift:labels` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ...inference.prompt.label_classes import LAND_COVER, UNLABELLED
from ...inference.prompt.label_folder import CLASSES_FILE
from ..errors import DataError
from .picture_file import read_rgb


def mask_colors(mask: Path) -> np.ndarray:
    """(H, W, 3) colours of a mask; what is described, and is no land cover, is unlabelled."""
    colors = read_rgb(mask)
    classes = _told(mask, "classes") or ()
    for color in (_rgb(each) for each in classes if not _is_land_cover(each)):
        colors[(colors == color).all(axis=-1)] = UNLABELLED
    return colors


def resolution_of(image: Path) -> float | None:
    """Metres per pixel, the mean of both sides, where the description of its folder says so."""
    sides = _told(image, "resolution_m")
    return sum(sides) / len(sides) if sides else None


def _rgb(described: dict[str, Any]) -> tuple[int, ...]:
    return tuple(bytes.fromhex(described["color"][1:]))


def _is_land_cover(described: dict[str, Any]) -> bool:
    return LAND_COVER.get(described["name"]) == _rgb(described)


def _told(file: Path, key: str) -> Any:
    """What is said under `key` in the folder of a picture or mask; None where there is nothing."""
    path = file.parent.parent / CLASSES_FILE
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        for each in told["classes"]:
            _is_land_cover(each)
        return told[key]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} should say what the colours of the masks mean, but cannot be understood "
            f"({error!r}): export the folder again, or remove the file"
        ) from error
