# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiles a second: a whole classification, and its network alone on batches of 64, turn about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import rasterio
from figure import FOLDER, Figure, least_seconds
from made_classifier import made_classifier

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import BUNDLED
from geosift.inference.classification.job import ClassifyJob
from geosift.inference.classification.run import run_classify
from geosift.inference.network.session import Session
from geosift.inference.tiles.sheets import BATCH

_BUNDLED = "eurosat-cnn"
_HELD = 16
"""Batches of the network alone: real tiles, asked about again and again."""


@dataclass(frozen=True)
class Classification:
    """A network and a raster to classify at the raster's own resolution."""

    card: ModelCard
    image: Path
    folder: Path
    workers: int

    def whole_run(self) -> int:
        """Read, cut, ask, blend, write raster and polygons; returns how many tiles were seen."""
        with rasterio.open(self.image) as there:
            resolution = there.res[0]
        result = run_classify(
            ClassifyJob(
                str(self.image), self.card, raster=self.folder / "use.tif",
                cells=self.folder / "use.gpkg", resolution=resolution, threads=self.workers,
            )
        )  # fmt: skip
        return result.tiles

    def network_alone(self, tiles: int) -> Callable[[], None]:
        """As many tiles of the raster in batches, by as many workers, and nothing else."""
        session = Session(self.card, callers=self.workers)
        batches = list(islice(cycle(self._batches()), -(-tiles // BATCH)))

        def ask() -> None:
            with ThreadPoolExecutor(self.workers) as pool:
                list(pool.map(session.run, batches))

        return ask

    def _batches(self) -> list[np.ndarray]:
        side = self.card.tile
        rng = np.random.default_rng(0)
        with rasterio.open(self.image) as there:
            pixels = there.read((1, 2, 3), window=((0, 1024), (0, 1024)))
        _, height, width = pixels.shape
        places = rng.integers(0, (height - side, width - side), (_HELD, BATCH, 2))
        return [
            np.stack([pixels[:, top : top + side, left : left + side] for top, left in batch])
            for batch in places
        ]


def classifier(folder: Path) -> ModelCard:
    """The bundled one, or a made one of its size until there is one."""
    bundled = BUNDLED / f"{_BUNDLED}.json"
    return ModelCard.load(bundled) if bundled.is_file() else made_classifier(folder)


def classify_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """Tiles a second of a whole classification and of its network alone, turn about."""
    work = Classification(classifier(FOLDER), image, FOLDER, workers)
    tiles = work.whole_run()
    alone = work.network_alone(tiles)
    whole, network = least_seconds({"all": work.whole_run, "network": alone}, rounds).values()
    yield Figure(f"classify, {work.card.id}", tiles / whole, "tiles/s")
    yield Figure("its network alone at batch 64", tiles / network, "tiles/s")
    yield Figure("classify / network alone at batch 64", network / whole, "x", 0.85, at_most=False)
