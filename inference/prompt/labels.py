# SPDX-License-Identifier: GPL-2.0-or-later
"""Outlines and their raster as training data: pictures, masks, and the numbers of objects.

The layout is the one `geosift.training` reads: a folder with `images`, `masks` and `instances`, a
PNG of the same name in each for every tile, and `classes.json`, which says what the colours mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import Cancelled, InputError
from ..raster.box import Box
from ..raster.frame import Frame
from ..raster.gdal_cache import small_cache
from ..raster.pixel_polygons import PixelPolygons
from ..raster.source import FileSource, RasterSource, Validity
from ..raster.window import Window
from ..runs.job_rules import hold
from ..runs.partial_file import PartialFolder
from ..runs.whole_run import rasterio_silent
from ..tiles.plan import window_of_extent
from ..tiles.prepare import Stretch, network_shape
from .label_classes import UNLABELLED, LabelClass, classes_of
from .label_folder import NO_OBJECT, ClassCount, LabelFolder, Pair, is_label_folder

BANDS = ("red", "green", "blue")
SMALLEST_TILE, LARGEST_TILE = 32, 8192


@dataclass(frozen=True)
class LabelledPolygon:
    """A GeoJSON-like polygon in the raster's coordinates, and what it is."""

    geometry: Mapping[str, Any]
    label: str


@dataclass(frozen=True)
class LabelsJob:
    """What to export: tiles of `tile` pixels of `resolution` metres (None: the raster's own).

    Only tiles are written that an outline meets. What no outline covers is unlabelled, or of the
    class `rest` where that is given. `bands` count from 1; None finds red, green and blue. `extent`
    is xmin, ymin, xmax, ymax.
    """

    source: str | RasterSource
    folder: Path
    polygons: tuple[LabelledPolygon, ...]
    rest: str = ""
    tile: int = 512
    resolution: float | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        resolution = self.resolution
        hold(
            (
                SMALLEST_TILE <= self.tile <= LARGEST_TILE,
                f"A tile has {SMALLEST_TILE} to {LARGEST_TILE} pixels a side, not {self.tile}.",
            ),
            (
                resolution is None or (resolution > 0 and math.isfinite(resolution)),
                f"The resolution is metres per pixel and above 0, not {resolution}.",
            ),
            (
                len(self.polygons) > 0,
                "There is no outline to make labels of; draw or select some.",
            ),
            (
                all(polygon.label.strip() for polygon in self.polygons),
                "An outline has no label; give each one.",
            ),
        )


@dataclass(frozen=True)
class LabelsResult:
    """What was made: tiles, objects that lie in them, and what is painted of each class."""

    folder: Path
    tiles: int
    objects: int
    classes: tuple[ClassCount, ...]
    warnings: tuple[str, ...]


