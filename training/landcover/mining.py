# SPDX-License-Identifier: GPL-2.0-or-later
"""Hard-example mining: where on the training scenes the network errs, cell by cell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..data.crops import HARD_CELL, Sampler
from ..data.labelled_scene import Scene
from ..data.land_cover import CLASSES
from ..one_shot import Predict
from .looks import classify


def hardness(predict: Predict, scene: Scene) -> np.ndarray:
    """Share of wrong pixels in cells of HARD_CELL pixels, (rows, columns) float32.

    Cells cut by the scene's lower and right edge are left out.
    """
    known = scene.truth < len(CLASSES)
    wrong = (classify(predict, scene.image) != scene.truth) & known
    rows, cols = (max(1, side // HARD_CELL) for side in wrong.shape)
    cells = wrong[: rows * HARD_CELL, : cols * HARD_CELL]
    height, width = cells.shape[0] // rows, cells.shape[1] // cols
    cells = cells[: rows * height, : cols * width].reshape(rows, height, cols, width)
    return cells.mean(axis=(1, 3), dtype=np.float32)


def mine(sampler: Sampler, predict: Predict, path: Path) -> None:
    """Look at every training scene, tell the sampler, and keep it for a run that goes on."""
    with torch.autocast("cpu", torch.bfloat16):  # half the time, and exact enough to find a place
        sampler.hardness = [hardness(predict, scene) for scene in sampler.scenes]
    partial = path.with_name(f"{path.stem}_part.npz")
    np.savez(partial, *sampler.hardness)
    partial.replace(path)


def recall(sampler: Sampler, path: Path) -> None:
    """Take up what an earlier run mined, if it did."""
    if path.exists():
        with np.load(path) as saved:
            sampler.hardness = [saved[name] for name in saved.files]
