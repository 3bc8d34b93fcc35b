# SPDX-License-Identifier: GPL-2.0-or-later
"""The layer of a detection: a feature for every object whose middle is where it is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..prompt.shape import Outline, ShapeOptions, outline_of
from ..raster.frame import Frame
from ..raster.window import Window
from ..runs.areas import ClassArea, area_table
from ..runs.stopwatch import Stopwatch
from ..tiles.zone import Zone
from ..vector.geopackage import Feature, LayerWriter
from .found import Found
from .ground import Lengths, areas_m2
from .job import DetectJob

FIELDS = {
    "id": "INTEGER",
    "class_id": "INTEGER",
    "name": "TEXT",
    "score": "REAL",
    "area_m2": "REAL",
}
"""`score` in percent, `area_m2` NULL where the raster does not say where it lies."""
ORIENTED = {"length_m": "REAL", "width_m": "REAL", "angle": "REAL"}
"""Of oriented boxes: `angle` of the longer side, degrees clockwise from true north."""


class ObjectLayer:
    """Writes objects as they come, and counts them; `finish` makes the file whole."""

    def __init__(
        self,
        path: Path,
        job: DetectJob,
        *,
        frame: Frame,
        wanted: Window,
        zone: Zone | None,
        watch: Stopwatch,
    ) -> None:
        """`frame` is that of the pixels the network sees, `wanted` and `zone` are in these."""
        self._frame, self._wanted, self._zone, self._watch = frame, wanted, zone, watch
        self._names = job.card.class_names
        self._shape = ShapeOptions(simplify_px=job.simplify, all_parts=True)
        self._counts = np.zeros(len(job.card.classes), np.int64)
        self._area = np.zeros(len(job.card.classes)) if frame.is_georeferenced else None
        layout = job.card.detection.layout
        oriented = ORIENTED if layout == "ultralytics_obb" else {}
        self._layer = LayerWriter(
            path, name=job.output.stem, crs=frame.crs, fields={**FIELDS, **oriented},
            multi=layout == "ultralytics_seg",
        )  # fmt: skip

    @property
    def count(self) -> int:
        """Objects written."""
        return int(self._counts.sum())

    def add(self, found: Found) -> None:
        """See ObjectSink."""
        with self._watch.stage("write"):
            wanted = found.chosen(self._is_wanted(found.boxes))
            if not len(wanted):
                return
            if wanted.masks is not None:
                self._layer.add(self._outlined(wanted))
            else:
                self._add_boxes(wanted)

    def finish(self) -> None:
        """Make the file whole, under its temporary name."""
        self._layer.finish()

    def close(self) -> None:
        """Let go of the file."""
        self._layer.close()

    def areas(self, job: DetectJob) -> tuple[ClassArea, ...]:
        """Objects and their area by class."""
        return area_table(job.card, self._counts, self._area, self._counts)

    def _is_wanted(self, boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the middle of each box is; parts of a raster then share no object."""
        middles = np.floor((boxes[:, :2] + boxes[:, 2:]) / 2).astype(np.int64)
        where = self._wanted
        low, high = (where.col_off, where.row_off), (where.col_end, where.row_end)
        inside = ((middles >= low) & (middles < high)).all(axis=1)
        if self._zone is None:
            return inside
        for index in np.flatnonzero(inside):
            col, row = middles[index].tolist()
            inside[index] = self._zone.inside(Window(row, col, 1, 1)).any()
        return inside

    def _add_boxes(self, found: Found) -> None:
        corners = _corners_of(found.boxes) if found.corners is None else found.corners
        areas = areas_m2(corners, self._frame)
        more: list[tuple[Any, ...]] = [()] * len(found)
        if found.corners is not None:
            more = list(_columns(Lengths.of(corners, self._frame)))
        told = [None] * len(found) if areas is None else areas.tolist()
        rows = [
            (*self._row(found, index, told[index]), *more[index]) for index in range(len(found))
        ]
        on_map = np.stack(self._frame.to_map(corners[..., 0], corners[..., 1]), axis=-1)
        self._layer.add_squares(on_map, rows)

    def _outlined(self, found: Found) -> Iterator[Feature]:
        for index, mask in enumerate(found.masks or ()):
            outline: Outline | None = outline_of(
                mask.pixels, mask.window, frame=self._frame, options=self._shape
            )
            if outline is not None:
                yield Feature(outline.polygons, self._row(found, index, outline.area_m2))

    def _row(self, found: Found, index: int, area: float | None) -> tuple[Any, ...]:
        """The values of one object, which counts from now on."""
        class_id = int(found.class_ids[index])
        self._counts[class_id] += 1
        if self._area is not None and area is not None:
            self._area[class_id] += area
        percent = round(100.0 * float(found.scores[index]), 1)
        metres = None if area is None else round(area, 3)
        return self.count, class_id, self._names[class_id], percent, metres


def _corners_of(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) to (n, 4, 2), clockwise on screen."""
    left, top, right, bottom = boxes.T
    return np.stack(
        [
            np.stack(corner, axis=1)
            for corner in ((left, top), (right, top), (right, bottom), (left, bottom))
        ],
        axis=1,
    )


def _columns(lengths: Lengths) -> Iterator[tuple[Any, ...]]:
    """A row for each: length, width, angle."""
    for index, angle in enumerate(lengths.angle.tolist()):
        sides = (lengths.length_m, lengths.width_m)
        metres = (None if side is None else round(float(side[index]), 3) for side in sides)
        yield (*metres, round(angle, 2))