def export_labels(
    job: LabelsJob,
    *,
    progress: Callable[[float], None] = lambda percent: None,
    message: Callable[[str], None] = lambda text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> LabelsResult:
    """Write the folder, tile by tile: it is whole, or not there.

    A folder of an earlier export is replaced. `message` is told what the user should know. Raises
    InputError, OutputError, Cancelled.
    """
    told: list[str] = []

    def warn(text: str) -> None:
        told.append(text)
        message(text)

    with ExitStack() as stack:
        stack.enter_context(small_cache())
        stack.enter_context(rasterio_silent())
        place = PartialFolder(job.folder, is_ours=is_label_folder)
        stack.callback(place.discard)
        source = job.source
        if isinstance(source, str):
            source = stack.enter_context(FileSource(source, bands=job.bands, names=BANDS))
        export = _Export.of(job, source, warn)
        folder = LabelFolder(place.partial, export.classes)
        for done, pair in export.pairs():
            if cancelled():
                raise Cancelled("Cancelled; nothing was written.")
            if pair is not None:
                folder.add(pair)
            progress(100.0 * done)
        _require_objects(folder, source)
        folder.finish(_facts(export, source))
        place.commit()
        return LabelsResult(job.folder, folder.tiles, folder.objects, folder.counts(), tuple(told))


@dataclass(frozen=True)
class _Export:
    """Everything open; `frame` has the pixels of the tiles. Of each polygon, `rank` says when it is
    painted, and `class_ids` its place in `classes`, the first of which is what none covers.
    """

    source: RasterSource
    stretch: Stretch
    frame: Frame
    wanted: Window
    tile: int
    has_rest: bool
    polygons: PixelPolygons
    rank: NDArray[np.int64]
    class_ids: NDArray[np.int64]
    classes: tuple[LabelClass, ...]

    @classmethod
    def of(cls, job: LabelsJob, source: RasterSource, warn: Callable[[str], None]) -> _Export:
        frame = source.frame.resampled(*network_shape(source, job.resolution, warn))
        labels = [polygon.label for polygon in job.polygons]
        by_label = classes_of([*labels, *([job.rest] if job.rest else [])])
        ground = by_label[job.rest] if job.rest else LabelClass("", UNLABELLED)
        classes = tuple(dict.fromkeys([ground, *by_label.values()]))
        polygons = PixelPolygons(frame, tuple(each.geometry for each in job.polygons), "outlines")
        return cls(
            source=source,
            stretch=Stretch.for_source(source),
            frame=frame,
            wanted=frame.window if job.extent is None else window_of_extent(frame, job.extent),
            tile=job.tile,
            has_rest=bool(job.rest),
            polygons=polygons,
            rank=_by_size(polygons),
            class_ids=np.array([classes.index(by_label[label]) for label in labels]),
            classes=classes,
        )

    def pairs(self) -> Iterator[tuple[float, Pair | None]]:
        """The share that is done, 0..1, and the next tile; None where nothing is in it."""
        tops = range(self.wanted.row_off, self.wanted.row_end, self.tile)
        lefts = range(self.wanted.col_off, self.wanted.col_end, self.tile)
        for row, top in enumerate(tops):
            for col, left in enumerate(lefts):
                window = Window(top, left, self.tile, self.tile).intersection(self.wanted)
                done = (row * len(lefts) + col + 1) / (len(tops) * len(lefts))
                yield done, None if window is None else self._pair(window)

    def _pair(self, window: Window) -> Pair | None:
        near = self.polygons.near(window)
        near = near[np.argsort(self.rank[near])]
        numbers = self.polygons.numbered(near, window)
        if not numbers.any() and not self.has_rest:
            return None
        picture, valid = self._picture(window)
        if valid is not None:
            numbers[~valid] = 0
        if not numbers.any() and (not self.has_rest or (valid is not None and not valid.any())):
            return None
        class_ids = np.concatenate([[0], self.class_ids[near]])[numbers]
        return Pair(window, picture, class_ids, np.concatenate([[NO_OBJECT], near])[numbers], valid)

    def _picture(self, window: Window) -> tuple[NDArray[np.uint8], Validity | None]:
        """(bands, height, width), 0 where there is no value, and which pixels have one."""
        box = Box.under(window, grid=self.frame.window, raster=self.source.frame.window)
        pixels, valid = self.source.read(box, height=window.height, width=window.width)
        if not (self.stretch.is_identity and pixels.dtype == np.uint8):
            pixels = np.rint(self.stretch.apply(pixels)).astype(np.uint8)
        return (pixels if valid is None else np.where(valid, pixels, np.uint8(0))), valid


def _by_size(polygons: PixelPolygons) -> NDArray[np.int64]:
    """The place of each polygon among all, from the largest to the smallest.

    So that what lies inside something larger is painted over it, and not the other way.
    """
    top, left, bottom, right = polygons.bounds.T
    return np.argsort(np.argsort(-(bottom - top) * (right - left), kind="stable"))


def _require_objects(folder: LabelFolder, source: RasterSource) -> None:
    if folder.objects == 0:
        raise InputError(
            f"No outline lies on {source.name} where it has values; check the coordinate systems "
            "of both, and the extent."
        )


def _facts(export: _Export, source: RasterSource) -> dict[str, Any]:
    """What classes.json says of the raster."""
    size, crs = export.frame.pixel_size_m(), export.frame.crs
    transform = export.frame.transform
    return {
        "source": Path(source.name).name,
        "bands": list(source.bands),
        "resolution_m": None if size is None else [round(side, 6) for side in size],
        "crs": None if crs is None else crs.to_string(),
        "transform": None if transform is None else list(transform)[:6],
        "tile": export.tile,
    }
