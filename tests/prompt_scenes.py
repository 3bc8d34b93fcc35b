# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures of plain rectangles, whose outlines are known to the pixel, for tests of prompts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from made_rasters import write

from geosift.inference.cards.card import ModelCard
from geosift.inference.prompt.cutout import Cutout
from geosift.inference.prompt.cutter import Cutter
from geosift.inference.prompt.embedding import EmbeddingCache
from geosift.inference.prompt.opening import load_promptable
from geosift.inference.prompt.prompts import PromptBox
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.tiles.prepare import Stretch, View

GROUND = 90
COLOURS = (
    (230, 60, 60), (60, 215, 80), (70, 90, 240), (235, 220, 60), (210, 70, 220), (60, 215, 225),
    (245, 245, 245),
)  # fmt: skip
"""What things look like, in turn: far from each other and from the ground."""


def scene(
    height: int, width: int, rectangles: Sequence[Window], *, noise: int = 4, seed: int = 0
) -> np.ndarray:
    """(3, height, width) uint8: rectangles of plain colours on grey, with a little noise."""
    random = np.random.default_rng(seed)
    image = np.full((3, height, width), GROUND, np.int16)
    for window, colour in zip(rectangles, itertools.cycle(COLOURS)):
        image[(slice(None), *window.slices())] = np.array(colour)[:, None, None]
    return (image + random.integers(-noise, noise + 1, image.shape)).astype(np.uint8)


def cutter_of(
    path: Path, card: ModelCard, *, shape: tuple[int, int] | None = None, **options: Any
) -> Cutter:
    """A cutter of a file; `shape` is that of level 0, the raster's own by default."""
    source = FileSource(str(path), bands=None, names=card.bands)
    height, width = shape or (source.frame.height, source.frame.width)
    view = View(source, card, Stretch.for_source(source), height, width)
    cache = options.pop("cache", EmbeddingCache(1 << 28))
    network = load_promptable(card, callers=options.pop("callers", 1))
    return Cutter(view, network, cache, **options)


def cutter_in(folder: Path, card: ModelCard, image: np.ndarray, **options: Any) -> Cutter:
    """A cutter of a picture, written as `scene.tif`."""
    profile = options.pop("profile", {})
    return cutter_of(write(folder / "scene.tif", image, **profile), card, **options)


def box_around(window: Window, share: float = 0.0) -> PromptBox:
    """The box of a rectangle, each side moved outwards by a share of it."""
    down, across = share * window.height, share * window.width
    return PromptBox(
        window.col_off - across,
        window.row_off - down,
        window.col_end + across,
        window.row_end + down,
    )


def filled(cutout: Cutout, height: int, width: int) -> np.ndarray:
    """A cutout's mask over the whole raster."""
    mask = np.zeros((height, width), bool)
    mask[cutout.window.slices()] = cutout.mask
    return mask


def iou(a: np.ndarray, b: np.ndarray) -> float:
    """The share of the pixels in either mask that are in both."""
    return float(np.count_nonzero(a & b) / max(np.count_nonzero(a | b), 1))
