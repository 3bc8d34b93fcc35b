# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines of known course, drawn as the coverage of pixels: what a perfect network would answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Line = Sequence[tuple[float, float]]
"""Corners x, y in pixels; the centre of the first pixel is (0.5, 0.5)."""


def coverage(
    shape: tuple[int, int], lines: Sequence[Line], *, width: float | Sequence[float] = 3.0
) -> np.ndarray:
    """(height, width) float32 0..1: by how far each pixel's centre is inside the nearest line.

    Lines end square, at their last corner.
    """
    widths = [width] * len(lines) if np.isscalar(width) else list(width)
    drawn = np.zeros(shape, np.float32)
    for line, each in zip(lines, widths):
        for start, end in zip(line, line[1:]):
            _add(drawn, np.array(start, float), np.array(end, float), each / 2.0)
    return drawn


def _add(drawn: np.ndarray, start: np.ndarray, end: np.ndarray, half: float) -> None:
    low = np.maximum(np.floor(np.minimum(start, end) - half - 2), 0).astype(int)
    high = np.ceil(np.maximum(start, end) + half + 2).astype(int)
    part = drawn[low[1] : high[1], low[0] : high[0]]
    if not part.size:
        return
    ys, xs = np.mgrid[: part.shape[0], : part.shape[1]]
    across, down = xs + low[0] + 0.5 - start[0], ys + low[1] + 0.5 - start[1]
    step = (end - start) / np.hypot(*(end - start))
    along = across * step[0] + down * step[1]
    aside = np.abs(across * step[1] - down * step[0])
    inside = np.minimum(np.minimum(along, np.hypot(*(end - start)) - along), half - aside)
    np.maximum(part, np.clip(inside + 0.5, 0.0, 1.0), out=part)


def straight(
    centre: tuple[float, float], azimuth: float, length: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """A line by its middle, its degrees clockwise from up, and its length in pixels."""
    turn = np.radians(azimuth)
    across, down = length / 2.0 * np.sin(turn), -length / 2.0 * np.cos(turn)
    x, y = centre
    return (x - across, y - down), (x + across, y + down)
