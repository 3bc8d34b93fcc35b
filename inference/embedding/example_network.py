# SPDX-License-Identifier: GPL-2.0-or-later
"""The network an index was made with, shown the very place, rectangle or picture of an example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform

from ..cards.card import ModelCard
from ..errors import CardError, InputError
from ..network.engine import Engine
from ..raster.frame import Frame
from ..raster.source import FileSource
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.prepare import View, mirrored
from ..tiles.reflectance import stretch_for
from .index_info import IndexedSource, Making
from .patches import vectors_of
from .quantise import unit
from .shelf import Shelf
from .turns import beside, in_one_piece

_MOST = 8
"""Patches along a side of a rectangle that are looked at; of a larger one a sample."""


class ExampleNetwork:
    """A network and the rasters it was shown last; for one thread at a time. To be closed."""

    def __init__(self, card: ModelCard, making: Making, *, threads: int | None = None) -> None:
        """CardError where the index was made with another network."""
        if card.sha256 != making.sha256:
            raise needs_network(making)
        self._card, self._side, self._threads = card, making.patch, threads
        self._views: Shelf[IndexedSource, View] = Shelf(self._opened)

    def prepare(self) -> None:
        """Load the network, if it is not yet."""
        tile = np.zeros((1, len(self._card.bands), self._side, self._side), self._card.dtype)
        vectors_of(self._engine, tile)

    def close(self) -> None:
        """Close the rasters; they are opened again when they are needed."""
        self._views.close()

    def at(self, source: IndexedSource, place: tuple[float, float], crs: CRS | None) -> Any:
        """(1, dimension) of the patch around a place of a raster, moved inside at its edges.

        `crs` is the place's, None where it is the raster's own.
        """
        view = self._views.take(source)
        (row,), (col,) = _pixels(view, [place], crs)
        rows = _around(row, view.height, self._side)
        cols = _around(col, view.width, self._side)
        return self._seen(view, [Window(rows[0], cols[0], rows[1], cols[1])])

    def within(
        self, source: IndexedSource, ring: Sequence[tuple[float, float]], crs: CRS | None
    ) -> tuple[NDArray[np.float64], int]:
        """(1, dimension) of what a rectangle on a raster holds, and of nothing around it; and the
        shorter side of that, in network pixels.

        One smaller than a patch is mirrored to one, of a larger one it is the mean of the patches
        that cover it: what is compared is of the index's scale. On mosaics of EuroSAT's tiles that
        finds more of a kind than enlarging or shrinking the picture does.
        """
        view = self._views.take(source)
        rows, cols = _pixels(view, ring, crs)
        down, across = _span(rows, view.height), _span(cols, view.width)
        if down is None or across is None:
            raise InputError(
                f"The rectangle does not meet {source.file.path}; draw it on a raster of the index."
            )
        windows = [
            Window(top, left, tall, wide)
            for top, tall in _cut(*down, self._side)
            for left, wide in _cut(*across, self._side)
        ]
        return self._seen(view, windows), min(down[1], across[1])

    def picture(self, path: str) -> NDArray[np.float64]:
        """(1, dimension) of a picture file as a whole, brought to the size of a patch."""
        with FileSource(path, bands=None, names=self._card.bands) as source:
            stretch = stretch_for(source, self._card)
            view = View(source, self._card, stretch, self._side, self._side)
            return self._seen(view, [Window(0, 0, self._side, self._side)])

    def _seen(self, view: View, windows: Sequence[Window]) -> NDArray[np.float64]:
        """(1, dimension): the unit vector of the mean of those of some windows."""
        images = [image for window in windows for image in self._images(view, window)]
        if not images:
            raise InputError(
                f"The example has no valid pixel on {view.source.name}; choose another one."
            )
        return unit(unit(vectors_of(self._engine, np.stack(images))).mean(axis=0, keepdims=True))

    def _images(self, view: View, window: Window) -> Iterator[NDArray[Any]]:
        """(bands, patch, patch) as the index's own were prepared; none without a valid pixel."""
        pixels, valid = view.read(window)
        if valid is None or valid.any():
            image = view.standardise(view.picture(pixels, valid))
            yield mirrored(image, self._side, self._side)

    @cached_property
    def _engine(self) -> Engine:
        return Engine.load(self._card, Stopwatch(), threads=self._threads, augment=1)

    @contextmanager
    def _opened(self, source: IndexedSource) -> Iterator[View]:
        source.require_unchanged()
        path, card = source.file.path, self._card
        with FileSource(path, bands=source.bands, names=card.bands) as file:
            yield View(file, card, stretch_for(file, card), source.height, source.width)


def needs_network(making: Making) -> CardError:
    """What is raised where something is to be shown to the network and it is not at hand."""
    return CardError(
        f"An example that is no patch of the index needs the network the index was made with, "
        f"'{making.model}' (SHA-256 {making.sha256[:12]}); give that model."
    )


def _pixels(
    view: View, points: Sequence[tuple[float, float]], crs: CRS | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows and columns, in network pixels, of places on the map."""
    native = view.source.frame
    same = (view.height, view.width) == (native.height, native.width)
    frame: Frame = native if same else native.resampled(view.height, view.width)
    xs, ys = (list(each) for each in zip(*points))
    if crs is not None and crs != frame.crs:
        try:
            xs, ys = transform(crs, frame.crs, xs, ys)
        except (RasterioError, CPLE_BaseError) as error:
            raise InputError(
                f"The example cannot be found on {view.source.name} ({error}); choose another one."
            ) from error
    if frame.crs is not None and frame.crs.is_geographic:
        middle, _ = frame.to_map(view.width / 2, view.height / 2)
        xs, ys = beside(in_one_piece(np.stack([xs, ys], axis=1)), float(middle)).T
    cols, rows = frame.to_pixel(xs, ys)
    if not (np.isfinite(cols).all() and np.isfinite(rows).all()):
        raise InputError(
            f"The example cannot be found on {view.source.name}; choose one that lies on it."
        )
    return rows, cols


def _around(middle: float, length: int, side: int) -> tuple[int, int]:
    """Where a patch around a pixel of an axis begins, and how much of the raster is under it."""
    start = int(np.clip(np.rint(middle - side / 2), 0, max(length - side, 0)))
    return start, min(side, length)


def _span(edges: NDArray[np.float64], length: int) -> tuple[int, int] | None:
    """First pixel and number of pixels between the least and the greatest of some edges."""
    first, last = (int(np.rint(each)) for each in (edges.min(), edges.max()))
    last = max(last, first + 1)
    first, last = max(first, 0), min(last, length)
    return (first, last - first) if last > first else None


def _cut(first: int, length: int, side: int) -> list[tuple[int, int]]:
    """Patches that cover a span evenly, as starts and lengths; a short span as it is."""
    if length <= side:
        return [(first, length)]
    count = min(-(-length // side), _MOST)
    starts = np.rint(np.linspace(first, first + length - side, count)).astype(int)
    return [(start, side) for start in starts.tolist()]
