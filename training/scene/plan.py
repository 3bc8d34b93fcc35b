# SPDX-License-Identifier: GPL-2.0-or-later
"""The town plan: a bent grid of highways, avenues and streets, and the blocks between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from .bend import Bend, draw_bend
from .style import Colour, Style, vary


@dataclass(frozen=True)
class Way:
    """A road axis in plan coordinates (n, 2); `width` of the tarmac in metres; lanes both ways.

    A "lane" is a country road: no pavement beside it. `surface` is what it is made of if not
    of the scene's asphalt.
    """

    points: np.ndarray
    width: float
    lanes: int
    kind: str  # "highway", "avenue", "street", "lane"
    surface: Colour | None = None


@dataclass(frozen=True)
class Main:
    """A straight main way of the plan, at one u (or one v); `width` of the tarmac in metres."""

    at: float
    width: float
    lanes: int
    kind: str

    def way(self, start: float, end: float, *, constant_u: bool) -> Way:
        """Return the way between two values of the other coordinate."""
        line = _line(self.at, start, self.at, end)
        return Way(line if constant_u else line[:, ::-1], self.width, self.lanes, self.kind)


@dataclass(frozen=True)
class Crossing:
    """Where main `a`, of constant u, meets main `b`, of constant v: "round", "level" or "over"."""

    a: Main
    b: Main
    form: str


@dataclass(frozen=True)
class District:
    """What the blocks of one neighbourhood share; `lush` 0..1 is how green the gardens are."""

    use: str
    roofs: tuple[Colour, ...]
    tiled: bool
    lush: float
    plot: float
    ground: Colour


@dataclass(frozen=True)
class Block:
    """A plan rectangle between streets."""

    u0: float
    v0: float
    u1: float
    v1: float
    district: District

    @property
    def size(self) -> tuple[float, float]:
        """Extent along u and v in metres."""
        return self.u1 - self.u0, self.v1 - self.v0

    @property
    def area(self) -> float:
        return self.size[0] * self.size[1]

    def swapped(self) -> Block:
        """Return the block with u and v exchanged."""
        return Block(self.v0, self.u0, self.v1, self.u1, self.district)

    def gardens(self) -> Iterator[tuple[Block, float]]:
        """Plots in one or two rows back to back, and which v edge (0 or 1) is at their street."""
        length, depth = self.size
        count = max(round(length / self.district.plot), 1)
        rows = 2 if depth > 34 else 1
        for row in range(rows):
            for column in range(count):
                edges = column / count, row / rows, (column + 1) / count, (row + 1) / rows
                yield self.part(*edges), float(row)

    def part(self, u0: float, v0: float, u1: float, v1: float) -> Block:
        """Return the sub-block at shares 0..1 of the sides."""
        length, depth = self.size
        return Block(
            self.u0 + u0 * length,
            self.v0 + v0 * depth,
            self.u0 + u1 * length,
            self.v0 + v1 * depth,
            self.district,
        )


@dataclass(frozen=True)
class Plan:
    bend: Bend
    ways: tuple[Way, ...]
    crossings: tuple[Crossing, ...]
    blocks: tuple[Block, ...]


# use: block length, block depth, street width in metres; odds in a green town, in a desert town
_GRAIN = {
    "villas": ((120, 220), (44, 54), 7.0, 0.24, 0.20),
    "rows": ((100, 180), (44, 52), 7.0, 0.12, 0.10),
    "rings": ((130, 165), (130, 165), 7.0, 0.07, 0.04),
    "flats": ((70, 110), (60, 90), 8.5, 0.12, 0.10),
    "towers": ((90, 150), (90, 130), 11.0, 0.07, 0.07),
    "works": ((90, 150), (70, 110), 9.5, 0.07, 0.09),
    "mall": ((150, 260), (130, 220), 8.0, 0.04, 0.05),
    "park": ((120, 240), (120, 240), 6.0, 0.10, 0.03),
    "golf": ((260, 420), (260, 420), 6.0, 0.06, 0.02),
    "desert": ((180, 320), (150, 280), 7.0, 0.03, 0.17),
    "site": ((120, 200), (110, 180), 7.5, 0.03, 0.10),
    "farm": ((90, 160), (90, 160), 5.0, 0.05, 0.03),
}


_PAVEMENT = 2.1  # metres beside a street


def draw_plan(rng: np.random.Generator, extent: tuple[float, float], style: Style) -> Plan:
    """Draw a plan covering `extent` (width, height in metres)."""
    reach = float(np.hypot(*extent)) / 2 + 40
    mains_u, mains_v = _draw_mains(rng, reach), _draw_mains(rng, reach)
    ways = [main.way(-reach, reach, constant_u=True) for main in mains_u]
    ways += [main.way(-reach, reach, constant_u=False) for main in mains_v]
    blocks: list[Block] = []
    for (u0, u1), (v0, v1) in product(_gaps(mains_u, reach), _gaps(mains_v, reach)):
        cut(rng, Block(u0, v0, u1, v1, _draw_district(rng, style)), ways, blocks)
    crossings = tuple(_cross(rng, a, b) for a, b in product(mains_u, mains_v))
    return Plan(draw_bend(rng, extent), tuple(ways), crossings, tuple(blocks))


def _draw_mains(rng: np.random.Generator, reach: float) -> list[Main]:
    mains, at = [], -reach + rng.uniform(-50, 250)
    while at < reach:
        if rng.random() < 0.10:
            lanes = int(rng.choice([8, 10, 12]))
            mains.append(Main(float(at), lanes * 3.6 + 9.0, lanes, "highway"))
        else:
            lanes = int(rng.choice([2, 4, 6], p=[0.42, 0.45, 0.13]))
            spare = 2.0 if lanes == 2 else 4.5
            mains.append(Main(float(at), lanes * 3.5 + spare, lanes, "avenue"))
        at += rng.uniform(230, 460)
    return mains


def _gaps(mains: list[Main], reach: float) -> list[tuple[float, float]]:
    """Return the spans between main lines, clear of their pavements and verges."""
    edges = [(-reach, 0.0)]
    edges += [(main.at, main.width / 2 + (16 if main.kind == "highway" else 6)) for main in mains]
    edges += [(reach, 0.0)]
    return [
        (a + wide_a, b - wide_b)
        for (a, wide_a), (b, wide_b) in zip(edges, edges[1:])
        if b - wide_b - a - wide_a > 12
    ]


def _cross(rng: np.random.Generator, a: Main, b: Main) -> Crossing:
    if "highway" in (a.kind, b.kind):
        return Crossing(a, b, "over")
    small = max(a.lanes, b.lanes) <= 4
    return Crossing(a, b, "round" if small and rng.random() < 0.35 else "level")


def _draw_district(rng: np.random.Generator, style: Style) -> District:
    wet = 1 - style.dryness
    odds = np.array([row[3] * wet + row[4] * style.dryness for row in _GRAIN.values()])
    use = str(rng.choice(list(_GRAIN), p=odds / odds.sum()))
    picks = rng.permutation(len(style.roofs))[: int(rng.integers(1, 5))]
    return District(
        use=use,
        roofs=tuple(style.roofs[i] for i in picks),
        tiled=bool(rng.random() < style.tiled_share),
        lush=float(np.clip(rng.normal(0.25 + 0.5 * wet, 0.22), 0.02, 1)),
        plot=float(rng.uniform(12, 22)),
        ground=vary(rng, style.paving if rng.random() < 0.6 else style.sand, 0.10),
    )


def cut(rng: np.random.Generator, area: Block, ways: list[Way], blocks: list[Block]) -> None:
    """Cut a district into blocks by streets, ladder-like: depth first, then length."""
    lengths, depths, tarmac = _GRAIN[area.district.use][:3]
    street = tarmac + 2 * _PAVEMENT
    along_u = bool(rng.integers(2))
    u0, v0, u1, v1 = (
        (area.u0, area.v0, area.u1, area.v1) if along_u else (area.v0, area.u0, area.v1, area.u1)
    )
    half = street / 2

    def open_street(*ends: float) -> None:
        line = _line(*ends)
        ways.append(Way(line if along_u else line[:, ::-1], tarmac, 2, "street"))

    for r0, r1 in _slices(rng, (v0, v1), depths, street):
        if r1 + street < v1 - 1:
            open_street(u0 - 7, r1 + half, u1 + 7, r1 + half)
        for c0, c1 in _slices(rng, (u0, u1), lengths, street):
            if c1 + street < u1 - 1:
                open_street(c1 + half, r0 - half, c1 + half, r1 + half)
            corners = (c0, r0, c1, r1) if along_u else (r0, c0, r1, c1)
            blocks.append(Block(*corners, area.district))


def _slices(
    rng: np.random.Generator, span: tuple[float, float], grain: tuple[float, float], street: float
) -> list[tuple[float, float]]:
    length = span[1] - span[0]
    count = max(round((length + street) / (rng.uniform(*grain) + street)), 1)
    size = (length - (count - 1) * street) / count
    starts = span[0] + np.arange(count) * (size + street)
    return [(float(start), float(start + size)) for start in starts]


def _line(u0: float, v0: float, u1: float, v1: float) -> np.ndarray:
    count = max(int(np.hypot(u1 - u0, v1 - v0) / 6), 2)
    return np.column_stack([np.linspace(u0, u1, count), np.linspace(v0, v1, count)])
