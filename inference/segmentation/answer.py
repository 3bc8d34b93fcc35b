# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer of a segmentation as it is finished: decided, masked, counted, written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..errors import Cancelled
from ..raster.box import Box
from ..raster.sink import RasterSink
from ..raster.source import RasterSource, Validity
from ..raster.window import Window
from ..runs.areas import AreaTally
from ..runs.stopwatch import Stopwatch
from ..tiles.decide import Plane, Rule
from ..tiles.plan import Plan
from ..tiles.zone import Zone
from .median import smooth_classes


@dataclass(frozen=True)
class Answer:
    """Takes score planes on the grid of the answer; writes classes, and confidence if wanted.

    A pixel without a valid input pixel, or outside the zone, is nodata in both. With a `median`
    the classes are counted in `smooth`, once all of them are written.
    """

    plan: Plan
    source: RasterSource
    classes: RasterSink
    confidence: RasterSink | None
    zone: Zone | None
    tally: AreaTally
    rule: Rule
    watch: Stopwatch
    median: int = 0

    def write(self, window: Window, planes: list[Plane]) -> None:
        """Finish the planes (one a class) of `window`, in pixels of the whole answer grid."""
        with self.watch.stage("decide"):
            classes, chosen = self.rule.decide(planes)
            wanted = wanted_in(self.plan, self.source, self.zone, window)
            if wanted is not None:
                classes[~wanted] = NODATA_CLASS
        where = window.relative_to(self.plan.wanted)
        if not self.median:
            self._count(where, classes)
        with self.watch.stage("write"):
            self.classes.write(where, classes)
        if self.confidence is not None:
            self._write_confidence(where, planes, chosen, wanted)

    def smooth(self, cancelled: Callable[[], bool]) -> None:
        """Bring the median over the classes that were written, if one is wanted, and count them."""
        if not self.median:
            return
        frame = self.plan.answer
        for where, classes in smooth_classes(self.classes, frame.height, frame.width, self.median):
            self._count(where, classes)
            if cancelled():
                raise Cancelled("Cancelled; nothing was written.")

    def _count(self, where: Window, classes: NDArray[np.uint8]) -> None:
        with self.watch.stage("count"):
            self.tally.add(where, classes)

    def _write_confidence(
        self,
        where: Window,
        planes: list[Plane],
        chosen: Plane,
        wanted: NDArray[np.bool_] | None,
    ) -> None:
        with self.watch.stage("decide"):
            percent = self.rule.percent(planes, chosen)
            if wanted is not None:
                percent[~wanted] = NODATA_CLASS
        with self.watch.stage("write"):
            histogram = cv2.calcHist([percent], [0], None, [256], [0, 256]).ravel()
            self.confidence.count(histogram.astype(np.int64))
            self.confidence.write(where, percent)


def wanted_in(
    plan: Plan, source: RasterSource, zone: Zone | None, window: Window
) -> NDArray[np.bool_] | None:
    """Which pixels of `window`, on the whole grid of the answer, get an answer; None for all."""
    valid = valid_in(plan, source, window)
    if zone is None:
        return valid
    inside = zone.inside(window)
    return inside if valid is None else valid & inside


def valid_in(plan: Plan, source: RasterSource, window: Window) -> Validity | None:
    """Which pixels of `window`, on the whole grid of the answer, have a value; None for all.

    Of a finer answer those that are made of a network pixel with a value.
    """
    finer = plan.upscale
    if finer == 1:
        return _read_validity(source, window, plan.whole.window)
    top, left = window.row_off // finer, window.col_off // finer
    bottom, right = -(-window.row_end // finer), -(-window.col_end // finer)
    coarse = Window(top, left, bottom - top, right - left)
    valid = _read_validity(source, coarse, plan.network.window)
    if valid is None:
        return None
    corner = Window(top * finer, left * finer, 1, 1)
    return valid.repeat(finer, 0).repeat(finer, 1)[window.relative_to(corner).slices()]


def _read_validity(source: RasterSource, window: Window, grid: Window) -> Validity | None:
    box = Box.under(window, grid=grid, raster=source.frame.window)
    return source.read_validity(box, height=window.height, width=window.width)
