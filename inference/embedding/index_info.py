# SPDX-License-Identifier: GPL-2.0-or-later
"""What an index says of itself, as `index.json`: what it was made with, and of which rasters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import InputError
from .source_file import SourceFile

VERSION = 1
Range = tuple[int, int]


@dataclass(frozen=True)
class IndexedSource:
    """A raster of an index: the file, when it was taken and who says so ("metadata" or "file").

    `height` and `width` are the whole raster's in network pixels, 0 where it was never seen here;
    `bands` are those the network saw. `ranges` are rows of the vectors, first and one past the
    last. `following` is the column block and the row of patches where an interrupted run goes on,
    None where the raster is whole. `area` is a digest of the part that was asked for, "" for all.
    """

    file: SourceFile
    date: str
    date_from: str
    height: int
    width: int
    bands: tuple[int, ...] = ()
    ranges: tuple[Range, ...] = ()
    following: Range | None = None
    area: str = ""

    @property
    def patches(self) -> int:
        return sum(stop - start for start, stop in self.ranges)

    def require_unchanged(self) -> None:
        """InputError where the raster is gone, or is not what was embedded."""
        if not self.height or not SourceFile.of(self.file.path).looks_like(self.file):
            raise InputError(
                f"{self.file.path} is not there, or not as it was when it was embedded; embed it "
                "again."
            )

    def grown(self, stop: int, by: int, following: Range | None) -> IndexedSource:
        """With `by` more rows, the last before row `stop`."""
        ranges = self.ranges
        if by:
            start = stop - by
            if ranges and ranges[-1][1] == start:
                ranges, start = ranges[:-1], ranges[-1][0]
            ranges = (*ranges, (start, stop))
        return replace(self, ranges=ranges, following=following)


@dataclass(frozen=True)
class Making:
    """What all vectors of an index have in common; indexes with other making do not mix.

    `patch` and `step` are network pixels, `resolution` metres per pixel (None: each raster's own).
    `crs` is "EPSG:4326", or "" of rasters nobody can place on the ground. `bands` are numbers from
    1, empty where they are found by colour.
    """

    model: str
    sha256: str
    dimension: int
    patch: int
    step: int
    resolution: float | None
    crs: str
    bands: tuple[int, ...] = ()


@dataclass(frozen=True)
class IndexInfo:
    """All of it. `rows` vectors count; what the files hold beyond is of a run that was killed.

    With `swapping` new files are whole and wait for their names (see `swap.py`).
    """

    making: Making
    rows: int = 0
    sources: tuple[IndexedSource, ...] = ()
    swapping: bool = False

    def called(self, name: str) -> tuple[int, ...]:
        """The places of the rasters with that path, or else with that name of a file."""
        full = str(Path(name).resolve())
        paths = [each.file.path for each in self.sources]
        found = tuple(n for n, path in enumerate(paths) if path in (name, full))
        return found or tuple(n for n, path in enumerate(paths) if Path(path).name == name)

    def to_json(self) -> str:
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str, *, name: str) -> IndexInfo:
        """Read what `to_json` wrote; InputError where it is something else."""
        try:
            told = json.loads(text)
            version = told["version"]
            info = _info(told) if version == VERSION else None
        except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
            raise InputError(
                f"{name} is no description of an index, or a damaged one ({error!r}); give a "
                "folder that 'embed' has made."
            ) from error
        if info is None:
            raise InputError(
                f"{name} is of version {version!r:.20}, this GeoSift reads version {VERSION}; "
                "make the index anew, or use the GeoSift that made it."
            )
        return info


def _info(told: Mapping[str, Any]) -> IndexInfo:
    making = Making(**{**told["making"], "bands": tuple(map(int, told["making"]["bands"]))})
    sources = tuple(map(_source, told["sources"]))
    info = IndexInfo(making, int(told["rows"]), sources, bool(told["swapping"]))
    whole = info.rows == sum(each.patches for each in sources)
    sizes = making.dimension, making.patch, making.step
    if not whole or any(not isinstance(size, int) or size < 1 for size in sizes):
        raise ValueError("its numbers do not fit together")
    return info


def _source(told: Mapping[str, Any]) -> IndexedSource:
    following = told["following"]
    return IndexedSource(
        file=SourceFile(**told["file"]),
        date=str(told["date"]),
        date_from=str(told["date_from"]),
        height=int(told["height"]),
        width=int(told["width"]),
        bands=tuple(map(int, told["bands"])),
        ranges=tuple((int(start), int(stop)) for start, stop in told["ranges"]),
        following=None if following is None else (int(following[0]), int(following[1])),
        area=str(told["area"]),
    )
