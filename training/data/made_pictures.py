# SPDX-License-Identifier: GPL-2.0-or-later
"""Made scenes as a folder of labelled pictures, to measure networks on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ..scene import FIRST_SAMPLE_SEED
from .labelled_scene import Scene
from .land_cover import CLASSES
from .made_scenes import generated_scene
from .pictures import LEAST_PX

RESOLUTION_M = 0.6
FIRST_SEED = FIRST_SAMPLE_SEED + 1000
"""Among the seeds that no training uses."""


def write_pictures(folder: Path, count: int) -> Iterator[Path]:
    """NAME.png of `count` scenes in images/, masks/ and instances/, always the same ones.

    Pixels of the masks have the colours of the classes, those of the instances the numbers of the
    things (uint16, 0 for none); things of fewer pixels than count elsewhere are left out.
    """
    for part in ("images", "masks", "instances"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    colors = np.array([land.mask_rgb for land in CLASSES], np.uint8)
    for seed in range(FIRST_SEED, FIRST_SEED + count):
        scene: Scene = generated_scene(RESOLUTION_M, seed)
        path = folder / "images" / f"{scene.name}.png"
        cv2.imwrite(str(path), scene.image[..., ::-1])
        cv2.imwrite(str(folder / "masks" / path.name), colors[scene.truth][..., ::-1])
        cv2.imwrite(str(folder / "instances" / path.name), _large(scene.things))
        yield path


def _large(things: np.ndarray) -> np.ndarray:
    """Numbers (h, w) of things, 0 for those too small to be measured."""
    return np.where((np.bincount(things.ravel()) >= LEAST_PX)[things], things, 0).astype(np.uint16)
