# SPDX-License-Identifier: GPL-2.0-or-later
"""Reading pixels and their validity from a raster: the only file that opens rasters for reading."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Protocol

import numpy as np
import rasterio
import rasterio.windows
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags, Resampling
from rasterio.errors import RasterioError, RasterioIOError

from ..errors import InputError
from .bands import choose_bands
from .box import Box
from .frame import Frame
from .near_gaps import near_gaps, window_in_reach
from .palette import Palette
from .placing import frame_of
from .resampling import resampling_for

Pixels = NDArray[Any]
Validity = NDArray[np.bool_]


class RasterSource(Protocol):
    """Pixels of the chosen bands, at any resolution; safe to ask from several threads."""

    @property
    def name(self) -> str:
        """What to call the raster in a message."""

    @property
    def frame(self) -> Frame:
        """The raster's own pixel grid."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels `read` gives."""

    @property
    def bands(self) -> tuple[int, ...]:
        """The chosen bands, counted from 1, in the order of the network's input."""

    @property
    def may_have_gaps(self) -> bool:
        """Whether any pixel can be without a value; False promises that none is."""

    def read(self, box: Box, *, height: int, width: int) -> tuple[Pixels, Validity | None]:
        """The box as (bands, height, width), and which pixels are valid; None when all are."""

    def read_validity(self, box: Box, *, height: int, width: int) -> Validity | None:
        """Only which pixels are valid, (height, width); None when all are."""

    def close(self) -> None:
        """Let go of the raster."""


