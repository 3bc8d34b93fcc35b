# SPDX-License-Identifier: GPL-2.0-or-later
"""Pieces of drawings inside a page: frames, texts, axes with round numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

MARK, OVER, GREY = "#3b82c4", "#e07a3f", "#8b989f"
"""The house's colours, legible by day and by night."""

Points = NDArray[np.float64]


def drawing(width: float, height: float, label: str, body: str) -> str:
    """One drawing in pixels, that grows and shrinks with the page."""
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img" '
        f'aria-label="{escape(label)}" font-size="12" fill="currentColor">{body}</svg>'
    )


def figure(drawn: str, caption: str) -> str:
    """A drawing with a line below it."""
    return f"<figure>{drawn}<figcaption>{escape(caption)}</figcaption></figure>"


def text(
    x: float, y: float, words: str, *, anchor: str = "middle", more: str = "", turned: bool = False
) -> str:
    """Words at a place; `turned` run upwards."""
    place = f'transform="translate({x:.1f} {y:.1f}) rotate(-90)"' if turned else (
        f'x="{x:.1f}" y="{y:.1f}"'
    )  # fmt: skip
    return f'<text {place} text-anchor="{anchor}" {more}>{escape(words)}</text>'


def rule(
    x0: float, y0: float, x1: float, y1: float, *, opacity: float = 0.14, more: str = ""
) -> str:
    """A thin straight line."""
    return (
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="currentColor" '
        f'opacity="{opacity:g}" {more}/>'
    )


def bar(x: float, y: float, width: float, height: float, *, words: str, color: str = MARK) -> str:
    """A bar that says what it is when pointed at."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{height:.1f}" '
        f'rx="1.5" fill="{color}"><title>{escape(words)}</title></rect>'
    )


def path_of(points: Points, *, closed: bool = False) -> str:
    """Points (n, 2) in pixels as the data of a path; what is nearer than 0.6 pixels is left out."""
    kept = [points[0]]
    for point in points[1:-1]:
        if abs(point - kept[-1]).max() >= 0.6:
            kept.append(point)
    kept.append(points[-1])
    first, *rest = (f"{x:.1f} {y:.1f}" for x, y in kept)
    return f"M{first}L{' '.join(rest)}{'Z' if closed else ''}"


def round_steps(low: float, high: float, *, count: int = 5) -> list[float]:
    """Round numbers from `low` to `high`, about `count` of them."""
    if not high > low:
        return [low]
    step = nice((high - low) / count)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [each * step for each in range(first, last + 1)]


def nice(value: float, *, parts: Sequence[float] = (1, 2, 5, 10)) -> float:
    """The next of 1, 2, 5, 10, 20, ... that is not below `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in parts if each * power >= value * (1 - 1e-9))


def log_steps(low: float, high: float) -> list[float]:
    """1, 10, 100, ... from `low` to `high`; also numbers between where these are few."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for parts in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        steps = [part * 10.0**each for each in exponents for part in parts]
        steps = [each for each in steps if low * (1 - 1e-9) <= each <= high * (1 + 1e-9)]
        if len(steps) >= 4:
            return steps
    return steps if len(steps) >= 3 else round_steps(low, high)


def number(value: float) -> str:
    """Three figures, in words people read: 0.0123, 12.3, 12,300, 1.2e-7."""
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e9 else f"{value:.3g}"
    return f"{value:.3g}"


def legend(entries: Sequence[tuple[str, str]]) -> str:
    """Colours and what they stand for."""
    items = "".join(
        f'<li><span class="swatch" style="background:{escape(color)}"></span>{escape(words)}</li>'
        for color, words in entries
    )
    return f'<ul class="legend">{items}</ul>'
