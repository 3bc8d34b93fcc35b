# SPDX-License-Identifier: GPL-2.0-or-later
"""How probable a fracture is at each pixel of a raster, strip by strip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window as RasterioWindow

from ..errors import InputError
from ..raster.strips import strips

Strip = tuple[int, NDArray[np.float32]]
"""First row; probabilities (rows, width) 0..1, NaN where the raster has no value."""


class Probability(Protocol):
    """A raster of probabilities that can be gone through more than once."""

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) in pixels."""

    def strips(self) -> Iterator[Strip]:
        """All rows from the top down; every time cut at the same rows."""


@dataclass(frozen=True)
class Meaning:
    """What the numbers of a band say: `full` stands for certainty (1, 100, 255).

    With `fracture_class`, the band holds classes, and pixels of that one are certain.
    """

    full: float = 1.0
    fracture_class: int | None = None

    def probability(self, pixels: NDArray[np.generic]) -> NDArray[np.float32]:
        """The same shape, 0..1."""
        if self.fracture_class is not None:
            return (pixels == self.fracture_class).astype(np.float32)
        found = pixels.astype(np.float32)
        if self.full != 1:
            found /= np.float32(self.full)
        return found


class ProbabilityFile:
    """Band 1 of a raster GDAL can open; without a value by its nodata, mask, alpha band or NaN."""

    def __init__(self, path: Path, meaning: Meaning) -> None:
        self._path, self._meaning = path, meaning
        try:
            self._dataset = rasterio.open(path)
        except (RasterioError, OSError) as error:
            raise InputError(
                f"{path} cannot be opened as a raster ({error}); check that it exists and is whole."
            ) from error
        flags = self._dataset.mask_flag_enums[0] if self._dataset.count else []
        self._has_gaps = MaskFlags.all_valid not in flags

    @property
    def shape(self) -> tuple[int, int]:
        """See Probability."""
        return self._dataset.height, self._dataset.width

    def strips(self) -> Iterator[Strip]:
        """See Probability."""
        try:
            for first, pixels in strips(self._dataset):
                found = self._meaning.probability(pixels)
                if self._has_gaps:
                    found[self._gaps(first, len(pixels))] = np.nan
                yield first, found
        except (RasterioError, OSError) as error:
            raise InputError(
                f"{self._path} cannot be read to the end, the file seems damaged ({error}); "
                "make or fetch it again."
            ) from error

    def _gaps(self, first: int, rows: int) -> NDArray[np.bool_]:
        window = RasterioWindow(0, first, self._dataset.width, rows)
        return self._dataset.read_masks(1, window=window) == 0

    def __enter__(self) -> ProbabilityFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._dataset.close()
