# SPDX-License-Identifier: GPL-2.0-or-later
"""The town plan: a bent street grid with its mains, streets and blocks."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Bend:
    """Maps plan coordinates (u, v) to the ground (x, y), both metres: a turn and a few long waves."""

    centre: tuple[float, float]
    angle: float
    waves: tuple[tuple[float, float, float, float, float], ...]  # ku, kv, du, dv, phase

    def ground(self, uv: np.ndarray) -> np.ndarray:
        """Return the ground points (n, 2) of plan points (n, 2)."""
        moved = np.array(uv, np.float64)
        source = moved.copy()
        for ku, kv, du, dv, phase in self.waves:
            swing = np.sin(source[:, 0] * ku + source[:, 1] * kv + phase)[:, None]
            moved += swing * (du, dv)
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return moved @ np.array([[cos, sin], [-sin, cos]]) + self.centre

    def heading(self, u: float, v: float) -> float:
        """Return the ground angle of the plan's u axis at a point, radians."""
        a, b = self.ground(np.array([[u - 2, v], [u + 2, v]]))
        return float(np.arctan2(b[1] - a[1], b[0] - a[0]))


@dataclass(frozen=True)
class Way:
    """A road axis in plan coordinates (n, 2); width of the tarmac in metres; lanes both ways."""

    points: np.ndarray
    width: float
    lanes: int
    main: bool


@dataclass(frozen=True)
class Block:
    """A plan rectangle between streets, and the use of its district."""

    u0: float
    v0: float
    u1: float
    v1: float
    use: str

    @property
    def size(self) -> tuple[float, float]:
        return self.u1 - self.u0, self.v1 - self.v0


@dataclass(frozen=True)
class Plan:
    bend: Bend
    ways: tuple[Way, ...]
    blocks: tuple[Block, ...]


# use: (block length, block depth) in metres, street width
_GRAIN = {
    "villas": ((110, 190), (50, 62), 7.5),
    "flats": ((80, 130), (70, 100), 9.0),
    "towers": ((90, 150), (90, 130), 11.0),
    "works": ((110, 180), (80, 120), 10.0),
    "park": ((120, 220), (120, 220), 7.0),
    "desert": ((180, 320), (150, 280), 7.0),
    "farm": ((90, 160), (90, 160), 6.0),
}


def draw_plan(rng: np.random.Generator, extent: tuple[float, float], dryness: float) -> Plan:
    """Draw a plan covering `extent` (width, height in metres)."""
    bend = _draw_bend(rng, extent)
    reach = float(np.hypot(*extent)) / 2 + 40
    us, vs = _main_lines(rng, reach), _main_lines(rng, reach)
    ways: list[Way] = []
    blocks: list[Block] = []
    widths_u = [_main_width(rng) for _ in us]
    widths_v = [_main_width(rng) for _ in vs]
    for at, (width, lanes) in zip(us, widths_u):
        ways.append(Way(_line(at, -reach, at, reach), width, lanes, True))
    for at, (width, lanes) in zip(vs, widths_v):
        ways.append(Way(_line(-reach, at, reach, at), width, lanes, True))
    bounds_u = _gaps(us, widths_u, reach)
    bounds_v = _gaps(vs, widths_v, reach)
    for u0, u1 in bounds_u:
        for v0, v1 in bounds_v:
            use = _draw_use(rng, dryness)
            _cut(rng, Block(u0, v0, u1, v1, use), ways, blocks)
    return Plan(bend, tuple(ways), tuple(blocks))


def _draw_bend(rng: np.random.Generator, extent: tuple[float, float]) -> Bend:
    strength = float(rng.choice([0.0, 0.12, 0.25], p=[0.3, 0.4, 0.3]))
    waves = []
    for _ in range(3):
        length = rng.uniform(350, 900)
        course = rng.uniform(0, 2 * np.pi)
        k = 2 * np.pi / length
        amplitude = strength / k * rng.uniform(0.4, 0.8)
        side = rng.uniform(0, 2 * np.pi)
        waves.append((k * np.cos(course), k * np.sin(course), amplitude * np.cos(side),
                      amplitude * np.sin(side), rng.uniform(0, 2 * np.pi)))
    return Bend((extent[0] / 2, extent[1] / 2), float(rng.uniform(0, np.pi)), tuple(waves))


def _main_lines(rng: np.random.Generator, reach: float) -> list[float]:
    lines, at = [], -reach + rng.uniform(-50, 250)
    while at < reach:
        lines.append(float(at))
        at += rng.uniform(200, 380)
    return lines


def _main_width(rng: np.random.Generator) -> tuple[float, int]:
    lanes = int(rng.choice([2, 4, 6, 8], p=[0.25, 0.45, 0.2, 0.1]))
    return lanes * 3.5 + (2 if lanes == 2 else 4.5), lanes


def _gaps(lines: list[float], widths: list[tuple[float, int]], reach: float) -> list[tuple[float, float]]:
    edges = [(-reach, 0.0)] + [(at, w[0] / 2 + 4) for at, w in zip(lines, widths)] + [(reach, 0.0)]
    return [(a + wa, b - wb) for (a, wa), (b, wb) in zip(edges, edges[1:]) if b - wb - a - wa > 12]


def _draw_use(rng: np.random.Generator, dryness: float) -> str:
    uses = ("villas", "flats", "towers", "works", "park", "desert", "farm")
    odds = np.array([0.36, 0.16, 0.08, 0.10, 0.10 * (1.4 - dryness), 0.06 + 0.22 * dryness,
                     0.10 * (1.2 - dryness)])
    return str(rng.choice(uses, p=odds / odds.sum()))


def _cut(rng: np.random.Generator, area: Block, ways: list[Way], blocks: list[Block]) -> None:
    """Cut a district into blocks by streets, ladder-like: depth first, then length."""
    (low, high), (shallow, deep), street = _GRAIN[area.use]
    along_u = bool(rng.integers(2))
    u0, v0, u1, v1 = (area.u0, area.v0, area.u1, area.v1) if along_u else (
        area.v0, area.u0, area.v1, area.u1)

    def flip(points: np.ndarray) -> np.ndarray:
        return points if along_u else points[:, ::-1]

    half = street / 2
    for r0, r1 in _slices(rng, (v0, v1), (shallow, deep), street):
        if r1 + street < v1 - 1:
            ways.append(Way(flip(_line(u0 - 6, r1 + half, u1 + 6, r1 + half)), street, 2, False))
        for c0, c1 in _slices(rng, (u0, u1), (low, high), street):
            if c1 + street < u1 - 1:
                ways.append(
                    Way(flip(_line(c1 + half, r0 - half, c1 + half, r1 + half)), street, 2, False))
            corners = (c0, r0, c1, r1) if along_u else (r0, c0, r1, c1)
            blocks.append(Block(*corners, area.use))


def _slices(
    rng: np.random.Generator, span: tuple[float, float], grain: tuple[float, float], street: float
) -> list[tuple[float, float]]:
    length = span[1] - span[0]
    count = max(int(round((length + street) / (rng.uniform(*grain) + street))), 1)
    size = (length - (count - 1) * street) / count
    return [(span[0] + i * (size + street), span[0] + i * (size + street) + size)
            for i in range(count)]


def _line(u0: float, v0: float, u1: float, v1: float) -> np.ndarray:
    count = max(int(np.hypot(u1 - u0, v1 - v0) / 6), 2)
    return np.column_stack([np.linspace(u0, u1, count), np.linspace(v0, v1, count)])
