# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a network for segmentation sees a class: its probability, and the regions that it makes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.windows import Window as RasterioWindow

from ..cards.card import NODATA_CLASS, ClassInfo, ModelCard
from ..errors import InputError
from ..network.engine import Engine
from ..network.session import Session
from ..raster.source import RasterSource
from ..raster.window import Window
from ..runs.partial_file import writing
from ..runs.stopwatch import Stopwatch
from ..runs.telling import part, telling
from ..segmentation.answer import valid_in
from ..tiles.decide import CHUNK_ROWS, Plane, confidence_percent
from ..tiles.plan import Plan, make_plan
from ..tiles.prepare import View, network_shape
from ..tiles.reflectance import stretch_for
from ..tiles.sweep import sweep
from ..vector.outlines import Outlines, Region
from ..vector.polygons import Measures, measure, regions, regions_in
from .class_object import ClassObject
from .rings import signed_area
from .saddles import taken_apart

_BLOCK_COLUMNS = 512
_INSIDE = 0
"""What stands for the class in the raster that is traced."""
_SEGMENTED, _TRACED = 0.8, 0.9
"""How much of the progress is over by then."""

Message = Callable[[str], None]


@dataclass(frozen=True)
class ClassQuery:
    """Which class to look for: regions of at least `least_percent` probability on each pixel.

    Regions below `least_area` (square metres; pixels without a CRS) are specks.
    """

    card: ModelCard
    info: ClassInfo
    least_percent: float = 50.0
    least_area: float = 10.0

    def __post_init__(self) -> None:
        if not 0 < self.least_percent <= 100:
            raise InputError(
                f"The least probability is percent, above 0 and up to 100, "
                f"not {self.least_percent:g}."
            )
        if not self.least_area >= 0:
            raise InputError(f"The least area of an object is at least 0, not {self.least_area:g}.")


