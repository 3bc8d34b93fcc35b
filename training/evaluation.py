# SPDX-License-Identifier: GPL-2.0-or-later
"""What an evaluation is asked, and what it answers; the same for every task."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, Union

import numpy as np

from ..inference.cards.card import ModelCard
from .metrics import Counts, Reliability

Figure = Union[float, int, str]
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Request:
    """A network, labelled data, and rasters without labels to show with their maps.

    `labels` "auto" is found out from the data; `resolution_m` None is what such pictures usually
    have; `augment` is the views of each tile, `limit` how many objects are tried, None: all. Only
    `wants_report` costs the time to paint. `folder` takes temporary files, `tell` a line about each
    picture.
    """

    card: ModelCard
    data: Path
    folder: Path
    labels: str = "auto"
    resolution_m: float | None = None
    held_out: bool = False
    shows: tuple[Path, ...] = ()
    wants_report: bool = True
    augment: int = 1
    limit: int | None = None
    threads: int | None = None
    tell: Callable[[str], None] = lambda line: None


def spread(things: Sequence[Thing], most: int | None) -> tuple[Thing, ...]:
    """All, or `most` of them at even distances, the same every time."""
    if most is None or most >= len(things):
        return tuple(things)
    return tuple(things[int(place)] for place in (np.arange(most) + 0.5) * len(things) / most)


@dataclass(frozen=True)
class Panel:
    """One picture and its caption: (H, W, 3) uint8 RGB, or (H, W, 4) with alpha.

    A photograph may be compressed with loss, a map may not.
    """

    caption: str
    pixels: np.ndarray
    is_photograph: bool = False


@dataclass(frozen=True)
class Swatch:
    """One line of a legend: a colour `#RRGGBB`, a name, and words such as its area."""

    color: str
    name: str
    words: str = ""


@dataclass(frozen=True)
class PictureRow:
    """Pictures of one place side by side, with words before and a legend after them."""

    title: str
    words: str
    panels: tuple[Panel, ...]
    legend: tuple[Swatch, ...] = ()


@dataclass(frozen=True)
class Part:
    """One picture of the data: its figure (`Pages.part_figure` says which), labelled pixels."""

    name: str
    figure: float
    pixels: int


@dataclass(frozen=True)
class Line:
    """A line of a chart of precision by recall: both (n,), from the loosest threshold on."""

    name: str
    color: str
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    words: str


@dataclass(frozen=True)
class Pages:
    """What a report shows besides the figures; what is empty or None gets no section.

    `matrix` is (truths, answers), counts of what `counted` says; where answers are no classes it is
    empty and `totals` says how many there are of each truth. `per_class` has one value a truth for
    each kind of figure.
    """

    truths: tuple[str, ...]
    answers: tuple[str, ...]
    truth_colors: tuple[str, ...]
    matrix: Counts
    per_class: Mapping[str, np.ndarray]
    reliability: Reliability | None
    parts: tuple[Part, ...]
    part_figure: str
    examples: tuple[PictureRow, ...]
    legend: tuple[Swatch, ...]
    shown: tuple[PictureRow, ...]
    counted: str = "pixels"
    totals: tuple[int, ...] = ()
    curves: tuple[Line, ...] = ()

    def total(self, truth: int) -> int:
        """How many were counted of a truth."""
        return self.totals[truth] if self.totals else int(self.matrix[truth].sum())


@dataclass(frozen=True)
class Evaluation:
    """Flat figures, words on what they were taken from, the names of those that say most with their
    titles, and the pages of a report where one is wanted."""

    title: str
    figures: Mapping[str, Figure]
    words: str
    headline: tuple[tuple[str, str], ...]
    pages: Pages | None
