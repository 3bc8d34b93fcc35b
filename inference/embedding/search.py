# SPDX-License-Identifier: GPL-2.0-or-later
"""Exact search: the cosine of every wanted vector with a query, and the best of them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .index import Index

_ROWS = 2048
"""Vectors turned into floats at a time, in a buffer that stays in the cache: numpy multiplies
floats by BLAS, but integers one by one; and what multiplies integers fast (onnxruntime's
MatMulInteger) may saturate on processors without VNNI, as its documentation says."""
_MOST_GATHERED = 0.5
"""Share of the rows up to which picking them out costs less than going over all."""
_LEAST_A_THREAD = 50_000
_ROUNDING = 1e-5
"""Sums of floats differ from the true ones by less."""

_MORE = 9
"""How many times more are looked at for hits apart: so many overlap at steps of half a patch."""
_TOUCHING = 0.1
"""Share of a patch by which boxes of neighbours may overlap: the map turns against the raster."""

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Scores:
    """Scores (n,) float32 of the rows (n,) of an index, in rising order of these."""

    rows: Rows
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Hits:
    """The best rows of an index (n,), and their scores (n,), highest first."""

    rows: Rows
    scores: NDArray[np.float64]


def scores_of(
    index: Index, query: NDArray[np.float64], wanted: NDArray[np.bool_] | None = None
) -> Scores:
    """`query` (dimension,) times the unit vector of every row, or of those `wanted` (rows,)."""
    query = query.astype(np.float32)
    if wanted is None:
        every = np.arange(len(index.vectors))
        return Scores(every, _products(index.vectors, query, None) / index.lengths)
    rows = np.flatnonzero(wanted)
    if len(rows) > _MOST_GATHERED * len(wanted):
        products = _products(index.vectors, query, None)[rows]
    else:
        products = _products(index.vectors, query, rows)
    return Scores(rows, products / index.lengths[rows])


def best(index: Index, query: NDArray[np.float64], scores: Scores, count: int) -> Hits:
    """The `count` highest, of equal ones the earlier row; all where there are no more."""
    values, rows = scores.values, scores.rows
    if len(values) > count:
        least = np.partition(values, len(values) - count)[len(values) - count]
        slack = _ROUNDING * max(float(np.linalg.norm(query)), 1e-30)
        rows = rows[values >= least - slack]
    # The few that remain once more, in numbers that tell them apart.
    exact = index.unit_vectors(rows) @ query
    order = np.lexsort((rows, -exact))[:count]
    return Hits(rows[order], exact[order])


def best_apart(index: Index, query: NDArray[np.float64], scores: Scores, count: int) -> Hits:
    """The same, but of patches of one raster that overlap only the best: as many places as hits."""
    looked = count
    while True:
        looked *= _MORE
        hits = best(index, query, scores, looked)
        kept = _apart(index, hits.rows, count)
        if len(kept) == count or len(hits.rows) == len(scores.rows):
            return Hits(hits.rows[kept], hits.scores[kept])


def _apart(index: Index, rows: Rows, count: int) -> Rows:
    """Which of some rows, the best first, overlap none that is kept before them."""
    places = index.places[rows]
    left, bottom, right, top, source = (
        places[name] for name in ("left", "bottom", "right", "top", "source")
    )
    slack_x, slack_y = _TOUCHING * (right - left), _TOUCHING * (top - bottom)
    free, kept = np.ones(len(rows), np.bool_), []
    while len(kept) < count and free.any():
        first = int(np.argmax(free))
        kept.append(first)
        free &= (
            (source != source[first])
            | (left >= right[first] - slack_x) | (right <= left[first] + slack_x)
            | (bottom >= top[first] - slack_y) | (top <= bottom[first] + slack_y)
        )  # fmt: skip
        free[first] = False
    return np.array(kept, np.intp)


def _products(
    vectors: NDArray[np.int8], query: NDArray[np.float32], rows: Rows | None
) -> NDArray[np.float32]:
    """(n,) products with all vectors, or with some rows of them."""
    count = len(vectors) if rows is None else len(rows)
    out = np.empty(count, np.float32)
    threads = max(min(os.cpu_count() or 1, count // _LEAST_A_THREAD), 1)
    edges = np.linspace(0, count, threads + 1).astype(int).tolist()

    def work(part: tuple[int, int]) -> None:
        _multiply(vectors, query, rows, part, out)

    parts = list(zip(edges, edges[1:]))
    if threads == 1:
        work(parts[0])
        return out
    with ThreadPoolExecutor(threads, thread_name_prefix="geosift") as pool:
        list(pool.map(work, parts))
    return out


def _multiply(
    vectors: NDArray[np.int8],
    query: NDArray[np.float32],
    rows: Rows | None,
    part: tuple[int, int],
    out: NDArray[np.float32],
) -> None:
    """A part of the products, by way of one small buffer of floats."""
    buffer = np.empty((_ROWS, vectors.shape[1]), np.float32)
    for start in range(*part, _ROWS):
        stop = min(start + _ROWS, part[1])
        chosen = slice(start, stop) if rows is None else rows[start:stop]
        some = buffer[: stop - start]
        np.copyto(some, vectors[chosen])
        np.dot(some, query, out=out[start:stop])
