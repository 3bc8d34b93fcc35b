# SPDX-License-Identifier: GPL-2.0-or-later
"""From a network's answer to one tile to the objects in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.source import Validity
from ..raster.window import Window
from .found import Found, box_areas, clipped
from .instance_masks import mask_of
from .layouts import Candidates, decode
from .network import TileAnswer
from .suppress import surest

_LEAST_SHARE = 0.25
"""Of a box: what lies where the raster has values; the rest of a tile is mirrored or filled up."""
_LEAST_SIDE = 1.0
"""Of what is left of a box there, in pixels."""


@dataclass(frozen=True)
class Sureness:
    """Which objects count: `confidence` is the least score, `iou` the largest overlap, 0..1."""

    layout: str
    classes: int
    confidence: float
    iou: float


def objects_in(
    answer: TileAnswer, sureness: Sureness, *, tile: tuple[int, int], seen: Window
) -> Found:
    """The objects of one tile, in its pixels, each once.

    `tile` is the height and width the network saw, `seen` the part of it that is raster: boxes
    and masks end there. Oriented boxes keep their sides.
    """
    told = decode(
        answer.anchors,
        sureness.layout,
        classes=sureness.classes,
        confidence=sureness.confidence,
    )
    once = told.chosen(surest(told.found, sureness.iou))
    once = _inside(once, tile, seen)
    if answer.prototypes is not None:
        return _with_masks(once, answer, tile, seen)
    return once.found


def with_data(found: Found, valid: Validity | None) -> Found:
    """Without what lies where the raster has no value; `valid` is (height, width) of the tile."""
    if valid is None:
        return found
    return found.chosen(
        np.array([_share(valid, box) >= _LEAST_SHARE for box in found.boxes], np.bool_)
    )


def _share(valid: Validity, box: NDArray[np.float64]) -> float:
    """Of the pixels a box touches: how many are valid."""
    left, top, right, bottom = box
    rows = slice(max(int(top), 0), max(int(np.ceil(bottom)), 0))
    cols = slice(max(int(left), 0), max(int(np.ceil(right)), 0))
    part = valid[rows, cols]
    return float(part.mean()) if part.size else 0.0


def _inside(told: Candidates, tile: tuple[int, int], seen: Window) -> Candidates:
    """Without what lies beyond the raster; boxes with sides along the axes are cut to it."""
    found = told.found
    part = clipped(found.boxes, seen)
    large = (part[:, 2:] - part[:, :2] >= _LEAST_SIDE).all(axis=1)
    large |= (part == found.boxes).all(axis=1)  # what is all inside may be as small as it likes
    in_tile = box_areas(clipped(found.boxes, Window(0, 0, *tile)))
    which = np.flatnonzero(large & (box_areas(part) >= _LEAST_SHARE * in_tile))
    kept = told.chosen(which)
    if kept.found.corners is not None:
        return kept
    inside = Found(part[which], kept.found.scores, kept.found.class_ids)
    return Candidates(inside, kept.coefficients)


def _with_masks(told: Candidates, answer: TileAnswer, tile: tuple[int, int], seen: Window) -> Found:
    """Each with its pixels, and the box around them; without those that have none."""
    found = told.found
    made = [
        mask_of(mixing, answer.prototypes, box, tile=tile, seen=seen)
        for mixing, box in zip(told.coefficients, found.boxes)
    ]
    there = np.flatnonzero([mask is not None for mask in made])
    masks = tuple(made[index] for index in there)
    boxes = np.array([mask.box for mask in masks], np.float64).reshape(-1, 4)
    return Found(boxes, found.scores[there], found.class_ids[there], None, masks)
