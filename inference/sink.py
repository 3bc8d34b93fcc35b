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

from .card import NODATA_CLASS, ModelCard
from .frame import Frame
from .pam import write_pam
from .partial_file import PartialFile, writing
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


class RasterSink:
    """One uint8 band, written window by window, finished as a Cloud Optimized GeoTIFF.

    `write` in any order, then `finish`, then `commit`; `discard` (or leaving the context without
    a commit) removes every trace. Nodata is 255.
    """

    def __init__(self, path: Path, frame: Frame, *, legend: Legend) -> None:
        self._file = PartialFile(path)
        self._sidecar = PartialFile(path.with_name(path.name + ".aux.xml"))
        self._legend = legend
        self._scratch = self._file.scratch()
        self._shape = frame.height, frame.width
        self._histogram = np.zeros(256, np.int64)
        try:
            self._dataset = self._create(frame)
        except BaseException:
            self._file.discard()
            raise

    def _create(self, frame: Frame) -> rasterio.io.DatasetWriter:
        with writing(self.path):
            dataset = rasterio.open(
                self._scratch, "w", driver="GTiff", height=frame.height, width=frame.width,
                count=1, dtype="uint8", nodata=NODATA, crs=frame.crs,
                transform=frame.transform,
                tiled=True, blockxsize=BLOCK, blockysize=BLOCK,
                bigtiff="IF_SAFER",
            )  # fmt: skip
            if frame.control_points is not None:
                dataset.gcps = frame.control_points.for_rasterio(), frame.crs or CRS()
            if self._legend.colors:
                dataset.write_colormap(1, _colormap(self._legend.colors))
            else:
                dataset.colorinterp = (ColorInterp.gray,)
        return dataset

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def partial(self) -> Path:
        """Where the finished raster lies before it is committed."""
        return self._file.partial

    def write(self, window: Window, pixels: NDArray[np.uint8]) -> None:
        """Write (height, width) pixels of `window`."""
        where = RasterioWindow(window.col_off, window.row_off, window.width, window.height)
        with writing(self.path):
            self._dataset.write(pixels, 1, window=where)

    def count(self, histogram: NDArray[np.int64]) -> None:
        """Add to the histogram of pixel values, (256,), that the statistics are made from."""
        self._histogram += histogram

    def finish(self) -> None:
        """Make the COG and the names that go beside it, still under temporary names."""
        with writing(self.path):
            self._dataset.update_tags(**self._legend.tags)
            self._dataset.update_tags(1, **_statistics(self._histogram))
            self._dataset.close()
            self._require_all_blocks()
            self._build_overviews()
            rasterio.shutil.copy(
                self._scratch, self._file.partial, driver="COG", compress="DEFLATE", level=3,
                blocksize=BLOCK, overviews="FORCE_USE_EXISTING", num_threads="ALL_CPUS",
                bigtiff="IF_SAFER",
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

    def _require_all_blocks(self) -> None:
        """Where the last blocks do not fit on the disk GDAL only mutters, and the file is short."""
        rows, cols = (-(-side // BLOCK) for side in self._shape)
        if self._scratch.stat().st_size < rows * cols * BLOCK * BLOCK:
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
            dataset.build_overviews(factors, Resampling.nearest)

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


def _colormap(colors: dict[int, tuple[int, int, int]]) -> dict[int, tuple[int, int, int, int]]:
    table = dict.fromkeys(range(256), (0, 0, 0, 0))
    table.update({value: (*rgb, 255) for value, rgb in colors.items()})
    return table


def _statistics(histogram: NDArray[np.int64]) -> dict[str, Any]:
    """GDAL's statistics tags from counts of values, nodata left out."""
    values = np.arange(NODATA)
    counts = histogram[:NODATA]
    total = int(counts.sum())
    if total == 0:
        return {}
    present = values[counts > 0]
    mean = float((values * counts).sum() / total)
    spread = float(np.sqrt((counts * (values - mean) ** 2).sum() / total))
    share = 100.0 * total / max(int(histogram.sum()), 1)
    return {
        "STATISTICS_MINIMUM": int(present[0]),
        "STATISTICS_MAXIMUM": int(present[-1]),
        "STATISTICS_MEAN": mean,
        "STATISTICS_STDDEV": spread,
        "STATISTICS_VALID_PERCENT": f"{share:.4g}",
    }
