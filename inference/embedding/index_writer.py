# SPDX-License-Identifier: GPL-2.0-or-later
"""An index as it grows: vectors first, then places and layer, last the file that counts them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runs.partial_file import writing
from .index import Index, crs_of
from .index_files import IndexFiles, settle
from .index_info import IndexedSource, IndexInfo, Making, Range
from .lock import locked
from .patch_layer import PatchLayer
from .places import PLACE, Numbers, Places, placed
from .quantise import quantised


class IndexWriter:
    """The one writer of an index, made by `open`.

    `add` patches of a source, then `commit`: what was committed stays whatever happens.
    """

    def __init__(self, files: IndexFiles, info: IndexInfo) -> None:
        self.files, self.info = files, info
        self.added = 0
        """Patches that this writer has kept."""
        self._pending: list[tuple[int, tuple[NDArray[Any], Places, NDArray[np.float64]]]] = []

    @classmethod
    @contextmanager
    def open(cls, folder: Path, making: Making) -> Iterator[IndexWriter]:
        """Go on with an index, or begin one; InputError where it was made in another way."""
        files = IndexFiles(Path(folder))
        _require_place(files)
        with locked(files.folder):
            if files.info.exists():
                writer = cls(files, files.read_info())
                require_same(writer.info.making, making, files.folder)
                writer._recover()
            else:
                writer = cls(files, IndexInfo(making))
                writer._create()
            yield writer

    def _create(self) -> None:
        """Empty files; the last of them makes it an index."""
        for path in (self.files.layer, self.files.vectors, self.files.places):
            with writing(path):
                path.unlink(missing_ok=True)
        PatchLayer.create(self.files.layer, crs_of(self.info.making))
        for path in (self.files.vectors, self.files.places):
            with writing(path):
                path.touch()
        self.files.write_info(self.info)

    def _recover(self) -> None:
        """Finish or undo what a killed run has left."""
        if self.info.swapping:
            self.info = self.files.finish_swap(self.info)
        self.files.remove_new()
        Index.open(self.files.folder)  # whether all is there
        rows = self.info.rows
        sizes = rows * self.info.making.dimension, rows * PLACE.itemsize
        files = tuple(zip((self.files.vectors, self.files.places), sizes))
        with writing(self.files.folder):
            is_long = any(path.stat().st_size > size for path, size in files)
        if not is_long:
            return
        # The layer came last, so it goes first: killed in between, the next run sees it as well.
        self.layer.cut(rows)
        for path, size in files:
            with writing(path):
                os.truncate(path, size)

    @property
    def layer(self) -> PatchLayer:
        return PatchLayer(self.files.layer)

    def number_of(self, path: str) -> int | None:
        """The place of a raster among the sources; None where it is not in."""
        paths = [each.file.path for each in self.info.sources]
        return paths.index(path) if path in paths else None

    def tell(self, number: int | None, source: IndexedSource) -> int:
        """Say something new of a source, or of a new one (None); returns its place.

        Like patches, it is kept by the next `commit`.
        """
        sources = list(self.info.sources)
        if number is None:
            number = len(sources)
            sources.append(source)
        else:
            sources[number] = source
        self.info = replace(self.info, sources=tuple(sources))
        return number

    def add(
        self, number: int, vectors: NDArray[Any], corners: NDArray[np.float64], rows: Numbers,
        cols: Numbers,
    ) -> None:  # fmt: skip
        """Patches of a source: (n, dimension) vectors, (n, 4, 2) corners, rows and columns."""
        whole, lengths = quantised(vectors)
        places = placed(corners, number, rows, cols, lengths)
        self._pending.append((number, (whole, places, corners)))

    def commit(self, following: Mapping[int, Range | None]) -> None:
        """Keep all that was added; by source, where its run would go on (None: it is whole).

        Sources that are not named stay as they were told.
        """
        first = self.info.rows
        for number, (_, places, _) in self._pending:
            rows = self.info.rows + len(places)
            source = self.info.sources[number]
            self.tell(number, source.grown(rows, len(places), source.following))
            self.info = replace(self.info, rows=rows)
        for number, where in following.items():
            self.tell(number, replace(self.info.sources[number], following=where))
        if self._pending:
            parts = zip(*(arrays for _, arrays in self._pending))
            vectors, places, corners = (np.concatenate(part) for part in parts)
            _append(self.files.vectors, vectors)
            _append(self.files.places, places)
            self.layer.append(places, corners, first=first, info=self.info)
            self._pending.clear()
            self.added += len(places)
        self.files.write_info(self.info)

    def drop(self, numbers: set[int]) -> None:
        """Leave out some sources with all their patches."""
        if not numbers:
            return
        kept = [n for n in range(len(self.info.sources)) if n not in numbers]
        chosen = sorted((*pair, n) for n in kept for pair in self.info.sources[n].ranges)
        ranges = [(start, stop) for start, stop, _ in chosen]
        sources = tuple(replace(self.info.sources[n], ranges=()) for n in kept)
        rows = 0
        for start, stop, n in chosen:
            place = kept.index(n)
            rows += stop - start
            grown = sources[place].grown(rows, stop - start, sources[place].following)
            sources = (*sources[:place], grown, *sources[place + 1 :])
        self._write_new(ranges, kept)
        info = replace(self.info, rows=rows, sources=sources)
        self.info = self.files.swap(info)

    def _write_new(self, ranges: list[Range], kept: list[int]) -> None:
        """Files of some ranges of rows alone, beside those there are."""
        files, index = self.files, Index.open(self.files.folder)
        renumbered = np.zeros(len(self.info.sources), np.int32)
        renumbered[kept] = np.arange(len(kept))
        parts = [index.places[start:stop] for start, stop in ranges]
        places = np.concatenate([np.zeros(0, PLACE), *parts])
        places["source"] = renumbered[places["source"]]
        new = files.new(files.vectors)
        with writing(new), new.open("wb") as file:
            for start, stop in ranges:
                index.vectors[start:stop].tofile(file)
            settle(file)
        new = files.new(files.places)
        with writing(new), new.open("wb") as file:
            places.tofile(file)
            settle(file)
        self.layer.copy(files.new(files.layer), ranges, places, index.crs)


def _append(path: Path, rows: NDArray[Any]) -> None:
    with writing(path), path.open("ab") as file:
        file.write(np.ascontiguousarray(rows).tobytes())
        settle(file)


def _require_place(files: IndexFiles) -> None:
    """A folder of an index, or one that may become one."""
    folder = files.folder
    with writing(folder):
        is_file = folder.is_file()
    if is_file:
        raise InputError(f"{folder} is a file; give the name of a folder for the index.")
    with writing(folder):
        folder.mkdir(exist_ok=True)
        strange = [
            path.name for path in folder.iterdir()
            if not path.name.startswith(("patches.gpkg", "vectors.i8", "places.bin", "index."))
        ]  # fmt: skip
    if strange and not files.info.exists():
        raise InputError(
            f"The folder {folder} holds other files ({strange[0]}), which are not touched; give a "
            "new folder, such as one inside it."
        )


def require_same(there: Making, wanted: Making, folder: Path) -> None:
    """Vectors of two networks, or of patches of two sizes, cannot be compared."""
    names = {
        "model": "model", "sha256": "network file (SHA-256)", "dimension": "number of values",
        "patch": "patch, in pixels", "step": "step, in pixels", "resolution": "metres per pixel",
        "bands": "bands", "crs": "coordinate system",
    }  # fmt: skip
    for field, words in names.items():
        have, want = getattr(there, field), getattr(wanted, field)
        if have == want:
            continue
        if field == "crs":
            raise InputError(
                f"The index {folder} holds rasters that lie {_where(have)}, this one lies "
                f"{_where(want)}; give it an index of its own."
            )
        raise InputError(
            f"The index {folder} was made with another {words}: {_told(have)}, now it is "
            f"{_told(want)}; use the same as then, or give another folder."
        )


def _where(crs: str) -> str:
    return "on the ground" if crs else "nowhere on the ground"


def _told(value: Any) -> str:
    if value is None or value == ():
        return "the raster's own"
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)[:40]
