# SPDX-License-Identifier: GPL-2.0-or-later
"""The other drawings of the report: sizes, their cumulative distribution, kinds of nodes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from .numbers import PowerLaw
from .svg import GREY, MARK, OVER, bar, drawing, log_steps, number, round_steps, rule, text
from .topology import Topology

_WIDTH, _HEIGHT, _LEFT, _TOP = 520, 300, 62, 14
_BINS_A_DECADE, _FEWEST, _MOST = 8, 6, 26
_POINTS = 400
_SIDE = 330

Values = NDArray[np.float64]


def size_histogram(values: Values, *, label: str, axis: str, color: str = MARK) -> str:
    """How many of each size, in bins that are equally wide on a logarithmic axis."""
    low, high = _span(values)
    count = min(max(_FEWEST, round(_BINS_A_DECADE * math.log10(high / low))), _MOST)
    edges = np.geomspace(low, high, count + 1)
    numbers, _ = np.histogram(values, edges)
    most = max(int(numbers.max()), 1)
    steps = [each for each in round_steps(0, most) if each == int(each)]
    top = max(steps[-1], most)
    parts = [_axes(low, high, axis, "how many")]
    for each in steps:
        y = _TOP + _HEIGHT * (1 - each / top)
        parts.append(rule(_LEFT, y, _LEFT + _WIDTH, y) + _left_number(y, f"{each:g}"))
    width = _WIDTH / count
    for index, many in enumerate(numbers.tolist()):
        if many:
            words = f"{number(edges[index])} to {number(edges[index + 1])}: {many:,}"
            height = _HEIGHT * many / top
            x = _LEFT + index * width + 1
            parts.append(
                bar(x, _TOP + _HEIGHT - height, width - 2, height, words=words, color=color)
            )
    return _whole(label, parts)


def cumulative_plot(values: Values, law: PowerLaw | None, *, label: str, axis: str) -> str:
    """The share of all that is at least as long, both axes logarithmic; the law above its start."""
    low, high = _span(values)
    ordered = np.sort(values)
    share = 1 - np.arange(len(ordered)) / len(ordered)
    least = 10.0 ** math.floor(math.log10(share[-1]) - 1e-9)
    parts = [_axes(low, high, axis, "share at least as long")]
    for exponent in range(round(math.log10(least)), 1):
        y = _down(10.0**exponent, least)
        parts.append(rule(_LEFT, y, _LEFT + _WIDTH, y))
        parts.append(_left_number(y, f"{10.0**exponent:g}"))
    chosen = np.unique(np.round(len(ordered) - np.geomspace(1, len(ordered), _POINTS)).astype(int))
    dots = "".join(
        f'<circle cx="{_across(ordered[at], low, high):.1f}" '
        f'cy="{_down(share[at], least):.1f}" r="2.4"/>'
        for at in chosen
    )
    parts.append(f'<g fill="{MARK}" fill-opacity="0.75">{dots}</g>')
    if law is not None:
        parts.append(_law(law, len(ordered), low, high, least))
    return _whole(label, parts)


def _law(law: PowerLaw, total: int, low: float, high: float, least: float) -> str:
    start = law.count / total
    end = min(high, law.least * (least / start) ** (-1 / (law.exponent - 1)))
    there = start * (end / law.least) ** (1 - law.exponent)
    x0, y0 = _across(law.least, low, high), _down(start, least)
    x1, y1 = _across(end, low, high), _down(there, least)
    return (
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="{OVER}" stroke-width="2.6"/>'
        f'<path d="M{x0:.1f} {_TOP}V{_TOP + _HEIGHT}" stroke="{OVER}" stroke-dasharray="3 4" '
        'opacity="0.8"/>'
        + text(x0 + 6, _TOP + _HEIGHT - 8, f"from {number(law.least)} on", anchor="start",
               more=f'fill="{OVER}"')
    )  # fmt: skip


def _span(values: Values) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low * 1.01 else (low / 2, high * 2)


def _axes(low: float, high: float, axis: str, upright: str) -> str:
    floor = _TOP + _HEIGHT
    ticks = "".join(
        rule(_across(each, low, high), _TOP, _across(each, low, high), floor, opacity=0.08)
        + text(_across(each, low, high), floor + 18, number(each))
        for each in log_steps(low, high)
    )
    return (
        ticks
        + rule(_LEFT, floor, _LEFT + _WIDTH, floor, opacity=0.5)
        + text(_LEFT + _WIDTH / 2, floor + 38, axis)
        + text(14, _TOP + _HEIGHT / 2, upright, turned=True)
    )


def _left_number(y: float, words: str) -> str:
    return text(_LEFT - 8, y + 4, words, anchor="end")


def _across(value: float, low: float, high: float) -> float:
    return _LEFT + _WIDTH * math.log(value / low) / math.log(high / low)


def _down(share: float, least: float) -> float:
    return _TOP + _HEIGHT * math.log(share) / math.log(least)


def _whole(label: str, parts: Sequence[str]) -> str:
    return drawing(_LEFT + _WIDTH + 14, _TOP + _HEIGHT + 46, label, "".join(parts))


def ternary(whole: Topology, areas: Sequence[tuple[str, Topology]]) -> str:
    """I, Y and X nodes as shares; along each thin line there are as many connections a branch."""
    (top, left, right) = _corners()
    parts = [
        f'<path d="M{top[0]:.1f} {top[1]:.1f}L{left[0]:.1f} {left[1]:.1f}L{right[0]:.1f} '
        f'{right[1]:.1f}Z" fill="currentColor" fill-opacity="0.04" stroke="currentColor" '
        'stroke-width="1.2" stroke-opacity="0.6"/>',
        text(top[0], top[1] - 8, "I", more='font-weight="600"'),
        text(left[0] - 12, left[1] + 8, "Y", more='font-weight="600"'),
        text(right[0] + 12, right[1] + 8, "X", more='font-weight="600"'),
        *(_fifths(each / 5) for each in range(1, 5)),
        *(_connections(each) for each in (0.5, 1.0, 1.5)),
        *(_dot(name, each, 4.0, GREY) for name, each in areas),
        _dot("all", whole, 7.0, OVER),
    ]
    return drawing(_SIDE + 70, _SIDE * 0.866 + 56, "Kinds of nodes", "".join(parts))


def _corners() -> tuple[tuple[float, float], ...]:
    height = _SIDE * math.sqrt(3) / 2
    return (35 + _SIDE / 2, 26.0), (35.0, 26 + height), (35.0 + _SIDE, 26 + height)


def _place(shares: Sequence[float]) -> tuple[float, float]:
    corners = _corners()
    x, y = (sum(part * each[axis] for part, each in zip(shares, corners)) for axis in (0, 1))
    return x, y


def _fifths(share: float) -> str:
    rest = 1 - share
    lines = (
        ((share, rest, 0), (share, 0, rest)),
        ((rest, share, 0), (0, share, rest)),
        ((rest, 0, share), (0, rest, share)),
    )
    return "".join(rule(*_place(a), *_place(b), opacity=0.12) for a, b in lines)


def _connections(per_branch: float) -> str:
    """Where (3 Y + 4 X) / branches is the same: from the side I-Y to the side I-X."""
    ends = []
    for weight in (3, 4):
        share = per_branch / (per_branch + weight * (2 - per_branch))
        ends.append((1 - share, share))
    (i_y, y), (i_x, x) = ends
    a, b = _place((i_y, y, 0)), _place((i_x, 0, x))
    dashes = f'stroke-dasharray="4 4" stroke="{MARK}"'
    line = f'<path d="M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}" {dashes} opacity="0.8"/>'
    words = text(b[0] + 8, b[1] + 4, f"C_B {per_branch:.1f}", anchor="start", more=f'fill="{MARK}"')
    return line + words


def _dot(name: str, topology: Topology, radius: float, color: str) -> str:
    if topology.shares is None:
        return ""
    x, y = _place(topology.shares)
    i, at, crossing = (f"{100 * each:.0f} %" for each in topology.shares)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{color}" stroke="#fff" '
        f'stroke-width="1"><title>{escape(name)}: I {i}, Y {at}, X {crossing}</title></circle>'
    )
