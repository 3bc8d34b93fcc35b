# SPDX-License-Identifier: GPL-2.0-or-later
"""Vectors of an index once more, those that are alike side by side: beyond a million not all of
them are compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .index_info import IndexInfo

VERSION = 1
FOLDER = "groups"
Promises = tuple[NDArray[np.intp], NDArray[np.float64]]


@dataclass(frozen=True)
class Groups:
    """The first `count` vectors of an index in another order, mapped into memory.

    `middles` (groups, dimension) are unit vectors, `closeness` (groups,) is the mean cosine of
    members with them, `edges` (groups + 1,) say where each group begins; `rows` (count,) are those
    of the index, `vectors` (count, dimension) int8 and `lengths` (count,) theirs. `reach` tells how
    far members stray towards a query, as was found by trying.
    """

    middles: NDArray[np.float32]
    closeness: NDArray[np.float32]
    edges: NDArray[np.int64]
    rows: NDArray[np.int64]
    vectors: NDArray[np.int8]
    lengths: NDArray[np.float32]
    reach: float

    @property
    def count(self) -> int:
        return len(self.rows)

    @classmethod
    def read(cls, folder: Path, info: IndexInfo) -> Groups | None:
        """Those of an index; None where there are none, or they are of vectors it has no longer."""
        files = GroupFiles(folder / FOLDER)
        try:
            told = json.loads(files.info.read_text(encoding="utf-8"))
            before = IndexInfo.from_json(told["index"], name=str(files.info))
            if told["version"] != VERSION or not begins_like(info, before):
                return None
            count, groups = before.rows, len(told["edges"]) - 1
            dimension = info.making.dimension
            return cls(
                np.fromfile(files.middles, np.float32).reshape(groups, dimension),
                np.array(told["closeness"], np.float32),
                np.array(told["edges"], np.int64),
                np.memmap(files.rows, np.int64, mode="r", shape=(count,)),
                np.memmap(files.vectors, np.int8, mode="r", shape=(count, dimension)),
                np.memmap(files.lengths, np.float32, mode="r", shape=(count,)),
                float(told["reach"]),
            )
        except (OSError, ValueError, KeyError, TypeError, InputError):
            # Absent, or cut off by a full disk: they only save time, and are made again.
            return None

    def promising(self, query: NDArray[np.float64]) -> Promises:
        """The groups by the score that hardly any member exceeds, the highest first."""
        ahead, aside = outlook(query, self.middles, self.closeness)
        score = ahead + self.reach * aside
        order = np.argsort(-score, kind="stable")
        return order, score[order]


def outlook(
    query: NDArray[np.float64], middles: NDArray[np.float32], closeness: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(groups,) scores of members that stray from the middle aside, and what more they have when
    they stray right towards the query.

    By the cosine rule of the sphere: with the angles a from query to middle and b from middle to
    member, and t between both ways, the score is cos a cos b + sin a sin b cos t. In many
    dimensions cos t is near 0: how far it goes is the reach.
    """
    length = float(np.linalg.norm(query))
    direction = query / max(length, 1e-30)
    cosine = np.clip(np.einsum("ij,j->i", middles, direction), -1.0, 1.0)
    close = np.clip(closeness.astype(np.float64), 0.0, 1.0)
    aside = np.sqrt(1.0 - cosine**2) * np.sqrt(1.0 - close**2)
    return length * cosine * close, length * aside


@dataclass(frozen=True)
class GroupFiles:
    """`groups.json` is written last and says how many members count."""

    folder: Path

    @property
    def info(self) -> Path:
        return self.folder / "groups.json"

    @property
    def middles(self) -> Path:
        return self.folder / "middles.f4"

    @property
    def rows(self) -> Path:
        return self.folder / "rows.i8"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors.i8"

    @property
    def lengths(self) -> Path:
        return self.folder / "lengths.f4"


def begins_like(info: IndexInfo, before: IndexInfo) -> bool:
    """Whether an index has only grown since: its first rows are still of the same rasters."""
    if info.making != before.making or info.rows < before.rows or info.swapping:
        return False
    if len(info.sources) < len(before.sources):
        return False
    for now, then in zip(info.sources, before.sources):
        first = [(a, min(b, before.rows)) for a, b in now.ranges if a < before.rows]
        if not now.file.looks_like(then.file) or now.area != then.area:
            return False
        if first != list(then.ranges):
            return False
    return not any(
        a < before.rows for each in info.sources[len(before.sources) :] for a, _ in each.ranges
    )


def as_json(
    info: IndexInfo, edges: NDArray[np.int64], closeness: NDArray[np.float32], reach: float
) -> str:
    """What `read` reads."""
    told = {
        "version": VERSION,
        "index": info.to_json(),
        "edges": edges.tolist(),
        "closeness": closeness.tolist(),
        "reach": reach,
    }
    return json.dumps(told)
