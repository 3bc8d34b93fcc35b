# SPDX-License-Identifier: GPL-2.0-or-later
"""Ten million made vectors, grouped with faiss: recall, times and memory beside comparing all.

scripts/pyqgis.sh scripts/bench/large_index.py [ROWS] [DIMENSION]
Takes some minutes and, for ten million of 64, 2 GB of build/bench.
"""

from __future__ import annotations

import resource
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.grouping import group
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_files import IndexFiles
from geosift.inference.embedding.index_info import IndexedSource, IndexInfo, Making
from geosift.inference.embedding.places import PLACE
from geosift.inference.embedding.quantise import quantised
from geosift.inference.embedding.search import best, scores_of, search
from geosift.inference.embedding.source_file import SourceFile

FOLDER = Path(__file__).parents[2] / "build" / "bench" / "large"
KINDS, SPREAD_AXES, SPREAD, NOISE = 3_000, 12, 0.15, 0.03
QUERIES, HITS = 30, 100
WIDE = Filters(extent=(0.0, 0.0, 6.0, 6.0))
"""About a third of the patches."""
_AT_ONCE = 100_000


def made_vectors(rows: int, dimension: int, *, seed: int, kinds: int = KINDS) -> np.ndarray:
    """(rows, dimension) in clusters as embeddings lie: some kinds are common and most are rare,
    each spreads along few axes of its own, and there is noise in all.
    """
    of_kinds = np.random.default_rng(0)
    middles = of_kinds.normal(size=(kinds, dimension)).astype(np.float32)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    axes = np.argsort(of_kinds.random((kinds, dimension)), axis=1)[:, :SPREAD_AXES]
    weights = 1.0 / np.arange(1, kinds + 1)
    random = np.random.default_rng(seed)
    kind = random.choice(kinds, rows, p=weights / weights.sum())
    made = random.standard_normal((rows, dimension), np.float32) * np.float32(NOISE)
    made += middles[kind]
    spread = random.standard_normal((rows, SPREAD_AXES), np.float32) * np.float32(SPREAD)
    made[np.arange(rows)[:, None], axes[kind]] += spread
    return made


def make_index(folder: Path, rows: int, dimension: int, *, kinds: int = KINDS) -> Index:
    """One on the disk, without a layer, of patches all over ten by ten degrees."""
    files = IndexFiles(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with files.vectors.open("wb") as vectors, files.places.open("wb") as places:
        for start in range(0, rows, _AT_ONCE):
            count = min(_AT_ONCE, rows - start)
            whole, lengths = quantised(made_vectors(count, dimension, seed=start + 1, kinds=kinds))
            random = np.random.default_rng(start)
            made = np.zeros(count, PLACE)
            made["left"], made["bottom"] = random.uniform(0, 10, (2, count))
            made["right"], made["top"] = made["left"] + 0.01, made["bottom"] + 0.01
            made["length"] = lengths
            whole.tofile(vectors)
            made.tofile(places)
    making = Making("made", "0" * 64, dimension, 64, 64, None, "EPSG:4326")
    source = IndexedSource(SourceFile("/made.tif"), "", "", 9, 9, ranges=((0, rows),))
    files.write_info(IndexInfo(making, rows, (source,)))
    return Index.open(folder)


def queries(index: Index, count: int) -> list[np.ndarray]:
    """One example, the mean of three, one less half of another; none of those it was tried with."""
    random = np.random.default_rng(77)
    made = []
    for number in range(count):
        examples = index.unit_vectors(random.integers(0, index.info.rows, 3))
        near = examples[0] + random.normal(size=(3, len(examples[0]))) * 0.05
        kinds = (examples[0], near.mean(axis=0), examples[0] - examples[1] / 2)
        made.append(kinds[number % 3])
    return made


def measure(index: Index, wanted: np.ndarray | None) -> tuple[float, float, float, float]:
    """Recall of the best, share compared, milliseconds of searching and of comparing all."""
    recalls, shares, ways = [], [], ([], [])
    for query in queries(index, QUERIES):
        found, compared = timed(
            lambda query=query: search(index, query, wanted, count=HITS, apart=False), ways[0]
        )
        scores = timed(lambda query=query: scores_of(index, query, wanted), ways[1])
        true = best(index, query, scores, HITS)
        recalls.append((found.scores >= true.scores[-1] - 1e-9).mean())
        shares.append(compared / index.info.rows)
    times = (1000 * float(np.median(way)) for way in ways)
    return float(np.mean(recalls)), float(np.mean(shares)), *times


def timed(work: Callable[[], object], seconds: list[float]) -> object:
    """Processor time of all threads: the machine may be busy with something else."""
    start = time.process_time()
    result = work()
    seconds.append(time.process_time() - start)
    return result


def main(rows: int = 10_000_000, dimension: int = 64) -> None:
    index = make_index(FOLDER, rows, dimension)
    start = time.process_time(), time.perf_counter()
    groups = group(FOLDER, tell=lambda done: print(f"\rgrouping {done:4.0%}", end="", flush=True))
    taken = time.process_time() - start[0], time.perf_counter() - start[1]
    print(f"\r{rows:,} vectors of {dimension} in {groups:,} groups")
    print(f"grouping: {taken[0]:.0f} s of processor time, {taken[1]:.0f} s")
    index = Index.open(FOLDER)
    print(f"members of groups stray {index.groups.reach:.3f} towards a query")
    for words, filters in (("everywhere", Filters()), ("in a third of the area", WIDE)):
        recall, share, near, every = measure(index, filters.wanted(index))
        print(
            f"{words}: recall of {HITS} {recall:.4f}, {share:.2%} compared, {near:.0f} ms of "
            f"processor time; all compared: {every:.0f} ms"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory, files mapped into it counted: {peak:,.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
