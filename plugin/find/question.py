# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page asks the worker, and what comes back: values that hold nothing of Qt or the engine.

The engine's own words for both are made in the worker, so that opening the page loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .example import XY, Example, Patch

COUNT = 60
"""Results unless the user wants more."""

WHOLE, UNFINISHED, CHANGED, GONE = "whole", "unfinished", "changed", "gone"
"""How a raster of an index is now."""


@dataclass(frozen=True)
class Limits:
    """Where, when and in what is searched; None is everywhere, at any time, in all.

    `area` is a GeoJSON-like polygon in the index's coordinates, `dates` the first and the last day,
    of which one may be "", `rasters` are paths.
    """

    area: Mapping[str, Any] | None = field(default=None, hash=False)
    dates: tuple[str, str] | None = None
    rasters: tuple[str, ...] | None = None
    count: int = COUNT
    apart: bool = True


@dataclass(frozen=True)
class Question:
    """`number` rises from each to the next, so that answers can be told apart."""

    number: int
    folder: str
    is_placed: bool
    examples: tuple[Example, ...]
    limits: Limits


@dataclass(frozen=True)
class Found:
    """A patch like the examples; `ring` goes around it, in the index's coordinates."""

    rank: int
    score: float
    patch: Patch
    date: str
    ring: tuple[XY, ...]

    @property
    def middle(self) -> XY:
        xs, ys = [x for x, _ in self.ring], [y for _, y in self.ring]
        return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


@dataclass(frozen=True)
class Answer:
    """What was found among `compared` patches, or (`trouble`) why nothing could be.

    `notes` are sentences for the user; `refused` are examples by which nothing can be found, such
    as those that lie in no raster of the index.
    """

    question: Question
    found: tuple[Found, ...] = ()
    compared: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    refused: tuple[Example, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Thumbnail:
    """A small picture of a patch as bytes of RGB, or none and why."""

    patch: Patch
    pixels: bytes = b""
    side: int = 0
    trouble: str = ""


@dataclass(frozen=True)
class Written:
    """A file the worker has made, of which question, and what the user should know of it."""

    question: Question
    path: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class RasterInIndex:
    path: str
    patches: int
    date: str
    state: str


@dataclass(frozen=True)
class IndexState:
    """What is in a folder; `is_there` is False where nothing has been made yet, `trouble` says why
    nothing can be read. `made` is when it was changed last, seconds since 1970.
    """

    folder: str
    is_there: bool = False
    trouble: str = ""
    model: str = ""
    model_file: str = ""
    patches: int = 0
    made: float = 0.0
    is_placed: bool | None = None
    rasters: tuple[RasterInIndex, ...] = ()

    def raster(self, path: str) -> RasterInIndex | None:
        """The raster at a path; None where it is not in."""
        return next((each for each in self.rasters if each.path == path), None)
