# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches a second of an embedding and of its network alone; queries over a million vectors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import rasterio
from classify_speed import classifier
from figure import FOLDER, Figure, least_seconds

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import BUNDLED
from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_files import IndexFiles
from geosift.inference.embedding.index_info import IndexInfo, Making
from geosift.inference.embedding.job import EmbedJob
from geosift.inference.embedding.places import PLACE
from geosift.inference.embedding.quantise import quantised
from geosift.inference.embedding.run import run_embed
from geosift.inference.embedding.search import search
from geosift.inference.network.session import Session

BATCH = 64
_BUNDLED = "features"
_HELD = 16
"""Batches of the network alone: real patches, asked about again and again."""
ROWS, DIMENSION = 1_000_000, 128
_AT_ONCE = 100_000
_HITS = 100


@dataclass(frozen=True)
class Embedding:
    """A network and a raster to embed at the raster's own resolution, every half patch."""

    card: ModelCard
    image: Path
    folder: Path
    workers: int

    def whole_run(self) -> int:
        """Read, cut, ask, write layer and vectors; returns how many patches there are."""
        shutil.rmtree(self.folder / "index", ignore_errors=True)
        with rasterio.open(self.image) as there:
            resolution = there.res[0]
        job = EmbedJob(
            (str(self.image),), self.card, self.folder / "index", resolution=resolution,
            threads=self.workers,
        )  # fmt: skip
        return run_embed(job).added

    def network_alone(self, patches: int) -> Callable[[], None]:
        """As many patches of the raster in batches, by as many workers, and nothing else."""
        session = Session(self.card, callers=self.workers)
        batches = list(islice(cycle(self._batches()), -(-patches // BATCH)))

        def ask() -> None:
            with ThreadPoolExecutor(self.workers) as pool:
                list(pool.map(session.run, batches))

        return ask

    def _batches(self) -> list[np.ndarray]:
        side, rng = self.card.tile, np.random.default_rng(0)
        with rasterio.open(self.image) as there:
            pixels = there.read((1, 2, 3), window=((0, 1024), (0, 1024)))
        places = rng.integers(0, np.array(pixels.shape[1:]) - side, (_HELD, BATCH, 2))
        return [
            np.stack([pixels[:, top : top + side, left : left + side] for top, left in batch])
            for batch in places
        ]


def embedder(folder: Path) -> ModelCard:
    """The bundled one, or a classifier whose scores are taken for vectors until there is one."""
    bundled = BUNDLED / f"{_BUNDLED}.json"
    if bundled.is_file():
        return ModelCard.load(bundled)
    card = classifier(folder)
    vectors = {"kind": "recognition", "activation": "values", "fixed_tile": True}
    return replace(card, classes=(), answers=(), **vectors)


def made_index(folder: Path) -> Index:
    """A million directions at places all over a region of 10 by 10 degrees, on the disk."""
    files = IndexFiles(folder)
    making = Making("made", "0" * 64, DIMENSION, 64, 64, None, "EPSG:4326")
    if not files.vectors.is_file():
        folder.mkdir(exist_ok=True)
        rng = np.random.default_rng(0)
        with files.vectors.open("wb") as vectors, files.places.open("wb") as places:
            for _ in range(ROWS // _AT_ONCE):
                whole, lengths = quantised(rng.normal(size=(_AT_ONCE, DIMENSION)))
                made = np.zeros(_AT_ONCE, PLACE)
                made["left"], made["bottom"] = rng.uniform(0, 10, (2, _AT_ONCE))
                made["right"], made["top"] = made["left"] + 0.01, made["bottom"] + 0.01
                made["length"] = lengths
                whole.tofile(vectors)
                made.tofile(places)
    vectors = np.memmap(files.vectors, np.int8, mode="r", shape=(ROWS, DIMENSION))
    places = np.memmap(files.places, PLACE, mode="r", shape=(ROWS,))
    return Index(files, IndexInfo(making, ROWS), vectors, places)


def query(index: Index, filters: Filters) -> Callable[[], None]:
    """One search for the hundred best; what an open index remembers it has at hand."""
    vector = np.random.default_rng(1).normal(size=DIMENSION)

    def ask() -> None:
        search(index, vector, filters.wanted(index), count=_HITS, apart=False)

    ask()
    return ask


TENTH = Filters(extent=(2.0, 2.0, 5.0, 5.3))
"""About a tenth of the patches."""
EVERYWHERE = Filters()


def embed_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """Patches a second of a whole embedding and of its network alone, turn about; and queries."""
    work = Embedding(embedder(FOLDER), image, FOLDER, workers)
    patches = work.whole_run()
    alone = work.network_alone(patches)
    whole, network = least_seconds({"all": work.whole_run, "network": alone}, rounds).values()
    yield Figure(f"embed, {work.card.id}", patches / whole, "patches/s")
    yield Figure("embed / network alone at batch 64", network / whole, "x", 0.85, at_most=False)
    index = made_index(FOLDER / "million")
    ways = {"everywhere": query(index, EVERYWHERE), "tenth": query(index, TENTH)}
    everywhere, tenth = least_seconds(ways, 3 * rounds).values()
    yield Figure("a query over a million vectors of 128, exact", 1000 * everywhere, "ms", 100)
    words = "the same in a tenth of the area / everywhere"
    yield Figure(words, tenth / everywhere, "x", 1.0)
