# SPDX-License-Identifier: GPL-2.0-or-later
"""A picture with the land cover of every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .land_cover import CLASSES


@dataclass(frozen=True)
class Scene:
    """image (H, W, 3) uint8 RGB, truth (H, W) uint8 class ids, OPEN_GROUND, or 255 = unlabelled.

    `resolution_m` is metres per pixel; the Dubai scenes and the field pictures have about 1.
    `things` (H, W) uint16 numbers every single thing from 1, 0 is none: made scenes only have it.
    """

    name: str
    image: np.ndarray
    truth: np.ndarray
    resolution_m: float = 1.0
    things: np.ndarray | None = None


def zoomed(scene: Scene, resolution_m: float) -> Scene:
    """The scene with pixels of `resolution_m`, as the product would show it to a network.

    Its things are left behind: who asks for them takes the scene as it was made.
    """
    if scene.resolution_m == resolution_m:
        return scene
    factor = scene.resolution_m / resolution_m
    size = tuple(round(side * factor) for side in scene.truth.shape[::-1])
    smooth = cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA
    return Scene(
        scene.name,
        cv2.resize(scene.image, size, interpolation=smooth),
        cv2.resize(scene.truth, size, interpolation=cv2.INTER_NEAREST),
        resolution_m,
    )


def class_shares(scenes: Sequence[Scene]) -> np.ndarray:
    """Share of every class among the labelled pixels, float64 (classes,)."""
    counts = sum(np.bincount(s.truth.ravel(), minlength=256)[: len(CLASSES)] for s in scenes)
    return counts / max(1, counts.sum())
