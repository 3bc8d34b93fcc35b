# SPDX-License-Identifier: GPL-2.0-or-later
"""The cosine of every wanted vector with a query, or of those grouped near it, and the best."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .index import Index
from .turns import TURN

_ROWS = 2048
"""Vectors turned into floats at a time, in a buffer that stays in the cache: numpy multiplies
floats many at once, but integers one by one. By einsum and not by BLAS, which begins threads of its
own for each buffer: that takes four times as long, and on a busy machine a hundred times."""
_MOST_GATHERED = 0.5
"""Share of the rows up to which picking them out costs less than going over all."""
_LEAST_A_THREAD = 50_000
_ROUNDING = 1e-5
"""Sums of floats differ from the true ones by less."""

_MORE = 9
"""How many times more are looked at for hits apart: so many overlap at steps of half a patch."""
_TOUCHING = 0.1
"""Share of a patch by which boxes of neighbours may overlap: the map turns against the raster."""

_MOST_EXACT = 1_000_000
"""Wanted vectors of which all are compared, grouped or not: it takes no longer."""
_LEAST_DEEP = 100
"""Hits that groups are looked through for even if fewer are wanted: one alone is easily missed."""
_MOST_COMPARED = 0.3
"""Share beyond which all are compared after all: what is looked for has nothing like it."""

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Scores:
    """Scores (n,) float32 of the rows (n,) of an index, all of those wanted in rising order."""

    rows: Rows
    values: NDArray[np.float32]


@dataclass(frozen=True)
class Hits:
    """The best rows of an index (n,), and their scores (n,), highest first."""

    rows: Rows
    scores: NDArray[np.float64]


def search(
    index: Index,
    query: NDArray[np.float64],
    wanted: NDArray[np.bool_] | None = None,
    *,
    count: int,
    apart: bool,
) -> tuple[Hits, int]:
    """The `count` best of an index, of which with `apart` none overlaps a better one; and of how
    many compared ones.

    All wanted are compared, unless there are more than a million in groups: then those of the
    groups that promise any, and one of a hundred hits at most is missed (see `Groups`).
    """
    deep = count * (_MORE if apart else 1)
    near = _near(index, query, wanted, deep)
    if near is not None:
        hits = best(index, query, near[0], deep)
        kept = _apart(index, hits.rows, count) if apart else np.arange(len(hits.rows))
        if len(kept) == count:
            return Hits(hits.rows[kept], hits.scores[kept]), near[1]
    scores = scores_of(index, query, wanted)
    return (best_apart if apart else best)(index, query, scores, count), len(scores.rows)


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


def _near(
    index: Index, query: NDArray[np.float64], wanted: NDArray[np.bool_] | None, deep: int
) -> tuple[Scores, int] | None:
    """Scores of the wanted rows among which the `deep` best are, and of how many compared ones.

    Those of the most promising groups, one after the other, until no other promises more than what
    is found; and those that came after the grouping. None where all are to be compared.
    """
    rows = index.info.rows
    many = rows if wanted is None else int(np.count_nonzero(wanted))
    groups = index.groups if many > _MOST_EXACT else None
    if groups is None:
        return None
    order, promised = groups.promising(query)
    held = _Held(wanted, max(deep, _LEAST_DEEP))
    later = np.arange(groups.count, rows)
    held.add(later, _products(index.vectors, query.astype(np.float32), later), index.lengths[later])
    for group, promise in zip(order.tolist(), promised.tolist()):
        if promise <= held.least:
            return Scores(*held.all()), held.compared
        if held.compared > _MOST_COMPARED * rows:
            return None
        part = slice(int(groups.edges[group]), int(groups.edges[group + 1]))
        out = np.empty(part.stop - part.start, np.float32)
        _multiply(groups.vectors[part], query.astype(np.float32), None, (0, len(out)), out)
        held.add(groups.rows[part], out, groups.lengths[part])
    return Scores(*held.all()), held.compared


class _Held:
    """The `deep` best so far, and a few more; `least` is the score of the last of them."""

    def __init__(self, wanted: NDArray[np.bool_] | None, deep: int) -> None:
        self._wanted, self._deep = wanted, deep
        self._parts: list[tuple[Rows, NDArray[np.float32]]] = []
        self._new = 0
        self.least, self.compared = -np.inf, 0

    def add(self, rows: Rows, products: NDArray[np.float32], lengths: NDArray[np.float32]) -> None:
        """Some more rows, and their products with the query."""
        scores = products / lengths
        chosen = scores >= self.least - _ROUNDING
        if self._wanted is not None:
            chosen &= self._wanted[rows]
        self.compared += len(rows)
        self._new += int(np.count_nonzero(chosen))
        self._parts.append((rows[chosen], scores[chosen]))
        if self._new >= self._deep:
            self._settle()

    def _settle(self) -> None:
        """Leave out what is no longer among the best; now and then, as it takes time itself."""
        rows, scores = self.all()
        self.least = float(np.partition(scores, len(scores) - self._deep)[-self._deep])
        chosen = scores >= self.least - _ROUNDING
        self._parts, self._new = [(rows[chosen], scores[chosen])], self._deep // 2

    def all(self) -> tuple[Rows, NDArray[np.float32]]:
        """Rows and scores of those that are held."""
        rows, scores = (np.concatenate(column) for column in zip(*self._parts))
        self._parts = [(rows, scores)]
        return rows, scores


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
        around = 0.0 if index.crs is None else TURN * np.rint((left - left[first]) / TURN)
        free &= (
            (source != source[first])
            | (left - around >= right[first] - slack_x) | (right - around <= left[first] + slack_x)
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
        np.einsum("ij,j->i", some, query, out=out[start:stop])
