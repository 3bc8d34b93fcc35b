# SPDX-License-Identifier: GPL-2.0-or-later
"""Finding and teaching measured through the product's own session, beside what needs no network."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...inference.cards.card import ModelCard
from ...inference.network.session import Session
from ..data.eurosat import TRAINING, VALIDATION, Tiles, load_tiles
from ..errors import DataError
from ..evaluation import Evaluation, Figure, Request
from . import retrieval
from .comparisons import histograms, imagenet_vectors, imagenet_weights
from .pictures import KEPT, kept_pictures
from .retrieval import Vectors
from .teach import teach_iou

_AT_ONCE = 64
_MOST = 50
"""Labelled examples of a class."""
_KEPT_ASIDE = 100
"""Tiles of a class that serve as examples where no others are there."""


Describe = Callable[[NDArray[np.uint8]], Vectors]
"""From patches (N, H, W, 3) to their vectors."""


@dataclass(frozen=True)
class Labelled:
    """Tiles to draw examples from, and tiles to be found; where the examples come from."""

    examples: Tiles
    queries: Tiles
    origin: str

    def used(self) -> NDArray[np.intp]:
        """Numbers of the examples that any of the draws takes."""
        drawn = [
            retrieval.draw(self.examples.labels, _MOST, seed=seed)
            for seed in range(retrieval.DRAWS)
        ]
        return np.unique(np.concatenate(drawn))


@dataclass(frozen=True)
class Embedded:
    """Vectors of both: those (N, values) of examples that no draw takes are 0."""

    examples: Vectors
    queries: Vectors

    def figures(self, labelled: Labelled) -> dict[str, float]:
        """knn5, knn50 and p_at_10 (see retrieval.py)."""
        return retrieval.figures_of(
            self.examples, labelled.examples.labels, self.queries, labelled.queries.labels
        )

    def rounded(self) -> Embedded:
        """As an index of bytes holds them."""
        return Embedded(retrieval.rounded(self.examples), retrieval.rounded(self.queries))


def evaluate_features(request: Request) -> Evaluation:
    """Tiles of a packed file, or the validation part in a folder, and pictures to teach on."""
    card, path = request.card, request.data
    if card.kind != "features":
        raise DataError(f"the network '{card.id}' is of kind {card.kind}, not features")
    figures: dict[str, Figure] = {}
    words = []
    if path.is_file() or (path / VALIDATION).is_file():
        labelled = labelled_of(path)
        embedded = embed_tiles(card, labelled, threads=request.threads)
        figures.update(_found(labelled, embedded, path, request))
        words.append(
            f"{len(labelled.queries):,} tiles of 640 m; examples from {labelled.origin}, mean of "
            f"{retrieval.DRAWS} draws. "
        )
    if (path / KEPT).is_dir():
        figures["teach_iou"] = taught(card, path / KEPT, threads=request.threads)
        words.append("Taught by ten strokes of 20 pixels a class on each picture of land cover. ")
    if not figures:
        raise DataError(
            f"{path} should be packed EuroSAT tiles, or a folder with {VALIDATION} or {KEPT}: "
            "check --data"
        )
    titles = {"knn5": "5 examples a class", "knn50": "50 examples a class"}
    titles |= {"p_at_10": "Precision at 10", "teach_iou": "Mean IoU, taught"}
    return Evaluation(
        title=f"How good is the network “{card.name}”?",
        figures=figures,
        words=f"{''.join(words)}Network {card.sha256[:12]}.",
        headline=tuple((name, title) for name, title in titles.items() if name in figures),
        pages=None,
    )


def _found(
    labelled: Labelled, embedded: Embedded, path: Path, request: Request
) -> Mapping[str, Figure]:
    """Figures of the network, of its vectors as bytes, and of what it is compared with."""
    own, of_bytes = embedded.figures(labelled), embedded.rounded().figures(labelled)
    told = {**own, **_named("int8_vectors", of_bytes)}
    told["int8_vectors_loss"] = max(own[name] - of_bytes[name] for name in own)
    request.tell("colour histograms")
    told.update(compared(labelled, "histogram", histograms))
    folder = imagenet_weights(path)
    if folder is None:
        request.tell("no weights of ImageNet beside the tiles: not compared with them")
    else:
        request.tell("MobileNetV2 of ImageNet")
        told.update(compared(labelled, "imagenet", lambda images: imagenet_vectors(images, folder)))
    figures: dict[str, Figure] = {name: round(value, 5) for name, value in told.items()}
    return {**figures, "tiles": len(labelled.queries), "examples": labelled.origin}


def labelled_of(path: Path) -> Labelled:
    """Tiles of a file or a folder; examples come from the training part beside them, or from
    tiles of their own that are then not asked for.
    """
    file = path / VALIDATION if path.is_dir() else path
    tiles, beside = load_tiles(file), file.with_name(TRAINING)
    if beside.is_file() and beside.name != file.name:
        return Labelled(load_tiles(beside), tiles, TRAINING)
    chosen = retrieval.draw(tiles.labels, _KEPT_ASIDE, seed=0)
    rest = np.setdiff1d(np.arange(len(tiles)), chosen)
    return Labelled(_part(tiles, np.sort(chosen)), _part(tiles, rest), f"{file.name} itself")


def _part(tiles: Tiles, chosen: NDArray[np.intp]) -> Tiles:
    names = tuple(tiles.names[number] for number in chosen)
    return Tiles(tiles.images[chosen], tiles.labels[chosen], names)


def embed_tiles(card: ModelCard, labelled: Labelled, *, threads: int | None = None) -> Embedded:
    """What the network says of both, through the product's session."""
    session = session_of(card, "embedding", threads=threads)

    def vectors(images: NDArray[np.uint8]) -> Vectors:
        batches = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
        parts = [
            session.run(batches[first : first + _AT_ONCE])[:, :, 0, 0]
            for first in range(0, len(batches), _AT_ONCE)
        ]
        return np.concatenate(parts)

    return _embedded(labelled, vectors)


def _embedded(labelled: Labelled, vectors: Describe) -> Embedded:
    used = labelled.used()
    told = vectors(labelled.examples.images[used])
    examples = np.zeros((len(labelled.examples), told.shape[1]), np.float32)
    examples[used] = told
    return Embedded(examples, vectors(labelled.queries.images))


def compared(labelled: Labelled, name: str, vectors: Describe) -> dict[str, float]:
    """The same figures of other vectors, each called by `name`."""
    return _named(name, _embedded(labelled, vectors).figures(labelled))


def _named(name: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}_{key}": value for key, value in figures.items()}


def session_of(card: ModelCard, output: str, *, threads: int | None = None) -> Session:
    """The network, asked for one of its answers."""
    return Session(replace(card, output=output), threads_per_call=threads or os.cpu_count() or 1)


def taught(card: ModelCard, folder: Path, *, threads: int | None = None) -> float:
    """teach_iou (see teach.py) of the pictures kept for measuring."""
    session = session_of(card, "features", threads=threads)

    def dense(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        return session.run(np.ascontiguousarray(image.transpose(2, 0, 1)[None]))[0]

    return round(teach_iou(kept_pictures(folder), dense), 5)
