# SPDX-License-Identifier: GPL-2.0-or-later
"""Grouping the vectors of a large index by likeness, with faiss, and finding how far to look."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingDependency
from ..runs.partial_file import writing
from .faiss_package import faiss
from .groups import FOLDER, GroupFiles, as_json, outlook
from .index import Index
from .index_files import IndexFiles
from .lock import locked

LARGE = 2_000_000
"""Rows from which an index is grouped after embedding; all of fewer are compared fast enough."""
DEPTHS = (10, 100, 1_000)
"""Numbers of hits for which is tried how far to look."""
_RECALL = 0.998
_SAMPLE = 64
"""Vectors a group to find the middles by."""
_TURNS = 8
_AT_ONCE = 100_000
_QUERIES = 48
_SLACK = 1.5
_GROWN = 0.1
Tell = Callable[[float], None]


def group_if_large(folder: Path, *, threads: int | None = None, tell: Tell) -> bool:
    """Group an index that is large and not grouped, or has grown by a tenth since.

    Returns whether it was done; without faiss it never is.
    """
    # In this order: to import faiss takes longer than to see that nobody needs it.
    if not _needs_groups(Index.open(folder)) or faiss() is None:
        return False
    group(folder, threads=threads, tell=tell)
    return True


def _needs_groups(index: Index) -> bool:
    """In a function of its own: on Windows no file can be replaced while it is mapped."""
    rows = index.info.rows
    there = 0 if index.groups is None else index.groups.count
    return rows >= LARGE and rows - there > _GROWN * rows


def group(folder: Path, *, threads: int | None = None, tell: Tell = lambda done: None) -> int:
    """Group an index of any size; returns how many groups there are. Whole, or not there."""
    package = faiss()
    if package is None:
        raise MissingDependency(
            "Grouping an index needs the Python package faiss, which is not there; install it with "
            "'python3 -m pip install --user faiss-cpu' for this Python."
        )
    IndexFiles(Path(folder)).edition()  # whether it is one
    with locked(Path(folder)):
        index = Index.open(folder)
        if not index.info.rows:
            raise InputError(f"The index {folder} is empty; put a raster into it first.")
        new = GroupFiles(index.files.folder / f"{FOLDER}.new")
        _remove(new.folder)
        with writing(new.folder):
            new.folder.mkdir()
        try:
            if threads is not None:
                package.omp_set_num_threads(threads)
            count = _write(package, index, new, tell)
            _give_name(index.files.folder, new.folder)
        finally:
            _remove(new.folder)
    return count


def _write(package: Any, index: Index, new: GroupFiles, tell: Tell) -> int:
    middles = _middles(package, index)
    tell(0.2)
    labels, cosines = _labels(package, index, middles, lambda done: tell(0.2 + 0.6 * done))
    members = np.bincount(labels, minlength=len(middles))
    closeness = np.bincount(labels, cosines, minlength=len(middles)) / np.maximum(members, 1)
    order = np.argsort(labels, kind="stable")
    with writing(new.folder):
        middles.tofile(new.middles)
        order.astype(np.int64).tofile(new.rows)
        index.lengths[order].tofile(new.lengths)
        with new.vectors.open("wb") as file:
            for start in range(0, len(order), _AT_ONCE):
                index.vectors[order[start : start + _AT_ONCE]].tofile(file)
    reach = _reach(index, middles, closeness, labels, lambda done: tell(0.8 + 0.2 * done))
    edges = np.concatenate([[0], np.cumsum(members)])
    with writing(new.folder):
        told = as_json(index.info, edges, closeness, reach)
        new.info.write_text(told, encoding="utf-8")
    return len(middles)


def _middles(package: Any, index: Index) -> NDArray[np.float32]:
    """(groups, dimension) unit vectors, about as many as a group has members."""
    rows = index.info.rows
    groups = 2 ** int(np.log2(rows) / 2)
    chosen = np.random.default_rng(0).choice(rows, min(rows, _SAMPLE * groups), replace=False)
    clusters = package.Kmeans(
        index.making.dimension, groups, niter=_TURNS, spherical=True, seed=1,
        min_points_per_centroid=1, max_points_per_centroid=_SAMPLE,
    )  # fmt: skip
    clusters.train(index.unit_vectors(np.sort(chosen)).astype(np.float32))
    return np.ascontiguousarray(clusters.centroids, np.float32)


def _labels(
    package: Any, index: Index, middles: NDArray[np.float32], tell: Tell
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(rows,) of each: the group of a vector, and its cosine with the middle of that."""
    nearest = package.IndexFlatIP(middles.shape[1])
    nearest.add(middles)
    labels = np.empty(index.info.rows, np.int32)
    cosines = np.empty(index.info.rows, np.float32)
    for part, vectors in _parts(index):
        found = nearest.search(vectors, 1)
        cosines[part], labels[part] = found[0][:, 0], found[1][:, 0]
        tell(part.stop / len(labels))
    return labels, cosines


