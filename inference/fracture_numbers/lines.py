# SPDX-License-Identifier: GPL-2.0-or-later
"""Fracture lines as they come: map coordinates, and what else is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rasterio.crs import CRS

from ..errors import InputError


@dataclass(frozen=True, eq=False)
class FractureLines:
    """Lines behind one another in flat arrays; every line has a length.

    `points` (n, 2) are x, y of the map, y up (pixels below the origin have negative y, as QGIS
    draws a raster without a place). `starts` (lines + 1,) says where each line begins. `sets`
    (lines,) is 0 for none. `cut` (lines, 2) says which ends lie at the edge of what was seen.
    """

    points: NDArray[np.float64]
    starts: NDArray[np.int64]
    sets: NDArray[np.int64]
    cut: NDArray[np.bool_]
    crs: CRS | None
    set_names: tuple[str, ...] = ()
    """Of sets 1, 2, ...; empty where they go by number."""
    left_out: tuple[str, ...] = ()
    """What could not be used, in sentences."""

    @classmethod
    def of(
        cls,
        polylines: Sequence[ArrayLike],
        *,
        crs: CRS | None,
        sets: Sequence[int] | None = None,
        set_names: tuple[str, ...] = (),
        cut: Sequence[tuple[bool, bool]] | None = None,
        left_out: tuple[str, ...] = (),
    ) -> FractureLines:
        """Lines (n, 2); those without a length or with a number that is none are left out.

        Raises InputError where no line remains.
        """
        cleaned = [_cleaned(each) for each in polylines]
        kept = [index for index, points in enumerate(cleaned) if points is not None]
        if not kept:
            raise InputError(_NOTHING.format(_that_many(len(cleaned), "line")))
        parts = [cleaned[index] for index in kept]
        return cls(
            points=np.concatenate(parts),
            starts=np.cumsum([0, *map(len, parts)]),
            sets=_chosen(sets, kept, 0).astype(np.int64),
            cut=_chosen(cut, kept, (False, False)).astype(np.bool_),
            crs=crs,
            set_names=set_names,
            left_out=(*left_out, *_told(len(cleaned) - len(kept))),
        )

    def __len__(self) -> int:
        return self.starts.size - 1

    def line(self, index: int) -> NDArray[np.float64]:
        """(n, 2) points of one line."""
        return self.points[self.starts[index] : self.starts[index + 1]]


_NOTHING = (
    "There is no line to measure: of {} none has a length and finite coordinates; give a layer of "
    "fracture lines."
)


def ends_cut(fields: Mapping[str, object]) -> tuple[bool, bool]:
    """Which ends of a trace lie at the border of what was seen, by the fields of its layer."""
    return fields.get("cut_1") == 1, fields.get("cut_2") == 1


def _cleaned(line: ArrayLike) -> NDArray[np.float64] | None:
    """The line without repeated points; None where it has no length."""
    points = np.asarray(line, np.float64)
    if points.ndim != 2 or points.shape[1] < 2 or not np.isfinite(points[:, :2]).all():
        return None
    points = points[:, :2]
    moved = (np.diff(points, axis=0) != 0).any(axis=1)
    points = points[np.concatenate([[True], moved])] if len(points) else points
    return points if len(points) >= 2 else None


def _chosen(
    values: Sequence[object] | None, kept: list[int], default: object
) -> NDArray[np.generic]:
    if values is None:
        return np.array([default] * len(kept))
    return np.array([values[index] for index in kept])


def _told(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    verb = "was" if count == 1 else "were"
    return (f"{_that_many(count, 'line')} without a length or a finite place {verb} left out.",)


def _that_many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
