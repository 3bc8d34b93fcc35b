# SPDX-License-Identifier: GPL-2.0-or-later
"""Weighted overlap selection: many overlapping score tiles become one seamless plane of scores.

Weights are separable, so the normaliser of a pixel is the product of two one-dimensional sums known
before the first tile arrives. Each tile is multiplied by weights that already sum to one, and a
rolling band of one row of tiles is all that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .grid import Span

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Weights:
    """Where a stretch of an axis counts, and how much: `values[i]` is at `support.start + i`."""

    support: Span
    values: Scores


def fade_in(length: int, *, ring: int, fade: int) -> NDArray[np.float64]:
    """Weights of one side: 0 on the outer `ring`, a smooth rise over `fade`, then 1."""
    position = (np.arange(length) - ring + 0.5) / max(fade, 1)
    ramp = np.clip(position, 0.0, 1.0) if fade else (position > 0).astype(np.float64)
    return ramp * ramp * (3.0 - 2.0 * ramp)


def axis_weights(cut: tuple[Span, ...], *, ring: int, fade: int) -> tuple[Weights, ...]:
    """Weights of the stretches of one axis; at each position they sum to one.

    A stretch that ends where the axis ends has no neighbour there and counts to the last pixel.
    """
    end = cut[-1].stop
    raw = []
    for span in cut:
        values = np.ones(span.length)
        side = fade_in(span.length, ring=ring, fade=fade)
        if span.start > 0:
            values *= side
        if span.stop < end:
            values *= side[::-1]
        raw.append(values)
    total = np.zeros(end)
    for span, values in zip(cut, raw):
        total[span.start : span.stop] += values
    if total.min() <= 0.0:
        raise ValueError(f"ring {ring} leaves pixels no tile answers for; the overlap is too small")
    return tuple(
        _trimmed(span, values / total[span.start : span.stop]) for span, values in zip(cut, raw)
    )


def _trimmed(span: Span, values: NDArray[np.float64]) -> Weights:
    """Without the zeros at both ends: what never counts need not be touched."""
    counts = np.flatnonzero(values)
    first, last = int(counts[0]), int(counts[-1]) + 1
    support = Span(span.start + first, span.start + last)
    return Weights(support, values[first:last].astype(np.float32))


class Blender:
    """Adds every score tile, in row-major order, and hands out the rows no later tile touches.

    Law: what `take` gives, stacked, is the weighted mean of all tiles over the whole plane, a tile
    without scores counting as zero. Memory is one row of tiles.
    """

    def __init__(
        self,
        row_spans: tuple[Span, ...],
        col_spans: tuple[Span, ...],
        *,
        channels: int,
        ring: int,
        fade: int,
    ) -> None:
        """`row_spans` and `col_spans` cut the plane into tiles; all sizes in scores."""
        self._rows = axis_weights(row_spans, ring=ring, fade=fade)
        self._cols = axis_weights(col_spans, ring=ring, fade=fade)
        self._corners = [span.start for span in row_spans], [span.start for span in col_spans]
        self._height = row_spans[-1].stop
        self._band_start = 0
        self._taken: int | None = None
        tallest = max(weights.support.length for weights in self._rows)
        self._band: Scores = np.empty((channels, tallest, col_spans[-1].stop), np.float32)

    def add(self, row: int, col: int, scores: Scores | None) -> None:
        """Add the scores (channels, height, width) of the tile at (row, col) of the grid, or none.

        The array is spent: it is weighted in place. Pixels no earlier tile reached are not added
        to but set, so the band is never cleared.
        """
        self._drop_taken()
        rows, cols = self._rows[row].support, self._cols[col].support
        new_row = self._rows[row - 1].support.stop if row else rows.start
        new_col = self._cols[col - 1].support.stop if col else cols.start
        top = self._band_start
        band = self._band[:, rows.start - top : rows.stop - top, cols.start : cols.stop]
        down, right = max(new_row - rows.start, 0), max(new_col - cols.start, 0)
        if scores is None:
            band[:, down:, right:] = 0.0
            return
        part = self._weighted(row, col, scores)
        band[:, :down] += part[:, :down]
        band[:, down:, :right] += part[:, down:, :right]
        band[:, down:, right:] = part[:, down:, right:]

    def _weighted(self, row: int, col: int, scores: Scores) -> Scores:
        """The part of a tile that counts, times its weights."""
        rows, cols = self._rows[row], self._cols[col]
        top, left = self._corners[0][row], self._corners[1][col]
        part = scores[
            :,
            rows.support.start - top : rows.support.stop - top,
            cols.support.start - left : cols.support.stop - left,
        ]
        for span in _not_one(rows.values):
            part[:, span.start : span.stop] *= rows.values[span.start : span.stop, None]
        for span in _not_one(cols.values):
            part[:, :, span.start : span.stop] *= cols.values[span.start : span.stop]
        return part

    def take(self, row: int) -> Scores:
        """The rows that are final once row `row` of tiles is in: (channels, rows, width).

        A view, good until the next call of `add` or `take`.
        """
        self._drop_taken()
        last = row + 1 == len(self._rows)
        stop = self._height if last else self._rows[row + 1].support.start
        self._taken = stop - self._band_start
        return self._band[:, : self._taken]

    def _drop_taken(self) -> None:
        """Move what later tiles still add to up to the top."""
        if self._taken is None:
            return
        kept = self._band.shape[1] - self._taken
        self._band[:, :kept] = self._band[:, self._taken :].copy()
        self._band_start += self._taken
        self._taken = None


def _not_one(values: Scores) -> tuple[Span, ...]:
    """The stretches at both ends where a multiplication changes anything."""
    differs = np.flatnonzero(values != 1.0)
    if differs.size == 0:
        return ()
    breaks = np.flatnonzero(np.diff(differs) > 1)
    starts = np.concatenate(([differs[0]], differs[breaks + 1]))
    stops = np.concatenate((differs[breaks], [differs[-1]])) + 1
    return tuple(Span(int(a), int(b)) for a, b in zip(starts, stops))
