# SPDX-License-Identifier: GPL-2.0-or-later
"""All figures of a study of fractures, with their units."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .topology import Topology

ENOUGH = 50
"""Lengths in a tail, below which an exponent says little (Clauset, Shalizi & Newman 2009)."""


@dataclass(frozen=True)
class Lengths:
    """How long traces are, in the unit; of each as much as lies inside the area.

    `censored` of the `count` have an end that nobody saw: they may be longer.
    """

    count: int
    censored: int
    total: float
    mean: float
    spread: float
    """Standard deviation."""
    least: float
    lower: float
    """A quarter of the traces is shorter."""
    median: float
    upper: float
    """A quarter of the traces is longer."""
    largest: float


@dataclass(frozen=True)
class Rival:
    """Another distribution beside the power law, on the same tail (Vuong 1989).

    `ratio` is the normalised log-likelihood ratio, above 0 where the power law is likelier; `p` the
    probability of one as far from 0 where both are equally good.
    """

    name: str
    ratio: float
    p: float


@dataclass(frozen=True)
class PowerLaw:
    """p(x) ~ x^-exponent from `least` on (Clauset, Shalizi & Newman 2009).

    `error` is one standard error, `count` how many lengths are in the tail, `distance` that of
    Kolmogorov and Smirnov, `p` the share of `rounds` made samples that fit worse (None: not asked).
    """

    exponent: float
    error: float
    least: float
    count: int
    distance: float
    p: float | None
    rounds: int
    rivals: tuple[Rival, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there are enough lengths to tell, and the law is not implausible."""
        return self.count >= ENOUGH and (self.p is None or self.p >= 0.1)


@dataclass(frozen=True)
class Rose:
    """How directions are spread, in equal bins from 0 to 180 degrees clockwise from north.

    `count` has traces by their mean direction, `length` metres (pixels) of segments by theirs.
    `mean` and `resultant` (0 none .. 1 all alike) are axial, `p` Rayleigh's: the probability of
    so much order where there is none. The `weighted` ones count by length.
    """

    width: float
    count: tuple[int, ...]
    length: tuple[float, ...]
    mean: float
    resultant: float
    p: float
    weighted_mean: float
    weighted_resultant: float


@dataclass(frozen=True)
class SetNumbers:
    """One set of directions: how many traces, how long together, where to, how steady.

    `name` is what it is called, "set 1" where nobody named it. `p21` is the set's own length by
    area; None where there is no area.
    """

    set: int
    name: str
    count: int
    length: float
    mean: float
    spread: float
    """Circular standard deviation, degrees."""
    p21: float | None


@dataclass(frozen=True)
class Blocks:
    """Areas that fractures enclose, in the unit squared; those at the edge are cut by it."""

    count: int
    total: float
    mean: float | None
    least: float | None
    lower: float | None
    median: float | None
    upper: float | None
    largest: float | None
    edge_count: int
    edge_total: float


@dataclass(frozen=True)
class AreaNumbers:
    """One sampling area in numbers; what is divided by the area is None where there is none.

    `traces` are those with a part inside; `ends` the trace ends inside, those at the edge left
    out. `p20` is ends / 2 / area, so that a trace which the edge cuts counts a half: neighbouring
    areas add up. `p21` is length / area. `mean_length` is p21 / p20, which edges do not bias
    (Mauldon 1998). `p22`, `b20` and `b22` are Sanderson & Nixon's.
    """

    name: str
    kind: str
    area: float | None
    traces: int
    ends: int
    length: float
    p20: float | None
    p21: float | None
    p22: float | None
    b20: float | None
    b22: float | None
    mean_length: float | None
    topology: Topology
    lengths: Lengths | None
    blocks: Blocks

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "topology": self.topology.as_dict()}


@dataclass(frozen=True)
class FractureNumbers:
    """All of them: the `whole`, and each of the `areas` where several were given.

    `unit` is "m" or "px"; `snap` the distance within which an end abuts; `plane` how was measured.
    """

    unit: str
    plane: str
    snap: float
    lines: int
    whole: AreaNumbers
    areas: tuple[AreaNumbers, ...]
    rose: Rose
    sets: tuple[SetNumbers, ...]
    power_law: PowerLaw | None
    warnings: tuple[str, ...]

    @property
    def area(self) -> float | None:
        return self.whole.area

    @property
    def p20(self) -> float | None:
        return self.whole.p20

    @property
    def p21(self) -> float | None:
        return self.whole.p21

    @property
    def traces(self) -> int:
        return self.whole.traces

    @property
    def total_length(self) -> float:
        return self.whole.length

    @property
    def mean_length(self) -> float | None:
        return self.whole.mean_length

    @property
    def exponent(self) -> float | None:
        """Of the power law of lengths; None where none was fitted."""
        return None if self.power_law is None else self.power_law.exponent

    @property
    def i(self) -> int:
        return self.whole.topology.i

    @property
    def y(self) -> int:
        return self.whole.topology.y

    @property
    def x(self) -> int:
        return self.whole.topology.x

    @property
    def connections_per_branch(self) -> float | None:
        return self.whole.topology.per_branch

    @property
    def blocks(self) -> int:
        """How many that the edge does not cut."""
        return self.whole.blocks.count

    def as_dict(self) -> dict[str, Any]:
        """All of it in plain types."""
        areas = [each.as_dict() for each in self.areas]
        return {**asdict(self), "whole": self.whole.as_dict(), "areas": areas}

    def to_json(self, more: Mapping[str, Any] | None = None) -> str:
        return json.dumps({**self.as_dict(), **(more or {})}, indent=2, default=str)
