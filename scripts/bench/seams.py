# SPDX-License-Identifier: GPL-2.0-or-later
"""How far a blended answer is from the network's own answer over the whole image at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from figure import FOLDER, Figure

from geosift.inference.cards.card import ModelCard
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run


@dataclass(frozen=True)
class Seams:
    """`differing` is the share of pixels whose class is another; `computed` the work per pixel."""

    tile: int
    tiles: int
    differing: float
    computed: float


def measure_seams(image: Path, card: ModelCard, folder: Path, *, at_least: int = 9) -> list[Seams]:
    """At the card's tile size, and at the largest one that cuts the image into `at_least` tiles."""
    with rasterio.open(image) as source:
        side = max(source.height, source.width)
    multiple = card.stride_multiple
    one_shot, _ = _classes(image, _with_tile(card, _up(side, multiple)), folder / "one_shot.tif")
    per_side = int(np.ceil(np.sqrt(at_least)))
    inner = _up(-(-(side - 2 * card.blend.halo) // per_side), multiple)
    found = []
    for tile in (card.tile, inner + 2 * card.blend.halo):
        blended, result = _classes(image, _with_tile(card, tile), folder / "blended.tif")
        differing = float((blended != one_shot).mean())
        found.append(Seams(tile, result.tiles, differing, result.computed))
    return found


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def _with_tile(card: ModelCard, tile: int) -> ModelCard:
    return replace(card, tile=_up(tile, card.stride_multiple))


def _classes(image: Path, card: ModelCard, out: Path) -> tuple[np.ndarray, SegmentResult]:
    result = run(SegmentJob(str(image), card, out))
    with rasterio.open(out) as file:
        return file.read(1), result


def seam_figures(image: Path, card: ModelCard) -> Iterator[Figure]:
    for seams in measure_seams(image, card, FOLDER):
        words = f"{seams.tiles} tiles of {seams.tile}"
        yield Figure(f"differs from one shot, {words}", 100 * seams.differing, "%", 0.10)
        yield Figure(f"network pixels per pixel, {words}", seams.computed, "x", 1.5)
