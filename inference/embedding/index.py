# SPDX-License-Identifier: GPL-2.0-or-later
"""An index as it is read: its vectors where they lie on the disk, and where each patch lies."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..errors import InputError, OutputError
from ..raster.frame import WGS84
from .groups import Groups
from .index_files import Edition, IndexFiles
from .index_info import IndexedSource, IndexInfo, Making
from .lock import locked
from .patch_layer import PatchLayer
from .places import PLACE, Places

_TRIES, _PAUSE_S = 100, 0.02
DEGREES = "EPSG:4326"
USUAL_REACH = (-200.0, 380.0)
"""Degrees of patches that are not at hand: rasters count to 180 or to 360, a patch goes on."""
Patch = tuple[str, int, int]
"""A patch for good: its raster's path, its row and its column; the number of its vector changes
when rasters are dropped."""


@dataclass(frozen=True)
class Index:
    """What was in an index when it was opened; it may grow meanwhile.

    `vectors` are (rows, dimension) int8 and `places` (rows,) records, both mapped into memory.
    `edition` tells whether the folder still holds the same (see `IndexFiles.edition`).
    """

    files: IndexFiles
    info: IndexInfo
    vectors: NDArray[np.int8]
    places: Places
    edition: Edition = (0, 0, 0)

    @classmethod
    def open(cls, folder: Path) -> Index:
        """Read it; InputError where it is none, or not whole."""
        files = IndexFiles(Path(folder))
        while True:
            edition, info = files.edition(), _settled(files)
            shape = info.rows, info.making.dimension
            vectors = _mapped(files.vectors, np.dtype(np.int8), shape)
            places = _mapped(files.places, PLACE, shape[:1])
            if files.edition() == edition:  # else the files may be of two editions
                return cls(files, info, vectors, places, edition)

    @property
    def making(self) -> Making:
        return self.info.making

    @property
    def crs(self) -> CRS | None:
        """Of the patches; None where they lie in coordinates nobody can place."""
        return crs_of(self.making)

    def is_current(self) -> bool:
        """Whether the folder still holds what was opened."""
        return self.files.edition() == self.edition

    @property
    def layer(self) -> PatchLayer:
        return PatchLayer(self.files.layer)

    @cached_property
    def middles(self) -> NDArray[np.float64]:
        """(2, rows): x and y of the middle of each patch."""
        places = self.places
        return np.stack(
            [(places["left"] + places["right"]) / 2, (places["bottom"] + places["top"]) / 2]
        )

    @cached_property
    def reach(self) -> tuple[float, float]:
        """The westernmost and the easternmost edge of its patches; of none what is usual."""
        if not len(self.places):
            return USUAL_REACH
        return float(self.places["left"].min()), float(self.places["right"].max())

    @cached_property
    def lengths(self) -> NDArray[np.float32]:
        """(rows,): of the int8 vectors."""
        return np.ascontiguousarray(self.places["length"])

    @cached_property
    def groups(self) -> Groups | None:
        """Its vectors once more, grouped by likeness; None where they are not."""
        return Groups.read(self.files.folder, self.info)

    def unit_vectors(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """(n, dimension) unit vectors of some rows."""
        lengths = self.lengths[rows].astype(np.float64)
        return self.vectors[rows].astype(np.float64) / lengths[:, None]

    def row_of(self, patch: Patch) -> int:
        """Where a patch is now; InputError where its raster is no longer in."""
        name, row, col = patch
        same = [each for each in self.info.sources if each.file.path == name]
        for start, stop in (
            pair for each in same or [self.source(name)[1]] for pair in each.ranges
        ):
            part = self.places[start:stop]
            found = np.flatnonzero((part["row"] == row) & (part["col"] == col))
            if len(found):
                return start + int(found[0])
        raise InputError(
            f"The index {self.files.folder} holds no patch in row {row}, column {col} of {name}; "
            "choose an example that is in it."
        )

    def source(self, name: str) -> tuple[int, IndexedSource]:
        """A raster by its path, or by its file's name where only one has it."""
        sources, found = self.info.sources, self.info.called(name)
        if len(found) != 1:
            names = ", ".join(Path(each.file.path).name for each in sources[:8])
            trouble = "several rasters are" if found else "no raster is"
            raise InputError(
                f"In the index {self.files.folder} {trouble} called {name}; give the path of one "
                f"of: {names or 'none yet'}."
            )
        return found[0], sources[found[0]]


def _settled(files: IndexFiles) -> IndexInfo:
    """What the index says when its files have their names.

    A run that is giving them needs milliseconds; of one that was killed at it this is done here.
    """
    for left in reversed(range(_TRIES)):
        info = files.read_info()
        if not info.swapping:
            break
        try:
            with locked(files.folder):
                return files.finish_swap(files.read_info())
        except OutputError:
            if not left:
                raise
        time.sleep(_PAUSE_S)
    return info


def crs_of(making: Making) -> CRS | None:
    return WGS84 if making.crs == DEGREES else None


def _mapped(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """So many rows of a file; it may hold more."""
    wanted = int(np.prod(shape)) * dtype.itemsize
    if not wanted:
        return np.zeros(shape, dtype)
    try:
        there = path.stat().st_size
        if there >= wanted:
            return np.memmap(path, dtype, mode="r", shape=shape)
        trouble = f"it holds {there:,} bytes of {wanted:,}"
    except (OSError, ValueError) as error:
        trouble = str(error)
    raise InputError(f"{path} cannot be read ({trouble}); the index is damaged, make it anew.")