class FileSource:
    """A raster GDAL can open, read at any resolution through its overviews.

    A palette is read as the colours it stands for. A pixel is valid by the raster's alpha band,
    mask or nodata value (nodata in all bands), and where no chosen band is NaN or infinite.
    """

    def __init__(self, path: str, *, bands: tuple[int, ...] | None, names: tuple[str, ...]) -> None:
        """Open `path`; `bands` count from 1, None finds those called `names` ("red", ...)."""
        self.name = str(path)
        self._lock = threading.Lock()
        self._dataset = _open(self.name)
        try:
            self._prepare(bands, names)
        except BaseException:
            self._dataset.close()
            raise

    def _prepare(self, bands: tuple[int, ...] | None, names: tuple[str, ...]) -> None:
        dataset = self._dataset
        if dataset.count == 0:
            raise InputError(
                f"{self.name} holds no raster band itself; choose one of its subdatasets."
            )
        self.frame = frame_of(dataset)
        self._palette = Palette.of(dataset)
        available = dataset.count if self._palette is None else self._palette.bands
        self.bands = choose_bands(
            bands, names=names, interpretation=_color_names(dataset), available=available
        )
        types = {dataset.dtypes[band - 1] for band in self._file_bands}
        if any("complex" in name for name in types):
            raise InputError(
                f"{self.name} has complex numbers; give a raster of real numbers, "
                "for instance its amplitude."
            )
        # rasterio refuses to read bands of several types in one go.
        one_by_one = tuple((band,) for band in self._file_bands)
        self._read_at_once = (self._file_bands,) if len(types) == 1 else one_by_one
        self.dtype = np.result_type(*types) if self._palette is None else np.dtype(np.uint8)
        self._flags_gaps = any(MaskFlags.all_valid not in flag for flag in dataset.mask_flag_enums)
        is_float = np.issubdtype(self.dtype, np.floating)
        holes = self._palette is not None and self._palette.has_gaps
        self.may_have_gaps = self._flags_gaps or is_float or holes
        self._require_whole()

    def _require_whole(self) -> None:
        """Read the first and the last pixel: most files that were cut short fail here.

        Their overviews may well be whole, and a coarser answer would hide that the file is not.
        """
        bottom, right = self.frame.height, self.frame.width
        for box in (Box(0, 0, 1, 1), Box(bottom - 1, right - 1, bottom, right)):
            self._read_file(box, 1, 1, Resampling.nearest)

    @property
    def _file_bands(self) -> tuple[int, ...]:
        return self.bands if self._palette is None else (1,)

    def read(self, box: Box, *, height: int, width: int) -> tuple[Pixels, Validity | None]:
        """See RasterSource.read; coarser pixels are means of the finer ones they cover."""
        if self._palette is not None:
            return self._read_palette(box, height=height, width=width)
        how = resampling_for(box, height, width, dtype=self.dtype)
        with self._lock:
            pixels = self._read_file(box, height, width, how)
            valid = self._read_mask(box, height, width) if self._flags_gaps else None
            if valid is not None and how is Resampling.cubic:
                pixels = self._with_means_near_gaps(pixels, box)
        return pixels, _without_nan(pixels, valid)

    def _with_means_near_gaps(self, pixels: Pixels, box: Box) -> Pixels:
        height, width = pixels.shape[1:]
        window = window_in_reach(box, self.frame.window)
        own = Box(window.row_off, window.col_off, window.row_end, window.col_end)
        valid = self._mask(own, window.height, window.width, Resampling.nearest) != 0
        near = near_gaps(valid, window, box, height=height, width=width)
        if not near.any():
            return pixels
        return np.where(near, self._read_file(box, height, width, Resampling.average), pixels)

    def read_validity(self, box: Box, *, height: int, width: int) -> Validity | None:
        """See RasterSource.read_validity."""
        if not self.may_have_gaps:
            return None
        if self._palette is not None or np.issubdtype(self.dtype, np.floating):
            return self.read(box, height=height, width=width)[1]
        with self._lock:
            valid = self._read_mask(box, height, width)
        return None if valid.all() else valid

    def _read_palette(self, box: Box, *, height: int, width: int) -> tuple[Pixels, Validity | None]:
        with self._lock:
            index = self._read_file(box, height, width, Resampling.nearest)[0]
            valid = self._read_mask(box, height, width) if self._flags_gaps else None
        pixels, opaque = self._palette.paint(index, self.bands)
        if self._palette.has_gaps:
            valid = opaque if valid is None else valid & opaque
        return pixels, valid

    def _read_file(self, box: Box, height: int, width: int, resampling: Resampling) -> Pixels:
        window = _rasterio_window(box)
        try:
            parts = [
                self._dataset.read(
                    list(bands), window=window, out_shape=(len(bands), height, width),
                    resampling=resampling, out_dtype=self.dtype,
                )
                for bands in self._read_at_once
            ]  # fmt: skip
        except (RasterioError, OSError) as error:
            raise InputError(_broken(self.name, error)) from error
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _read_mask(self, box: Box, height: int, width: int) -> Validity:
        """A coarser pixel is valid where any it covers is: its mean is made of those."""
        mean = resampling_for(box, height, width, dtype=self.dtype) is Resampling.average
        how = Resampling.average if mean else Resampling.nearest
        return self._mask(box, height, width, how) != 0

    def _mask(self, box: Box, height: int, width: int, how: Resampling) -> NDArray[np.uint8]:
        try:
            return self._dataset.dataset_mask(
                window=_rasterio_window(box), out_shape=(height, width), resampling=how
            )
        except (RasterioError, OSError) as error:
            raise InputError(_broken(self.name, error)) from error

    def close(self) -> None:
        with self._lock:
            self._dataset.close()

    def __enter__(self) -> FileSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open(path: str) -> rasterio.DatasetReader:
    try:
        return rasterio.open(path)
    except (RasterioIOError, RasterioError, OSError) as error:
        raise InputError(
            f"{path} cannot be opened as a raster ({error}); check that it exists and is whole."
        ) from error


def _broken(name: str, error: Exception) -> str:
    return f"{name} cannot be read to the end, the file seems damaged ({error}); fetch it again."


def _color_names(dataset: rasterio.DatasetReader) -> tuple[str, ...]:
    if dataset.colorinterp[0] is ColorInterp.palette:
        return ("red", "green", "blue")
    return tuple(interpretation.name for interpretation in dataset.colorinterp)


def _rasterio_window(box: Box) -> rasterio.windows.Window:
    return rasterio.windows.Window(box.left, box.top, box.right - box.left, box.bottom - box.top)


def _without_nan(pixels: Pixels, valid: Validity | None) -> Validity | None:
    if np.issubdtype(pixels.dtype, np.floating):
        finite = np.isfinite(pixels).all(axis=0)
        valid = finite if valid is None else valid & finite
    if valid is None or valid.all():
        return None
    return valid
