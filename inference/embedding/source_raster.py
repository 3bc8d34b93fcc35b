# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster of an index, opened again: pictures of its patches, and their scores as a map."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..classification.cell_blend import CellBlender
from ..classification.cell_plan import CellPlan, TileAxis
from ..raster.box import Box
from ..raster.sink import RasterSink
from ..raster.source import FileSource
from ..raster.window import Window
from ..tiles.prepare import Stretch
from .index import Index
from .index_info import IndexedSource, Making
from .search import Scores

SIDE = 96
"""Pixels of a thumbnail, along a side."""
_QUALITY = 85


@dataclass(frozen=True)
class SourceRaster:
    """The raster, and where its patches lie."""

    source: FileSource
    plan: CellPlan
    stretch: Stretch

    @classmethod
    @contextmanager
    def open(cls, making: Making, known: IndexedSource) -> Iterator[SourceRaster]:
        """InputError where it is gone, or is not what was embedded."""
        known.require_unchanged()
        # One band is seen as grey, of more than three the first ones.
        bands = known.bands[:3] if len(known.bands) >= 3 else known.bands[:1] * 3
        with FileSource(known.file.path, bands=bands, names=("red", "green", "blue")) as source:
            yield cls(source, _plan(making, known, source), Stretch.for_source(source))

    def thumbnail(self, row: int, col: int) -> bytes:
        """A small JPEG of a patch by row and column."""
        drawn = np.ascontiguousarray(self.picture(row, col)[..., ::-1])
        quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
        return bytes(cv2.imencode(".jpg", drawn, quality)[1].tobytes())

    def picture(self, row: int, col: int, *, side: int = SIDE) -> NDArray[np.uint8]:
        """(side, side, 3) red, green, blue of a patch; black where nothing is valid."""
        rows, cols = self.plan.rows, self.plan.cols
        top, left = int(rows.starts[row]), int(cols.starts[col])
        window = Window(top, left, int(rows.stops[row]) - top, int(cols.stops[col]) - left)
        raster = self.source.frame.window
        box = Box.under(window, grid=self.plan.network.window, raster=raster)
        pixels, valid = self.source.read(box, height=side, width=side)
        picture = pixels if self.stretch.is_identity else self.stretch.apply(pixels)
        if valid is not None:
            picture = np.where(valid, picture, 0)
        return np.ascontiguousarray(picture.transpose(1, 2, 0)).astype(np.uint8)

    def write_heat(self, sink: RasterSink, index: Index, scores: Scores, number: int) -> None:
        """The scores of the raster's patches, a pixel a cell of `step` network pixels.

        A cell is the mean of the patches over it, weighted by how much of it each covers, as in
        scene classification; NaN where no patch has a score.
        """
        plan, places = self.plan, index.places[scores.rows]
        mine = places["source"] == number
        shape = len(plan.rows.starts), len(plan.cols.starts)
        grid, seen = np.zeros(shape, np.float32), np.zeros(shape, np.bool_)
        at = places["row"][mine], places["col"][mine]
        grid[at], seen[at] = scores.values[mine], True
        blender = CellBlender(plan, plan.wanted, channels=2)
        for row in range(shape[0]):
            # The second channel is 1 wherever a patch was: so what had none can be told from 0.
            answers = np.stack([grid[row], np.ones(shape[1], np.float32)], axis=1)
            span, cells = blender.add(row, answers, seen[row])
            if span.length:
                window = Window(span.start, 0, span.length, plan.wanted.width)
                sink.write(window, np.where(cells[..., 1] > 0, cells[..., 0], np.nan))


def _plan(making: Making, known: IndexedSource, source: FileSource) -> CellPlan:
    native = source.frame
    same = (known.height, known.width) == (native.height, native.width)
    network = native if same else native.resampled(known.height, known.width)
    rows, cols = (TileAxis(side, making.patch, making.step) for side in (known.height, known.width))
    return CellPlan(network, network.grouped(making.step).window, rows, cols)
