# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of a run as they are finished: scaled, masked, written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.sink import Layout, RasterSink
from ..raster.source import RasterSource
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..segmentation.answer import wanted_in
from ..tiles.decide import Plane
from ..tiles.plan import Plan
from ..tiles.sweep import Asked
from ..tiles.zone import Zone


@dataclass(frozen=True)
class Surface:
    """Whom to ask, and how its planes become (bands, height, width) pixels of the layout's type.

    Where the layout has a nodata value, no pixel that `pixels` gives may have it.
    """

    asked: Asked
    layout: Layout
    pixels: Callable[[list[Plane]], NDArray[Any]]


@dataclass(frozen=True)
class SurfaceAnswer:
    """Takes planes on the grid of the answer and writes them as pixels.

    A pixel without a valid input pixel, or outside the zone, is nodata in every band.
    """

    surface: Surface
    plan: Plan
    source: RasterSource
    sink: RasterSink
    zone: Zone | None
    watch: Stopwatch

    def write(self, window: Window, planes: list[Plane]) -> None:
        """Finish the planes of `window`, in pixels of the whole answer grid."""
        with self.watch.stage("scale"):
            pixels = self.surface.pixels(planes)
            wanted = wanted_in(self.plan, self.source, self.zone, window)
            if wanted is not None:
                pixels[:, ~wanted] = self.surface.layout.nodata
        with self.watch.stage("write"):
            self.sink.write(window.relative_to(self.plan.wanted), pixels)

    @property
    def any(self) -> bool:
        """Whether any pixel has a value."""
        return any(moments.count for moments in self.sink.measured)


def numbers(planes: list[Plane], *, scale: float = 1.0) -> NDArray[np.float32]:
    """The first plane times `scale`, as one band."""
    return (planes[0] * np.float32(scale))[np.newaxis]


NUMBERS = Layout(dtype="float32", nodata=float("nan"), numbers=True)
"""One number a pixel, NaN where there is none."""