def class_objects(
    base: View,
    query: ClassQuery,
    wanted: Window,
    *,
    watch: Stopwatch,
    threads: int | None = None,
    progress: Callable[[float], None] = lambda done: None,
    message: Message = lambda text: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> tuple[ClassObject, ...]:
    """The regions of the class within `wanted`, outlined in pixels of `base`, from the top down.

    The probability goes to a file as it is computed, and the regions are traced from there: memory
    grows with the outlines, not with the raster. `progress` is told 0..1; Cancelled may be raised.
    """
    _require_bands(base.source, base.card, query.card)
    engine = Engine.load(query.card, watch, threads=threads, augment=1)
    plan, view = _lay_out(base, engine.session, wanted, message)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geosift-")))
        answer = _ClassAnswer(plan, view.source, query, watch, folder, stack)
        sweep(
            view, plan, engine, answer, cancelled=cancelled,
            progress=lambda percent: progress(_SEGMENTED * percent / 100.0),
        )  # fmt: skip
        answer.close()
        tell = telling(progress, cancelled)
        with watch.stage("trace"):
            found = regions(answer.where, progress=part(tell, _SEGMENTED, _TRACED))
            measures = measure(
                found, plan.answer, answer.percent, progress=part(tell, _TRACED, 1.0)
            )
            return tuple(_large(found, measures, query, answer.percent, wanted))


def _require_bands(source: RasterSource, prompted: ModelCard, card: ModelCard) -> None:
    if card.bands == prompted.bands or len(source.bands) == len(card.bands) == 1:
        return
    raise InputError(
        f"The model '{card.id}' sees {', '.join(card.bands)}, the model '{prompted.id}' "
        f"{', '.join(prompted.bands)}; words need two models of the same bands: choose another."
    )


def _lay_out(base: View, session: Session, wanted: Window, message: Message) -> tuple[Plan, View]:
    """A plan whose answer lies on the pixels of `base`."""
    source, card = base.source, session.card
    shape = network_shape(source, card.resolution_m, message)
    plan = make_plan(
        source.frame, card, network_shape=shape, grid="input", extent=None, overlap=None,
        margin=session.margin,
    )  # fmt: skip
    whole = source.frame.resampled(base.height, base.width)
    plan = replace(plan, whole=whole, wanted=wanted)
    return plan, View(source, card, stretch_for(source, card), *shape)


class _ClassAnswer:
    """Takes score planes as Answer does; writes the probability, and where it is high enough.

    Chunks of planes are whole blocks of these files, so that each is compressed once.
    """

    def __init__(
        self,
        plan: Plan,
        source: RasterSource,
        query: ClassQuery,
        watch: Stopwatch,
        folder: Path,
        stack: ExitStack,
    ) -> None:
        self._plan, self._source, self._query, self._watch = plan, source, query, watch
        self.where, self.percent = folder / "where.tif", folder / "percent.tif"
        self._files = [
            stack.enter_context(_create(path, plan.wanted)) for path in (self.where, self.percent)
        ]

    def write(self, window: Window, planes: list[Plane]) -> None:
        """See Answer.write."""
        with self._watch.stage("decide"):
            percent = confidence_percent(
                planes, planes[self._query.info.id], activation=self._query.card.activation
            )
            valid = valid_in(self._plan, self._source, window)
            if valid is not None:
                percent[~valid] = 0
            inside = percent >= self._query.least_percent
            where = np.where(inside, _INSIDE, NODATA_CLASS).astype(np.uint8)
        at = window.relative_to(self._plan.wanted)
        place = RasterioWindow(at.col_off, at.row_off, at.width, at.height)
        with self._watch.stage("write"):
            for path, file, pixels in zip(
                (self.where, self.percent), self._files, (where, percent)
            ):
                with writing(path):
                    file.write(pixels, 1, window=place)

    def close(self) -> None:
        """Bring what was written to the disk."""
        for path, file in zip((self.where, self.percent), self._files):
            with writing(path):
                file.close()


def _create(path: Path, wanted: Window) -> rasterio.io.DatasetWriter:
    with writing(path):
        return rasterio.open(
            path, "w", driver="GTiff", height=wanted.height, width=wanted.width, count=1,
            dtype="uint8", tiled=True, blockxsize=_BLOCK_COLUMNS, blockysize=CHUNK_ROWS,
            compress="DEFLATE", zlevel=1, bigtiff="IF_SAFER",
        )  # fmt: skip


def _large(
    found: Outlines, measures: Measures, query: ClassQuery, percent: Path, corner: Window
) -> Iterator[ClassObject]:
    """The regions that are no specks, with their parts; `corner` is where the files begin."""
    size = measures.pixels if measures.area_m2 is None else measures.area_m2
    with rasterio.open(percent) as dataset:
        for index in np.flatnonzero(size >= query.least_area):
            mean = round(float(measures.confidence[index]), 1)
            region = ClassObject(found[index].rings, query.info.name, mean)
            least = query.least_area * measures.pixels[index] / size[index]
            whole = replace(region, parts=tuple(_parts(region, dataset, query, least)))
            yield whole.moved(corner.row_off, corner.col_off)


def _parts(
    region: ClassObject, percent: rasterio.DatasetReader, query: ClassQuery, least: float
) -> Iterator[ClassObject]:
    """What a region falls into where the probability sinks; nothing for one thing."""
    window, step = region.window, region.step
    mask = region.mask(step)
    place = RasterioWindow(window.col_off, window.row_off, window.width, window.height)
    values = percent.read(1, window=place, out_shape=mask.shape)
    numbers = taken_apart(mask, values, level=query.least_percent, least=least / step**2)
    if numbers is None:
        return
    sizes = np.bincount(numbers.ravel())
    means = np.bincount(numbers.ravel(), values.ravel()) / np.maximum(sizes, 1)
    corner = np.array([window.col_off, window.row_off])
    end = np.array([window.col_end, window.row_end])
    for number, each in _largest_of_each(numbers):
        rings = tuple(np.minimum(ring * step + corner, end) for ring in each.rings)
        yield ClassObject(rings, region.label, round(float(means[number]), 1))


def _largest_of_each(numbers: NDArray[np.int32]) -> Iterator[tuple[int, Region]]:
    """The largest region of each number above 0: what is cut off from it is a sliver."""
    largest: dict[int, tuple[float, Region]] = {}
    for region in regions_in(numbers + NODATA_CLASS):  # so that 0 is nodata
        size = abs(signed_area(region.rings[0].astype(float)))
        number = region.class_id - NODATA_CLASS
        if size > largest.get(number, (0.0, region))[0]:
            largest[number] = (size, region)
    return ((number, region) for number, (_, region) in sorted(largest.items()))
