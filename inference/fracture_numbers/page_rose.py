# SPDX-License-Identifier: GPL-2.0-or-later
"""Rose diagrams of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .svg import MARK, OVER, drawing, nice, number, text

_RADIUS, _SIDE = 150, 380
_CENTRE = _SIDE / 2
_LETTERS = {0: "N", 90: "E", 180: "S", 270: "W"}


def rose_by_count(
    counts: Sequence[float], mean: float, *, resultant: float, north: bool = True
) -> str:
    """Petals as large as there are traces; without `north` the top is the image's."""
    petals = _petals(counts, color=MARK, unit="traces")
    return _rose(petals, mean, resultant, label="Rose of the traces", north=north)


def rose_by_length(
    lengths: Sequence[float], mean: float, *, resultant: float, unit: str, north: bool = True
) -> str:
    """Petals as large as there is length."""
    petals = _petals(lengths, color=OVER, unit=unit)
    return _rose(petals, mean, resultant, label="Rose weighted by length", north=north)


def _rose(petals: str, mean: float, resultant: float, *, label: str, north: bool) -> str:
    body = petals + _mean(mean, resultant) + _names(north=north)
    return drawing(_SIDE, _SIDE, label, body)


def _petals(values: Sequence[float], *, color: str, unit: str) -> str:
    """The area of a petal tells, not its radius: a radius makes large ones look larger yet."""
    total, largest = sum(values) or 1.0, max(values) or 1.0
    step, width = nice(100 * largest / total / 3) / 100, 180.0 / len(values)
    rings = math.ceil(largest / total / step - 1e-9)
    petals = []
    for index, value in enumerate(values):
        radius = math.sqrt(value / total / (rings * step)) * _RADIUS
        words = (
            f"{width * index:g} to {width * (index + 1):g}\u00b0: {number(value)} {unit}, "
            f"{100 * value / total:.1f} %"
        )
        if value > 0:
            petals += [
                _petal(width * index + turn, width, radius, color, words) for turn in (0.0, 180.0)
            ]
    return _rings(rings, step) + "".join(petals)


def _petal(begin: float, width: float, radius: float, color: str, words: str) -> str:
    (x0, y0), (x1, y1) = _at(begin, radius), _at(begin + width, radius)
    return (
        f'<path d="M{_CENTRE:g} {_CENTRE:g}L{x0:.1f} {y0:.1f}A{radius:.1f} {radius:.1f} 0 0 1 '
        f'{x1:.1f} {y1:.1f}Z" fill="{color}" fill-opacity="0.85" stroke="{color}" '
        f'stroke-width="0.8"><title>{words}</title></path>'
    )


def _rings(count: int, step: float) -> str:
    parts = []
    for each in range(1, count + 1):
        radius = math.sqrt(each / count) * _RADIUS
        parts.append(
            f'<circle cx="{_CENTRE:g}" cy="{_CENTRE:g}" r="{radius:.1f}" fill="none" '
            'stroke="currentColor" opacity="0.18"/>'
        )
        x, y = _at(78, radius)
        parts.append(
            text(x - 2, y + 11, f"{100 * each * step:.3g} %", anchor="end",
                 more='font-size="10" opacity="0.6"')
        )  # fmt: skip
    for azimuth in range(0, 180, 30):
        (x0, y0), (x1, y1) = _at(azimuth, _RADIUS), _at(azimuth + 180, _RADIUS)
        parts.append(
            f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="currentColor" opacity="0.1"/>'
        )
    return "".join(parts)


def _mean(azimuth: float, resultant: float) -> str:
    """The mean direction, across the whole; nearly invisible where there is none."""
    (x0, y0), (x1, y1) = _at(azimuth, _RADIUS + 10), _at(azimuth + 180, _RADIUS + 10)
    return (
        f'<path d="M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}" stroke="currentColor" '
        f'stroke-width="1.6" stroke-dasharray="7 4" opacity="{0.25 + 0.65 * resultant:.2f}"/>'
    )


def _names(*, north: bool) -> str:
    """Azimuths around the rose."""
    parts, letters = [], _LETTERS if north else {}
    for azimuth in range(0, 360, 30):
        x, y = _at(azimuth, _RADIUS + 22)
        words = letters.get(azimuth, f"{azimuth}\u00b0")
        strong = 'font-weight="600"' if azimuth % 90 == 0 else 'opacity="0.6" font-size="10"'
        parts.append(text(x, y + 4, words, more=strong))
    return "".join(parts)


def _at(azimuth: float, radius: float) -> tuple[float, float]:
    turn = math.radians(azimuth)
    return _CENTRE + radius * math.sin(turn), _CENTRE - radius * math.cos(turn)
