# SPDX-License-Identifier: GPL-2.0-or-later
"""Pixels for the engine from a QGIS data provider: map servers, virtual layers, layer settings."""

from __future__ import annotations

import math
import threading
from typing import Any

import cv2
import numpy as np
from affine import Affine
from numpy.typing import NDArray
from qgis.core import (
    Qgis,
    QgsFeedback,
    QgsRaster,
    QgsRasterBlock,
    QgsRasterBlockFeedback,
    QgsRectangle,
)
from qgis.PyQt.QtCore import Qt
from rasterio.crs import CRS
from rasterio.enums import Resampling

from ...inference.errors import InputError
from ...inference.raster.bands import choose_bands
from ...inference.raster.box import Box
from ...inference.raster.enlarge import MARGIN, enlarge
from ...inference.raster.frame import Frame
from ...inference.raster.resampling import resampling_for
from ...inference.raster.source import Pixels, Validity
from ..i18n import tr
from .layer_source import ProviderGrid
from .validity_memory import ValidityMemory

_TYPES = {
    Qgis.DataType.Byte: np.uint8,
    Qgis.DataType.UInt16: np.uint16,
    Qgis.DataType.Int16: np.int16,
    Qgis.DataType.UInt32: np.uint32,
    Qgis.DataType.Int32: np.int32,
    Qgis.DataType.Float32: np.float32,
    Qgis.DataType.Float64: np.float64,
}
_COLOR_TYPES = (Qgis.DataType.ARGB32, Qgis.DataType.ARGB32_Premultiplied)
_COLOR_NAMES = {
    QgsRaster.ColorInterpretation.RedBand: "red",
    QgsRaster.ColorInterpretation.GreenBand: "green",
    QgsRaster.ColorInterpretation.BlueBand: "blue",
    QgsRaster.ColorInterpretation.AlphaBand: "alpha",
}
_MOST_OVERSAMPLING = 4


