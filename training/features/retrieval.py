# SPDX-License-Identifier: GPL-2.0-or-later
"""How well labels are found by likeness alone: a vote of neighbours, precision of retrieval.

* knnK: accuracy of a vote of the k = min(5, K) nearest (largest cosine) of K labelled examples a
  class; where classes have equally many votes, the larger sum of cosines decides. Mean of DRAWS
  draws of the examples by seed.
* p_at_10: of the ten other tiles nearest to a tile, the share that is of its class; mean over all
  tiles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...inference.embedding.quantise import quantised

DRAWS = 10
NEIGHBOURS = 5
_AT_ONCE = 1024
Vectors = NDArray[np.float32]
Labels = NDArray[np.int64]


def unit(values: NDArray[np.floating]) -> Vectors:
    """(N, values) each brought to length 1; one without a direction stays 0."""
    values = np.asarray(values, np.float32)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(lengths > 0, lengths, 1)


def rounded(vectors: Vectors) -> Vectors:
    """Vectors as an index of bytes holds them, with length 1 again."""
    return unit(quantised(vectors)[0])


def draw(labels: Labels, count: int, *, seed: int) -> NDArray[np.intp]:
    """Numbers of `count` examples of each class; law: those of fewer are among those of more."""
    rng = np.random.default_rng(seed)
    chosen = [rng.permutation(np.flatnonzero(labels == each))[:count] for each in np.unique(labels)]
    return np.concatenate(chosen)


def vote(examples: Vectors, example_labels: Labels, queries: Vectors, *, neighbours: int) -> Labels:
    """The class (N,) that most of the nearest examples of each query are of."""
    classes = int(example_labels.max()) + 1
    answers = []
    for _, cosines in _blocks(queries, examples):
        nearest = _largest(cosines, min(neighbours, len(examples)))
        votes = np.zeros((len(cosines), classes))
        likeness = np.take_along_axis(cosines, nearest, axis=1)
        rows = np.arange(len(cosines))[:, None]
        # A vote weighs far more than any cosine can.
        np.add.at(votes, (rows, example_labels[nearest]), 1 + 1e-3 * likeness)
        answers.append(votes.argmax(axis=1))
    return np.concatenate(answers)


def knn(
    examples: Vectors, example_labels: Labels, queries: Vectors, labels: Labels, *, count: int
) -> float:
    """Mean accuracy over the draws of `count` examples a class; see above."""
    right = []
    for seed in range(DRAWS):
        drawn = draw(example_labels, count, seed=seed)
        answers = vote(
            examples[drawn], example_labels[drawn], queries, neighbours=min(NEIGHBOURS, count)
        )
        right.append(float(np.mean(answers == labels)))
    return float(np.mean(right))


def precision_at(vectors: Vectors, labels: Labels, *, count: int = 10) -> float:
    """Share of the `count` nearest others that is of a vector's own class; see above."""
    right = []
    for first, cosines in _blocks(vectors, vectors):
        rows = np.arange(len(cosines))
        cosines[rows, first + rows] = -np.inf
        nearest = _largest(cosines, min(count, len(vectors) - 1))
        right.append(labels[nearest] == labels[first + rows, None])
    return float(np.concatenate(right).mean())


def figures_of(
    examples: Vectors, example_labels: Labels, queries: Vectors, labels: Labels
) -> dict[str, float]:
    """knn5, knn50 and p_at_10 of unit vectors."""
    told = {
        f"knn{count}": knn(examples, example_labels, queries, labels, count=count)
        for count in (5, 50)
    }
    return {**told, "p_at_10": precision_at(queries, labels)}


def _blocks(queries: Vectors, examples: Vectors) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """The number of the first query of each block, and its cosines with all examples."""
    for first in range(0, len(queries), _AT_ONCE):
        yield first, queries[first : first + _AT_ONCE] @ examples.T


def _largest(cosines: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    return np.argpartition(-cosines, count - 1, axis=1)[:, :count]
