# SPDX-License-Identifier: GPL-2.0-or-later
"""From a raster's own numbers to what the network takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.box import Box
from ..raster.source import Pixels, RasterSource, Validity
from ..raster.window import Window

_SAMPLE_SIDE = 512
_PERCENTILES = (2.0, 98.0)
MAX_ENLARGEMENT = 4.0
"""Pixels of the network per pixel of the raster, along a side; beyond, nothing is to be seen."""


@dataclass(frozen=True)
class Stretch:
    """Linear map of each band from `low`..`high` to 0..255, values outside clipped."""

    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def is_identity(self) -> bool:
        return set(self.low) == {0.0} and set(self.high) == {255.0}

    def apply(self, pixels: Pixels) -> NDArray[np.float32]:
        """(bands, height, width) of any type to float32 within 0..255; NaN becomes 0."""
        out = np.empty(pixels.shape, np.float32)
        for band, (low, high) in enumerate(zip(self.low, self.high)):
            values = np.nan_to_num(pixels[band].astype(np.float64), posinf=high, neginf=low)
            scaled = (values - low) * (255.0 / (high - low))
            out[band] = np.clip(scaled, 0.0, 255.0)
        return out

    @classmethod
    def for_source(cls, source: RasterSource) -> Stretch:
        """8-bit pixels as they are; others from their 2nd..98th percentile over the whole raster.

        Taken from the whole raster, not from a tile or an extent: otherwise tiles would not fit
        together, and a part would be classified differently from the whole.
        """
        count = len(source.bands)
        if source.dtype == np.uint8:
            return cls((0.0,) * count, (255.0,) * count)
        lows, highs = [], []
        for values in sample(source):
            low, high = (float(value) for value in np.percentile(values, _PERCENTILES))
            lows.append(low)
            highs.append(high if high > low else low + 1.0)
        return cls(tuple(lows), tuple(highs))


def sample(source: RasterSource) -> list[NDArray[Any]]:
    """The valid values of each band in a small picture of the whole raster."""
    frame = source.frame
    box = Box(0, 0, frame.height, frame.width)
    height, width = min(frame.height, _SAMPLE_SIDE), min(frame.width, _SAMPLE_SIDE)
    pixels, valid = source.read(box, height=height, width=width)
    found = []
    for band in pixels:
        values = band[valid] if valid is not None else band.ravel()
        values = values[np.isfinite(values)]
        if values.size == 0:
            raise InputError(
                f"{source.name} has no valid pixel: all of it is nodata, transparent or NaN."
            )
        found.append(values)
    return found


@dataclass(frozen=True)
class View:
    """A raster as a network sees it: at the network's resolution, in its type and its scaling.

    `height` and `width` are the whole raster's, in network pixels.
    """

    source: RasterSource
    card: ModelCard
    stretch: Stretch
    height: int
    width: int

    def box(self, window: Window) -> Box:
        """A window in network pixels as a box in the raster's own pixels."""
        grid = Window(0, 0, self.height, self.width)
        return Box.under(window, grid=grid, raster=self.source.frame.window)

    def read(self, window: Window) -> tuple[Pixels, Validity | None]:
        """The raster's own numbers at the network's resolution, and which are valid."""
        return self.source.read(self.box(window), height=window.height, width=window.width)

    def prepare(
        self, pixels: Pixels, valid: Validity | None, *, above: int = 0, left: int = 0
    ) -> NDArray[Any]:
        """What the network takes, (bands, rows, columns), filled up to its stride multiple.

        Where it takes one size only the tile is filled up to that, `above` and `left` so many
        pixels of it.
        """
        image, side = self.standardise(self.picture(pixels, valid)), self.card.tile
        if self.card.fixed_tile or self.card.centred:
            return mirrored(image, side, side, above=above, left=left)
        return fill_up(image, self.card.stride_multiple)

    def picture(self, pixels: Pixels, valid: Validity | None) -> NDArray[Any]:
        """The pixels as 0..255, (bands, rows, columns), whole where the network takes these.

        Invalid pixels become the mean of the training data: the value that says least.
        """
        scaled = pixels if self.stretch.is_identity else self.stretch.apply(pixels)
        if valid is not None:
            scaled = np.where(valid, scaled, self._filler(scaled.dtype))
        if self.card.dtype == "uint8" and scaled.dtype != np.uint8:
            scaled = np.rint(scaled).astype(np.uint8)
        return scaled

    def standardise(self, picture: NDArray[Any]) -> NDArray[Any]:
        """A picture in the network's own numbers."""
        if self.card.dtype == "uint8":
            return picture
        return _standardised(picture, mean=self.card.mean, std=self.card.std)

    def _filler(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        return np.asarray(self.card.band_means).astype(dtype)[:, None, None]


def network_shape(
    source: RasterSource,
    resolution_m: float | None,
    warn: Callable[[str], None],
    *,
    scaled: bool = False,
) -> tuple[int, int]:
    """Rows and columns of the whole raster at `resolution_m`, as near as whole pixels allow.

    `scaled`: whoever asks has been told the size of pixels that the raster itself does not know.

    A raster whose pixels are within a tenth of that is taken as it is: networks are trained over a
    range of scales, and not resampling is faster and exact.
    """
    frame = source.frame
    size = frame.pixel_size_m()
    if size is None:
        if not scaled:
            warn(
                f"{source.name} does not say where it lies or how large its pixels are; "
                "GeoSift works in pixels and reads it as it is."
            )
        return frame.height, frame.width
    if frame.control_points is not None:
        warn(
            f"{source.name} lies where its {len(frame.control_points.points)} control points put "
            "it; sizes and areas are as good as these."
        )
    if resolution_m is None:
        return frame.height, frame.width
    scale_x, scale_y = size[0] / resolution_m, size[1] / resolution_m
    if max(scale_x, scale_y) > MAX_ENLARGEMENT:
        warn(
            f"The raster's pixels are {max(size):.3g} m, the network works at "
            f"{resolution_m:.3g} m: it will hardly recognise anything; use a finer raster."
        )
        scale_x, scale_y = min(scale_x, MAX_ENLARGEMENT), min(scale_y, MAX_ENLARGEMENT)
    if all(0.9 <= scale <= 1.1 for scale in (scale_x, scale_y)):
        return frame.height, frame.width
    return max(1, round(frame.height * scale_y)), max(1, round(frame.width * scale_x))


def fill_up(image: NDArray[Any], multiple: int) -> NDArray[Any]:
    """Mirror the lower and right side outwards until both sides are multiples of `multiple`.

    Law: the part inside the original sides is unchanged.
    """
    _, height, width = image.shape
    return mirrored(image, height + -height % multiple, width + -width % multiple)


def mirrored(
    image: NDArray[Any], height: int, width: int, *, above: int = 0, left: int = 0
) -> NDArray[Any]:
    """All sides mirrored outwards to at least these sizes, `above` and `left` so many pixels."""
    below = max(height - image.shape[1] - above, 0)
    right = max(width - image.shape[2] - left, 0)
    if not (above or left or below or right):
        return np.ascontiguousarray(image)
    return np.pad(image, ((0, 0), (above, below), (left, right)), mode="symmetric")


def _standardised(
    image: NDArray[Any], *, mean: tuple[float, ...], std: tuple[float, ...]
) -> NDArray[np.float32]:
    """(x - mean) / std of each band, float32."""
    out = image.astype(np.float32, order="C")  # of a palette the bands lie pixel by pixel
    for band, (centre, spread) in enumerate(zip(mean, std)):
        cv2.subtract(out[band], centre, dst=out[band])
        cv2.multiply(out[band], 1.0 / spread, dst=out[band])
    return out
