# SPDX-License-Identifier: GPL-2.0-or-later
"""The answer of a scene classification as it is finished: decided, counted, written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..raster.ground_area import polygon_area_m2
from ..raster.window import Window
from ..runs.areas import ClassArea, area_table
from ..runs.outputs import Outputs
from ..runs.stopwatch import Stopwatch
from .cell_blend import Shares
from .cell_layer import CellLayer, write_zones, zone_rings
from .cell_plan import CellPlan
from .drift import Drift, Look
from .job import ClassifyJob
from .zonal import Zonal


class CellAnswers:
    """Takes finished cells; writes the class raster and the polygons, where they are wanted."""

    def __init__(
        self,
        job: ClassifyJob,
        plan: CellPlan,
        outputs: Outputs,
        watch: Stopwatch,
        *,
        layer: CellLayer | None,
        zonal: Zonal | None,
    ) -> None:
        self._job, self._plan, self._outputs, self._watch = job, plan, outputs, watch
        self._layer, self._zonal = layer, zonal
        self._drift = Drift(job.card)
        self._placed = plan.network.is_georeferenced
        self._cells = np.zeros(256, np.int64)
        self._pixels = np.zeros(256)
        self._area = np.zeros(256)

    @classmethod
    def open(
        cls,
        job: ClassifyJob,
        plan: CellPlan,
        outputs: Outputs,
        watch: Stopwatch,
        stack: ExitStack,
    ) -> CellAnswers:
        """With the layer of cells open; cells are written on the way, zones at the end."""
        layer, zonal = None, None
        if job.zones is not None:
            shapes = [zone.geometry for zone in job.zones]
            zonal = Zonal(plan, shapes, channels=len(job.card.classes))
        elif outputs.polygons is not None:
            layer = CellLayer(
                outputs.polygons.partial, plan, job.card,
                name=outputs.polygons.path.stem, probabilities=job.probabilities,
            )  # fmt: skip
            stack.callback(layer.close)
        return cls(job, plan, outputs, watch, layer=layer, zonal=zonal)

    @property
    def any(self) -> bool:
        """Whether any cell has an answer so far."""
        return bool(self._cells[:NODATA_CLASS].any())

    def wanted(self, cells: Window) -> NDArray[np.bool_] | None:
        """Which cells want an answer; None for all."""
        if self._zonal is None:
            return None
        with self._watch.stage("zones"):
            return self._zonal.wanted(cells)

    def look(self, look: Look) -> None:
        """Hear what a tile looks like, for the comparison with the training data."""
        self._drift.add(look)

    def write(self, cells: Window, shares: Shares, answered: NDArray[np.bool_]) -> None:
        """Finish some cells: probabilities (rows, columns, classes), and which have an answer."""
        with self._watch.stage("decide"):
            classes = shares.argmax(axis=2).astype(np.uint8)
            classes[~answered] = NODATA_CLASS
        with self._watch.stage("count"):
            area = self._count(cells, classes)
        with self._watch.stage("write"):
            if self._outputs.classes is not None:
                self._outputs.classes.write(cells.relative_to(self._plan.wanted), classes)
            if self._layer is not None:
                self._layer.add(cells, shares, answered, area)
        if self._zonal is not None:
            with self._watch.stage("zones"):
                self._zonal.add(cells, shares, answered)

    def _count(self, cells: Window, classes: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """Add to the tables; square metres of each cell, (rows, columns)."""
        rows, cols = self._plan.edges(cells)
        pixels = np.outer(np.diff(rows), np.diff(cols))
        flat = classes.ravel()
        self._cells += np.bincount(flat, minlength=256)
        self._pixels += np.bincount(flat, pixels.ravel(), minlength=256)
        if not self._placed:
            return None
        middles = np.meshgrid((rows[:-1] + rows[1:]) / 2, (cols[:-1] + cols[1:]) / 2, indexing="ij")
        area = self._plan.network.pixel_area_m2(*middles) * pixels
        self._area += np.bincount(flat, area.ravel(), minlength=256)
        return area

    def sentences(self) -> Iterator[str]:
        """What the user should know of the data, once all is seen."""
        yield from self._drift.sentences()
        if self._zonal is not None:
            empty = int(np.isnan(self._zonal.answers()).any(axis=1).sum())
            if empty:
                yield (
                    f"{empty} of {len(self._job.zones)} zones miss the raster, or have nothing "
                    "but nodata in them: their answer is empty."
                )

    def finish(self) -> None:
        """Make the polygons whole, and tell the class raster its histogram."""
        if self._outputs.classes is not None:
            self._outputs.classes.count(self._cells)
        if self._layer is not None:
            self._layer.finish()
        if self._zonal is not None and self._outputs.polygons is not None:
            file = self._outputs.polygons
            write_zones(
                file.partial, self._job.zones, self._job.zone_fields, self._zonal.answers(),
                self._zone_areas, name=file.path.stem, crs=self._plan.network.crs,
                card=self._job.card, probabilities=self._job.probabilities,
            )  # fmt: skip

    def areas(self) -> tuple[ClassArea, ...]:
        """How much each class covers: of the cells, or of the zones where there are some."""
        if self._zonal is None:
            area = self._area if self._placed else None
            return area_table(self._job.card, self._cells, area, self._pixels)
        shares = self._zonal.answers()
        known = ~np.isnan(shares).any(axis=1)
        classes = shares[known].argmax(axis=1)
        count = np.bincount(classes, minlength=256)
        area = self._zone_areas
        sums = (
            None
            if area is None
            else np.bincount(classes, np.nan_to_num(area[known]), minlength=256)
        )
        return area_table(self._job.card, count, sums, count if sums is None else sums)

    @cached_property
    def _zone_areas(self) -> NDArray[np.float64] | None:
        """Square metres of each zone; None without a place on the ground."""
        if not self._placed:
            return None
        crs = self._plan.network.crs
        return np.array(
            [sum(polygon_area_m2(rings, crs) for rings in zone_rings(zone))
             for zone in self._job.zones]
        )  # fmt: skip
