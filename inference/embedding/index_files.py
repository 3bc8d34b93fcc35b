# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of an index: which they are, and how several of them are exchanged at once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from ..runs.partial_file import writing
from .index_info import IndexInfo

_NEW = ".new"
Edition = tuple[int, int, int]
"""`index.json` is written anew, under its name in one step, with whatever changes the index."""


@dataclass(frozen=True)
class IndexFiles:
    """`patches.gpkg` is a layer, `vectors.i8` (rows, dimension) int8, `places.bin` a record a row
    (see places.py) so that filters need no database, `index.json` says how many rows count.

    Law: whatever is killed at whatever moment, the rows that `index.json` counts are whole in every
    file; what lies behind them is cut off by the next run.
    """

    folder: Path

    @property
    def layer(self) -> Path:
        return self.folder / "patches.gpkg"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors.i8"

    @property
    def places(self) -> Path:
        return self.folder / "places.bin"

    @property
    def info(self) -> Path:
        return self.folder / "index.json"

    def read_info(self) -> IndexInfo:
        """What the index says of itself; InputError where there is none."""
        try:
            text = self.info.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise _no_index(self.folder, error) from error
        return IndexInfo.from_json(text, name=str(self.info))

    def edition(self) -> Edition:
        """What differs after every change of the index; InputError where there is none."""
        try:
            stat = self.info.stat()
        except OSError as error:
            raise _no_index(self.folder, error) from error
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def write_info(self, info: IndexInfo) -> None:
        """Say so from now on, in one step."""
        new = self.new(self.info)
        with writing(self.info), new.open("wb") as file:
            file.write(info.to_json().encode("utf-8"))
            settle(file)
        with writing(self.info):
            new.replace(self.info)

    def new(self, path: Path) -> Path:
        """Where what will take a file's place is written."""
        return path.with_name(path.name + _NEW)

    def swap(self, info: IndexInfo) -> IndexInfo:
        """Let new layer, vectors and places, which are whole, take the place of the old ones.

        Written down first, so that whoever comes after a kill goes on with it.
        """
        self.write_info(replace(info, swapping=True))
        return self.finish_swap(info)

    def finish_swap(self, info: IndexInfo) -> IndexInfo:
        """Give the files their names that do not have them yet."""
        for path in (self.layer, self.vectors, self.places):
            with writing(path):
                if self.new(path).exists():
                    self.new(path).replace(path)
        done = replace(info, swapping=False)
        self.write_info(done)
        return done

    def remove_new(self) -> None:
        """What a killed run has left of files that never were whole."""
        for path in (self.layer, self.vectors, self.places, self.info):
            for ending in ("", "-journal"):
                left = self.new(path)
                with writing(path):
                    left.with_name(left.name + ending).unlink(missing_ok=True)


def settle(file: BinaryIO) -> None:
    """Have it on the disk, not only on its way there."""
    file.flush()
    os.fsync(file.fileno())


def _no_index(folder: Path, error: Exception) -> InputError:
    return InputError(f"{folder} is no index ({error}); give a folder that 'embed' has made.")
