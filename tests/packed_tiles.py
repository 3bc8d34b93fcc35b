# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiles packed as EuroSAT is for training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from geosift.training.data.eurosat import CLASSES, SIDE


def pack(path: Path, names: Sequence[str], images: np.ndarray) -> Path:
    """Tiles (N, H, W, 3) RGB."""
    jpegs = [cv2.imencode(".jpg", image[..., ::-1])[1].ravel() for image in images]
    offsets = np.concatenate([[0], np.cumsum([len(jpeg) for jpeg in jpegs])])
    np.savez(path, names=np.array(names), offsets=offsets, jpeg=np.concatenate(jpegs))
    return path


def made(path: Path, count: int, *, seed: int) -> Path:
    """`count` tiles, classes in turn, each of one grey for its class and a little noise."""
    rng = np.random.default_rng(seed)
    classes = np.arange(count) % len(CLASSES)
    grey = (20 + 22 * classes)[:, None, None, None]
    images = np.clip(grey + rng.normal(0, 6, (count, SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    names = [
        f"{CLASSES[c].folder}/{CLASSES[c].folder}_{seed}{n}.jpg" for n, c in enumerate(classes)
    ]
    return pack(path, names, images)
