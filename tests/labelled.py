# SPDX-License-Identifier: GPL-2.0-or-later
"""Labelled pictures in folders as training data are laid out, and a network that reads them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import networks
import numpy as np
from onnx import TensorProto, helper

from geosift.training.data.land_cover import CLASSES, IGNORE

COLORS = np.array([land.mask_rgb for land in CLASSES], np.uint8)
"""(classes, 3): what masks are painted in, and here the images too."""


def blocks(height: int, width: int, *, size: int = 10, seed: int = 3) -> np.ndarray:
    """(height, width) class ids in squares; every class occurs."""
    shape = -(-height // size), -(-width // size)
    coarse = np.random.default_rng(seed).permutation(np.arange(shape[0] * shape[1]) % len(CLASSES))
    return coarse.reshape(shape).repeat(size, 0).repeat(size, 1)[:height, :width]


def image_of(ids: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 that `color_network` answers with these ids."""
    return COLORS[ids]


def mask_of(truth: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 as the Dubai masks are painted; IGNORE is grey."""
    return np.vstack([COLORS, np.full((251, 3), 0x9B, np.uint8)])[np.asarray(truth, np.uint8)]


def save_picture(folder: Path, name: str, image: np.ndarray, mask: np.ndarray) -> None:
    """images/NAME.png and masks/NAME.png, RGB or grey."""
    for part, pixels in (("images", image), ("masks", mask)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        pixels = np.asarray(pixels, np.uint8)
        pixels = pixels[..., ::-1] if pixels.ndim == 3 else pixels
        cv2.imwrite(str(folder / part / f"{name}.png"), pixels)


def save_tile(folder: Path, truth: np.ndarray, *, rows: tuple[int, ...] = ()) -> None:
    """A scene cut into a 3x3 grid of numbered parts; `rows` are the heights of the three."""
    edges = np.cumsum((0, *rows)) if rows else np.linspace(0, len(truth), 4).astype(int)
    columns = np.linspace(0, truth.shape[1], 4).astype(int)
    number = 0
    for top, bottom in zip(edges, edges[1:]):
        for left, right in zip(columns, columns[1:]):
            number += 1
            part = truth[top:bottom, left:right]
            image = image_of(np.where(part == IGNORE, 0, part))
            save_picture(folder, f"image_part_{number:03d}", image, mask_of(part))


def color_network(folder: Path) -> Path:
    """A land-cover network at 1 m that answers the class with the nearest mask colour; its card.

    |x - c|^2 without the part all classes share.
    """
    nodes = [
        helper.make_node("Cast", ["image"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Conv", ["x", "kernel", "bias"], ["scores"]),
    ]
    colors = COLORS.astype(np.float32)
    weights = {"kernel": 2 * colors[:, :, None, None], "bias": -(colors**2).sum(axis=1)}
    card = networks.save(
        folder, "colors", nodes, weights, channels=3, classes=len(CLASSES), resolution=1.0
    )
    path = card.path.with_suffix(".json")
    raw = json.loads(path.read_text("utf-8"))
    raw["input"]["bands"] = ["red", "green", "blue"]
    for entry, land in zip(raw["classes"], CLASSES):
        entry["name"] = land.name
    path.write_text(json.dumps(raw), encoding="utf-8")
    return path
