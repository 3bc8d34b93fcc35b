# SPDX-License-Identifier: GPL-2.0-or-later
"""What a head learns from: the features under the strokes of a lesson, from all of its rasters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import rasterio
from numpy.typing import NDArray

from ..errors import Cancelled, InputError
from .blocks import SIDE, Place
from .covered import Lattice
from .fit import Samples
from .lesson import Lesson
from .placing import in_pixels
from .scale import Scale
from .scene import Block, Scene
from .strokes import StrokeCells, strokes_of

MOST_A_STROKE = 400
"""Cells of one stroke that are learnt from: more of the same place teach little."""

Asked = Callable[[], bool]


@dataclass(frozen=True)
class Found:
    """What was found under the labels, and what was not used.

    `contested` cells belong to two classes, `unseen` have no value, `outside` are labels that lie
    on none of the rasters.
    """

    samples: Samples
    contested: int
    unseen: int
    outside: int


def samples_of(
    scenes: Sequence[Scene],
    lesson: Lesson,
    *,
    progress: Callable[[float], None] = lambda percent: None,
    cancelled: Asked = lambda: False,
) -> Found:
    """Encode where labels lie, and take what is there; InputError where nothing is."""
    reason = lesson.why_not()
    if reason:
        raise InputError(reason)
    claims, outside = _claims(scenes, lesson, cancelled)
    if not len(claims):
        raise InputError(
            f"None of the {len(lesson.labels)} labels lies on the raster; draw them on it, or "
            "check the coordinate system of both."
        )
    cells = _thinned(strokes_of(claims))
    parts, unseen, moments = [], np.zeros(len(cells), np.bool_), []
    for number, scene in enumerate(scenes):
        mine = np.flatnonzero(cells.scene == number)
        blocks = scene.blocks(
            _places(scene, cells.cell[mine]),
            progress=lambda done, at=number: progress((100.0 * at + done) / len(scenes)),
            cancelled=cancelled,
        )
        features, unseen[mine] = _under(scene, cells.cell[mine], blocks)
        parts.append(features)
        moments.extend(block.moments for block in blocks.values())
    seen = cells.kept(~unseen)
    if not len(seen):
        raise InputError(
            "The raster has no value under any of the labels: it is nodata or transparent there; "
            "draw them where there is something to see."
        )
    features = np.concatenate(parts)[~unseen].astype(np.float64)
    samples = Samples(features, seen.class_id, seen.stroke, Scale.of(moments))
    return Found(samples, cells.contested, int(unseen.sum()), outside)


def _claims(
    scenes: Sequence[Scene], lesson: Lesson, cancelled: Asked
) -> tuple[NDArray[np.int64], int]:
    """Rows (scene, cell, class, label), and how many labels lie on none."""
    found, on_any = [np.zeros((0, 4), np.int64)], set()
    with rasterio.Env():  # once, and not for every shape that is burned
        for number, scene in enumerate(scenes):
            lattice = Lattice(scene.frame.window, scene.stride)
            for place, label in enumerate(lesson.labels):
                if cancelled():
                    raise Cancelled("Cancelled; nothing was changed.")
                there = in_pixels(label, lesson.crs, scene.frame)
                cells = np.zeros((0, 2), np.int64) if there is None else lattice.covered(*there)
                if not len(cells):
                    continue
                on_any.add(place)
                claim = np.full((len(cells), 4), (number, 0, label.class_id, place), np.int64)
                claim[:, 1] = cells[:, 0] * _columns(scene) + cells[:, 1]
                found.append(claim)
    return np.concatenate(found), len(lesson.labels) - len(on_any)


def _thinned(cells: StrokeCells) -> StrokeCells:
    """At most so many cells a stroke, chosen by where they lie."""
    if len(cells) <= MOST_A_STROKE:
        return cells
    drawn = _scattered(cells.cell)
    order = np.lexsort((drawn, cells.stroke))
    starts = np.searchsorted(cells.stroke[order], np.arange(cells.stroke.max() + 1))
    rank = np.empty(len(cells), np.int64)
    rank[order] = np.arange(len(cells)) - starts[cells.stroke[order]]
    return cells.kept(rank < MOST_A_STROKE)


def _scattered(cell: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Numbers without an order that depend on the cell alone (Fibonacci hashing, Knuth)."""
    return cell.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _columns(scene: Scene) -> int:
    return -(-scene.frame.width // scene.stride)


def _places(scene: Scene, cell: NDArray[np.int64]) -> list[Place]:
    """The blocks in which cells lie, in order."""
    side = SIDE // scene.stride
    pairs = np.stack([cell // _columns(scene) // side, cell % _columns(scene) // side], axis=1)
    return [(int(row), int(col)) for row, col in np.unique(pairs, axis=0)]


def _under(
    scene: Scene, cell: NDArray[np.int64], blocks: dict[Place, Block]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n, channels) of cells, and which of them have no value."""
    side = SIDE // scene.stride
    rows, cols = np.divmod(cell, _columns(scene))
    features = np.zeros((len(cell), scene.engine.channels), np.float32)
    unseen = np.zeros(len(cell), np.bool_)
    for (row, col), block in blocks.items():
        mine = np.flatnonzero((rows // side == row) & (cols // side == col))
        down, across = rows[mine] - row * side, cols[mine] - col * side
        features[mine] = block.features[:, down, across].T
        if block.cells is not None:
            unseen[mine] = ~block.cells[down, across]
    return features, unseen