def _parts(index: Index) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """All unit vectors, so many at a time."""
    rows = index.info.rows
    for start in range(0, rows, _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, rows))
        yield part, index.vectors[part] / index.lengths[part, None]


def _reach(
    index: Index,
    middles: NDArray[np.float32],
    closeness: NDArray[np.float64],
    labels: NDArray[np.int32],
    tell: Tell,
) -> float:
    """How far members stray towards a query, so that of the best hits all but a few are found.

    A hit is found where its group promises more than the last of the hits scores. By comparing all
    vectors with some queries of the kinds that are asked.
    """
    queries, needed = _queries(index, labels), []
    found = _best_of_all(index, queries, min(DEPTHS[-1], index.info.rows), tell)
    for query, (rows, scores) in zip(queries, found):
        ahead, aside = outlook(query.astype(np.float64), middles, closeness)
        for deep in (each for each in DEPTHS if each <= len(rows)):
            group = labels[rows[:deep]]
            lacking = scores[deep - 1] - ahead[group]
            needed.append((deep, lacking / np.maximum(aside[group], 1e-9)))
    reaches = [
        np.quantile(np.concatenate([each for to, each in needed if to == deep]), _RECALL)
        for deep in {deep for deep, _ in needed}
    ]
    return float(max([0.0, *reaches]))


def _queries(index: Index, labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """One example, the mean of some that are alike, one less half of another."""
    rng = np.random.default_rng(2)
    made = []
    for number in range(_QUERIES):
        row, other = rng.integers(0, index.info.rows, 2)
        like = rng.choice(np.flatnonzero(labels == labels[row]), 2)
        examples = index.unit_vectors(np.array([row, *like, other]))
        one = (examples[0], examples[:3].mean(axis=0), examples[0] - examples[3] / 2)
        made.append(one[number % 3])
    return np.array(made, np.float32)


def _best_of_all(
    index: Index, queries: NDArray[np.float32], depth: int, tell: Tell
) -> list[tuple[NDArray[np.intp], NDArray[np.float32]]]:
    """Rows and scores of the `depth` best of each query, the best first, by comparing all."""
    rows = index.info.rows
    sample = np.sort(np.random.default_rng(3).choice(rows, min(rows, _AT_ONCE), replace=False))
    scores = index.unit_vectors(sample).astype(np.float32) @ queries.T
    above = min(int(_SLACK * depth * len(sample) / rows) + 20, len(sample))
    # Hardly any of the best lies below this, and little else lies above.
    least = np.partition(scores, len(sample) - above, axis=0)[len(sample) - above]
    held: list[list[tuple[NDArray[np.intp], NDArray[np.float32]]]] = [[] for _ in queries]
    for part, vectors in _parts(index):
        scores = vectors @ queries.T
        for number, column in enumerate(scores.T):
            chosen = np.flatnonzero(column >= least[number])
            held[number].append((part.start + chosen, column[chosen]))
        tell(part.stop / rows)
    found = []
    for each in held:
        where, values = (np.concatenate(column) for column in zip(*each))
        order = np.argsort(-values, kind="stable")[:depth]
        found.append((where[order], values[order]))
    return found


def _give_name(folder: Path, new: Path) -> None:
    """Killed in between there are no groups, and searches compare all."""
    there, old = folder / FOLDER, folder / f"{FOLDER}.old"
    _remove(old)
    with writing(there):
        if there.exists():
            there.rename(old)
        new.rename(there)
    _remove(old)


def _remove(folder: Path) -> None:
    with writing(folder):
        if folder.exists():
            shutil.rmtree(folder)
