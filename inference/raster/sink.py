# SPDX-License-Identifier: GPL-2.0-or-later
"""Writing a raster in finished rows: under another name until it is whole, then as a COG."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.windows import Window as RasterioWindow

from ..cards.card import NODATA_CLASS, ModelCard
from ..runs.partial_file import PartialFile, writing
from .frame import Frame
from .pam import write_pam
from .statistics import Moments, histogram_tags
from .window import Window

BLOCK = 512
NODATA = NODATA_CLASS


@dataclass(frozen=True)
class Legend:
    """What the numbers of a one-band raster mean: names and colours by value, and tags."""

    names: dict[int, str] = field(default_factory=dict)
    colors: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, card: ModelCard) -> Legend:
        """Classes of a card."""
        return cls(
            names=card.class_names,
            colors={info.id: info.rgb for info in card.classes},
            tags={"GEOSIFT_MODEL": card.id, "GEOSIFT_MODEL_SHA256": card.sha256},
        )


@dataclass(frozen=True)
class Layout:
    """The bands of a raster, their type, and the value of pixels without one (None: all have one).

    `numbers` are measured and may be averaged; the others are classes or percent, and are not.
    """

    bands: tuple[str, ...] = ("value",)
    dtype: str = "uint8"
    nodata: float | None = NODATA
    numbers: bool = False

    @property
    def pixel_bytes(self) -> int:
        return len(self.bands) * np.dtype(self.dtype).itemsize


CLASSES = Layout()
"""A class a pixel, or percent."""


class RasterSink:
    """A raster written window by window, finished as a Cloud Optimized GeoTIFF.

    `write` in any order, then `finish`, then `commit`; `discard` (or leaving the context without
    a commit) removes every trace. Without a layout it is one uint8 band with nodata 255.
    """

    def __init__(
        self, path: Path, frame: Frame, *, legend: Legend, layout: Layout = CLASSES
    ) -> None:
        self._file = PartialFile(path)
        self._sidecar = PartialFile(path.with_name(path.name + ".aux.xml"))
        self._legend, self._layout = legend, layout
        self._scratch = self._file.scratch()
        self._shape = frame.height, frame.width
        self._histogram = np.zeros(256, np.int64)
        self.measured = tuple(Moments() for _ in layout.bands)
        """The numbers of each band, as far as they are written."""
        try:
            self._dataset = self._create(frame)
        except BaseException:
            self._file.discard()
            raise

    def _create(self, frame: Frame) -> rasterio.io.DatasetWriter:
        with writing(self.path):
            dataset = rasterio.open(
                self._scratch, "w+", driver="GTiff", height=frame.height, width=frame.width,
                count=len(self._layout.bands), dtype=self._layout.dtype,
                nodata=self._layout.nodata, crs=frame.crs,
                transform=frame.transform,
                tiled=True, blockxsize=BLOCK, blockysize=BLOCK,
                bigtiff="IF_SAFER",
            )  # fmt: skip
            if frame.control_points is not None:
                dataset.gcps = frame.control_points.for_rasterio(), frame.crs or CRS()
            if self._legend.colors:
                dataset.write_colormap(1, _colormap(self._legend.colors))
            else:
                dataset.colorinterp = _interpretation(self._layout.bands)
            if self._layout.numbers:
                dataset.descriptions = self._layout.bands
        return dataset

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def partial(self) -> Path:
        """Where the finished raster lies before it is committed."""
        return self._file.partial

    def write(self, window: Window, pixels: NDArray[Any]) -> None:
        """Write (height, width) pixels of `window`, or (bands, height, width) where there are more.

        Numbers are measured on the way.
        """
        where = RasterioWindow(window.col_off, window.row_off, window.width, window.height)
        with writing(self.path):
            self._dataset.write(pixels, 1 if pixels.ndim == 2 else None, window=where)
        if self._layout.numbers:
            for moments, band in zip(self.measured, pixels.reshape(-1, *pixels.shape[-2:])):
                moments.add(_numbers(band, self._layout.nodata))

    def read(self, window: Window) -> NDArray[Any]:
        """(height, width) of the first band, as it was written."""
        where = RasterioWindow(window.col_off, window.row_off, window.width, window.height)
        with writing(self.path):
            return self._dataset.read(1, window=where)

    def count(self, histogram: NDArray[np.int64]) -> None:
        """Add to the histogram of pixel values, (256,), that the statistics are made from."""
        self._histogram += histogram

    def finish(self) -> None:
        """Make the COG and the names that go beside it, still under temporary names."""
        with writing(self.path):
            self._dataset.update_tags(**self._legend.tags)
            self._tell_statistics()
            self._dataset.close()
            self._require_all_blocks()
            self._build_overviews()
            rasterio.shutil.copy(
                self._scratch, self._file.partial, driver="COG", compress="DEFLATE", level=3,
                blocksize=BLOCK, overviews="FORCE_USE_EXISTING", num_threads="ALL_CPUS",
                bigtiff="IF_SAFER", predictor="YES" if self._layout.numbers else "NO",
            )  # fmt: skip
            self._require_whole()
            self._file.discard_scratch()
        if self._legend.names:
            with writing(self._sidecar.path):
                write_pam(
                    self._sidecar.partial,
                    self._legend.names,
                    self._legend.colors,
                    self._histogram,
                )

    def _tell_statistics(self) -> None:
        if not self._layout.numbers:
            self._dataset.update_tags(1, **histogram_tags(self._histogram, nodata=NODATA))
            return
        for band, moments in enumerate(self.measured, start=1):
            self._dataset.update_tags(band, **moments.tags())

    def _require_all_blocks(self) -> None:
        """Where the last blocks do not fit on the disk GDAL only mutters, and the file is short."""
        rows, cols = (-(-side // BLOCK) for side in self._shape)
        if self._scratch.stat().st_size < rows * cols * BLOCK * BLOCK * self._layout.pixel_bytes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _build_overviews(self) -> None:
        """2, 4, 8, ... times coarser until everything fits into one block.

        Made here and not by the COG driver, which would compress and expand them once more; and in
        a file of their own, since inside the raster's GDAL does not say when the disk is full.
        """
        factors = [
            2**level for level in range(1, 32) if max(self._shape) > BLOCK * 2 ** (level - 1)
        ]
        options = {"GDAL_TIFF_OVR_BLOCKSIZE": BLOCK, "BIGTIFF_OVERVIEW": "IF_SAFER"}
        environment = rasterio.Env(TIFF_USE_OVR=True, **options)
        with environment, rasterio.open(self._scratch, "r+") as dataset:
            how = Resampling.average if self._layout.numbers else Resampling.nearest
            dataset.build_overviews(factors, how)

    def _require_whole(self) -> None:
        """The last block is written last: if it can be read, the disk did not fill up."""
        with rasterio.open(self._file.partial) as made:
            made.read(1, window=RasterioWindow(made.width - 1, made.height - 1, 1, 1))

    def commit(self) -> Path:
        """Give the finished raster its name; class names go beside it, where GDAL keeps them."""
        self._file.commit()
        if self._legend.names:
            self._sidecar.commit()
        else:
            self._sidecar.path.unlink(missing_ok=True)
        return self.path

    def discard(self) -> None:
        """Remove every trace; does nothing to a raster that was committed."""
        self._dataset.close()
        self._file.discard()
        self._sidecar.discard()

    def __enter__(self) -> RasterSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()


def _interpretation(bands: tuple[str, ...]) -> tuple[ColorInterp, ...]:
    if len(bands) == 1:
        return (ColorInterp.gray,)
    known = ("red", "green", "blue")
    return tuple(ColorInterp[band] if band in known else ColorInterp.undefined for band in bands)


def _numbers(band: NDArray[Any], nodata: float | None) -> NDArray[Any]:
    """The band, NaN where there is no value."""
    if nodata is None or np.isnan(nodata):
        return band
    return np.where(band == nodata, np.nan, band.astype(np.float32))


def _colormap(colors: dict[int, tuple[int, int, int]]) -> dict[int, tuple[int, int, int, int]]:
    table = dict.fromkeys(range(256), (0, 0, 0, 0))
    table.update({value: (*rgb, 255) for value, rgb in colors.items()})
    return table
