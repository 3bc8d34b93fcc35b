# SPDX-License-Identifier: GPL-2.0-or-later
"""A site opened by a worker: from the layer's coordinates to pixels, and outlines back."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ...inference.prompt import prompts
from ...inference.prompt.cutout import Cutout
from ...inference.prompt.cutter import Cutter
from ...inference.prompt.shape import Outline, ShapeOptions, outline_of
from ...inference.raster.frame import Frame
from ...inference.raster.window import Window
from ...inference.tiles.prepare import View
from ..map_tool.places import XY
from .pointed import Pointed

MOST_AHEAD = 2048
"""Pixels along a side that are encoded ahead at most, around the centre of the view: the scale may
be locked while the map is zoomed far out."""


@dataclass(frozen=True)
class Place:
    """A raster at the scale one works at, with what answers prompts; `frame` has its pixels."""

    view: View
    cutter: Cutter
    frame: Frame

    def prompt_of(self, pointed: Pointed) -> prompts.Prompt:
        """What was pointed with, in pixels of this place; raises InputError."""
        clicks = tuple(
            prompts.Click(*self._pixels([click.at])[0], positive=click.positive)
            for click in pointed.clicks
        )
        if pointed.drag is None:
            return prompts.Prompt(clicks)
        corners = self._pixels(pointed.drag.corners)
        (left, top), (right, bottom) = map(min, zip(*corners)), map(max, zip(*corners))
        return prompts.Prompt(clicks, prompts.PromptBox(left, top, right, bottom))

    def window_of(self, west: float, south: float, east: float, north: float) -> Window | None:
        """What of the raster lies in a rectangle of the layer's coordinates; None: nothing.

        At most MOST_AHEAD pixels to a side, around the rectangle's centre.
        """
        corners = self._pixels([(west, south), (west, north), (east, north), (east, south)])
        cols, rows = zip(*corners)
        if not all(map(math.isfinite, (*cols, *rows))):
            return None
        left, right = _span(min(cols), max(cols), self.view.width)
        top, bottom = _span(min(rows), max(rows), self.view.height)
        if left >= right or top >= bottom:
            return None
        return Window(top, left, bottom - top, right - left)

    def outline(self, cutout: Cutout, options: ShapeOptions) -> Outline | None:
        """Its outline in the layer's coordinates; None where the options leave nothing."""
        return outline_of(cutout.mask, cutout.window, frame=self.frame, options=options)

    def _pixels(self, points: list[XY] | tuple[XY, ...]) -> list[XY]:
        """Points of the layer as (column, row) between pixels of this place."""
        own = self.view.source.frame
        cols, rows = own.to_pixel(*np.asarray(points, float).T)
        across, down = self.view.width / own.width, self.view.height / own.height
        return [(float(col) * across, float(row) * down) for col, row in zip(cols, rows)]


def _span(first: float, last: float, size: int) -> tuple[int, int]:
    """The whole pixels of an axis between two places on it, MOST_AHEAD in the middle at most."""
    start, end = max(0, math.floor(first)), min(size, math.ceil(last))
    over = max(0, end - start - MOST_AHEAD)
    return start + over // 2, end - (over - over // 2)
