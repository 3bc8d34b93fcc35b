# SPDX-License-Identifier: GPL-2.0-or-later
"""The reliability diagram, and precision by recall, as SVG inside a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from .evaluation import Line
from .metrics import CALIBRATION_BINS, Reliability

_SIDE, _LEFT, _TOP = 300, 52, 12
_HISTOGRAM = 64
_MARK, _OVER = "#3b82c4", "#e07a3f"


def reliability_diagram(reliability: Reliability) -> str:
    """Accuracy by confidence in fifteen bins over the share of pixels in each.

    On the dashed line a network is as often right as it says; below it, it is too sure.
    """
    bins, total = reliability.bins(), max(1, int(reliability.pixels.sum()))
    width, largest = _SIDE / CALIBRATION_BINS, max(max(b.pixels for b in bins), 1)
    base, floor = _TOP + _SIDE, _TOP + _SIDE + 34 + _HISTOGRAM
    marks = []
    for index, one in enumerate(bins):
        if not one.pixels:
            continue
        left, height = _LEFT + index * width + 1, one.accuracy * _SIDE
        words = (
            f"confidence {one.confidence:.3f}, right {one.accuracy:.3f}, "
            f"{100 * one.pixels / total:.2f} % of all"
        )
        color = _OVER if one.accuracy < one.confidence else _MARK
        marks.append(_bar(left, base - height, width - 2, height, color=color, words=words))
        share = one.pixels / largest * _HISTOGRAM
        marks.append(_bar(left, floor - share, width - 2, share, color="#8b989f", words=words))
    return (
        f'<svg viewBox="0 0 {_LEFT + _SIDE + 16} {floor + 40}" width="{_LEFT + _SIDE + 16}" '
        'role="img" aria-label="Reliability diagram" font-size="12" fill="currentColor">'
        f"{_axes(base, floor)}{''.join(marks)}"
        f'<path d="M{_LEFT} {base}L{_LEFT + _SIDE} {_TOP}" stroke="currentColor" '
        'stroke-dasharray="5 4" opacity="0.7"/></svg>'
    )


def _bar(x: float, y: float, width: float, height: float, *, color: str, words: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{color}"><title>{words}</title></rect>'
    )


def _grid(base: float, numbers: float) -> str:
    """Lines and numbers 0 to 1 both ways; those of the x axis stand at the height `numbers`."""
    parts = []
    for step in range(6):
        value = step / 5
        x, y = _LEFT + value * _SIDE, base - value * _SIDE
        parts.append(
            f'<path d="M{_LEFT} {y:.1f}h{_SIDE}" stroke="currentColor" opacity="0.14"/>'
            f'<text x="{_LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{value:.1f}</text>'
            f'<text x="{x:.1f}" y="{numbers:.0f}" text-anchor="middle">{value:.1f}</text>'
        )
    return "".join(parts)


def _axes(base: float, floor: float) -> str:
    middle = _LEFT + _SIDE / 2
    return _grid(base, floor + 16) + (
        f'<text x="{middle}" y="{floor + 34}" text-anchor="middle">confidence</text>'
        f'<text transform="translate(13 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">'
        f'share that is right</text><text x="{middle}" y="{base + 22}" text-anchor="middle" '
        'opacity="0.7">share of all</text>'
        f'<path d="M{_LEFT} {floor}h{_SIDE}" stroke="currentColor" opacity="0.4"/>'
    )


def precision_by_recall(lines: Sequence[Line]) -> str:
    """A line for each way to answer; the first is drawn thickest."""
    base = _TOP + _SIDE
    drawn = []
    for index, line in reversed(list(enumerate(lines))):
        points = " ".join(
            f"{_LEFT + recall * _SIDE:.1f},{base - precision * _SIDE:.1f}"
            for recall, precision in zip(line.recall, line.precision)
            if precision > 0
        )
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{escape(line.color)}" '
            f'stroke-width="{1.5 if index else 3}"><title>{escape(line.name)}</title></polyline>'
        )
    width, height = _LEFT + _SIDE + 16, base + 44
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'aria-label="Precision by recall" font-size="12" fill="currentColor">'
        f"{_grid(base, base + 16)}{''.join(drawn)}"
        f'<text x="{_LEFT + _SIDE / 2}" y="{base + 34}" text-anchor="middle">recall</text>'
        f'<text transform="translate(13 {_TOP + _SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "precision</text></svg>"
    )