class ProviderSource:
    """A RasterSource over a cloned provider; one read at a time, from any thread.

    An image of colours (map servers) counts as the bands red, green, blue; transparent pixels are
    not valid. Otherwise validity comes from the layer's nodata values, its alpha band and NaN.
    """

    def __init__(
        self,
        grid: ProviderGrid,
        *,
        bands: tuple[int, ...] | None,
        names: tuple[str, ...],
        feedback: QgsFeedback | None = None,
    ) -> None:
        """`bands` count from 1; None finds those called `names` ("red", ...)."""
        self.name = grid.name
        self._grid, self._provider, self._lock = grid, grid.provider, threading.Lock()
        self._block_feedback = QgsRasterBlockFeedback()
        if feedback is not None:
            feedback.canceled.connect(
                self._block_feedback.cancel, Qt.ConnectionType.DirectConnection
            )
        pixel = Affine.scale(grid.extent.width() / grid.width, -grid.extent.height() / grid.height)
        corner = Affine.translation(grid.extent.xMinimum(), grid.extent.yMaximum())
        crs = CRS.from_wkt(grid.crs_wkt) if grid.crs_wkt else None
        self.frame = Frame(grid.height, grid.width, corner * pixel, crs)
        self._is_image = self._provider.dataType(1) in _COLOR_TYPES
        interpretation = self._interpretation()
        self.bands = choose_bands(
            bands, names=names, interpretation=interpretation, available=len(interpretation)
        )
        self._alpha = None if self._is_image else _position(interpretation, "alpha")
        self.dtype = np.dtype(np.uint8) if self._is_image else self._band_type()
        self.may_have_gaps = True
        self._seen = ValidityMemory()

    def read(self, box: Box, *, height: int, width: int) -> tuple[Pixels, Validity | None]:
        """See RasterSource.read; coarser pixels are means of finer ones."""
        how = resampling_for(box, height, width, dtype=self.dtype)
        if self._is_smooth(how):
            pixels, valid = self._resampled(box, height, width, how)
        else:
            rows, cols = self._oversampled(box, height, width)
            pixels, valid = self._ask(box, rows, cols)
            if (rows, cols) != (height, width):
                pixels, valid = _shrink(pixels, valid, height, width)
        self._seen.keep(box, valid)
        return pixels, None if valid.all() else valid

    def _ask(self, box: Box, rows: int, cols: int) -> tuple[Pixels, Validity]:
        with self._lock:
            read = self._read_image if self._is_image else self._read_bands
            return read(self._rectangle(box), rows, cols)

    def _is_smooth(self, how: Resampling) -> bool:
        """Whether values between pixels are wanted; a server draws them itself."""
        return how in (Resampling.bilinear, Resampling.cubic) and self._provider.xSize() > 0

    def _resampled(
        self, box: Box, height: int, width: int, how: Resampling
    ) -> tuple[Pixels, Validity]:
        """Providers repeat pixels; smooth ones are what a file of the same would give."""
        top, left = (max(0, math.floor(edge) - MARGIN) for edge in (box.top, box.left))
        bottom = min(self._grid.height, math.ceil(box.bottom) + MARGIN)
        right = min(self._grid.width, math.ceil(box.right) + MARGIN)
        pixels, valid = self._ask(Box(top, left, bottom, right), bottom - top, right - left)
        inside = Box(box.top - top, box.left - left, box.bottom - top, box.right - left)
        return enlarge(pixels, valid, inside, height=height, width=width, how=how)

    def read_validity(self, box: Box, *, height: int, width: int) -> Validity | None:
        """See RasterSource.read_validity; a server is not asked again for what it has sent."""
        valid = self._seen.recall(box, height=height, width=width)
        if valid is None:
            return self.read(box, height=height, width=width)[1]
        return None if valid.all() else valid

    def close(self) -> None:
        """See RasterSource.close; the provider goes with the last reference to it."""

    def _interpretation(self) -> tuple[str, ...]:
        if self._is_image:
            return ("red", "green", "blue")
        provider = self._provider
        return tuple(
            _COLOR_NAMES.get(provider.colorInterpretation(band), "")
            for band in range(1, provider.bandCount() + 1)
        )

    def _band_type(self) -> np.dtype[Any]:
        types = {self._provider.dataType(band) for band in self.bands}
        if not types <= set(_TYPES):
            raise InputError(
                tr(
                    "The layer '{0}' has pixels that are neither whole nor real numbers: give a "
                    "raster of such, for instance the amplitude of complex ones."
                ).format(self.name)
            )
        return np.result_type(*(_TYPES[each] for each in types))

    def _rectangle(self, box: Box) -> QgsRectangle:
        """The box in map units, not a rounding error larger than the provider's own extent."""
        west, north = self.frame.transform * (box.left, box.top)
        east, south = self.frame.transform * (box.right, box.bottom)
        return QgsRectangle(west, south, east, north).intersect(self._grid.extent)

    def _oversampled(self, box: Box, height: int, width: int) -> tuple[int, int]:
        """Rows and columns to ask for, so that a mean over finer pixels can be taken."""
        if self._provider.xSize() <= 0:
            return height, width
        rows = min(_MOST_OVERSAMPLING, math.ceil((box.bottom - box.top) / height))
        cols = min(_MOST_OVERSAMPLING, math.ceil((box.right - box.left) / width))
        return height * max(1, rows), width * max(1, cols)

    def _block(self, band: int, rectangle: QgsRectangle, rows: int, cols: int) -> QgsRasterBlock:
        block = self._provider.block(band, rectangle, cols, rows, self._block_feedback)
        errors = self._block_feedback.errors()
        if not block.isValid() or block.isEmpty() or errors:
            raise InputError(
                tr("The layer '{0}' cannot be read ({1}); check its source and try again.").format(
                    self.name, "; ".join(errors) or tr("no answer")
                )
            )
        return block

    def _read_image(self, rectangle: QgsRectangle, rows: int, cols: int) -> tuple[Pixels, Validity]:
        block = self._block(1, rectangle, rows, cols)
        argb = np.frombuffer(block.data().data(), np.uint32).reshape(rows, cols)
        alpha = (argb >> 24) & 255
        channels = [(argb >> shift) & 255 for shift in (16, 8, 0)]
        if block.dataType() == Qgis.DataType.ARGB32_Premultiplied:
            safe = np.maximum(alpha, 1)
            channels = [np.minimum(255, (each * 255 + safe // 2) // safe) for each in channels]
        pixels = np.stack([channels[band - 1] for band in self.bands]).astype(np.uint8)
        return pixels, alpha > 0

    def _read_bands(self, rectangle: QgsRectangle, rows: int, cols: int) -> tuple[Pixels, Validity]:
        """A pixel is nodata where all chosen bands are, and not finite where any of them is."""
        planes, gaps = [], np.ones((rows, cols), bool)
        for band in self.bands:
            values, missing = self._plane(band, rectangle, rows, cols)
            planes.append(values)
            gaps &= missing
        pixels = np.stack(planes).astype(self.dtype, copy=False)
        valid = ~gaps
        if np.issubdtype(self.dtype, np.floating):
            valid &= np.isfinite(pixels).all(axis=0)
        if self._alpha is not None:
            valid &= self._plane(self._alpha, rectangle, rows, cols)[0] > 0
        return pixels, valid

    def _plane(
        self, band: int, rectangle: QgsRectangle, rows: int, cols: int
    ) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """One band and where it is nodata by the file's value or the user's ranges."""
        block = self._block(band, rectangle, rows, cols)
        values = np.frombuffer(block.data().data(), _TYPES[block.dataType()]).reshape(rows, cols)
        missing = np.zeros((rows, cols), bool)
        if block.hasNoDataValue():
            missing |= values == values.dtype.type(block.noDataValue())
        for span in self._provider.userNoDataValues(band):
            missing |= (values >= span.min()) & (values <= span.max())
        return values, missing


def _position(names: tuple[str, ...], name: str) -> int | None:
    return names.index(name) + 1 if name in names else None


def _shrink(pixels: Pixels, valid: Validity, height: int, width: int) -> tuple[Pixels, Validity]:
    """Mean over the valid pixels under each coarser one; valid where any of them is."""
    weight = cv2.resize(valid.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    safe = np.maximum(weight, np.float32(1e-6))
    planes = []
    for band in pixels:
        masked = np.where(valid, band, 0).astype(np.float64)
        planes.append(cv2.resize(masked, (width, height), interpolation=cv2.INTER_AREA) / safe)
    mean = np.stack(planes)
    whole = np.issubdtype(pixels.dtype, np.integer)
    return (np.rint(mean) if whole else mean).astype(pixels.dtype), weight > 0
