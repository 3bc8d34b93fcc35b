# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds of a whole detection, and of the way of the nearest peer, turn about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import rasterio
from figure import FOLDER, Figure, least_seconds
from made_detector import OVERLAP, SIDE, made_detector
from rasterio.windows import Window as RasterioWindow

from geosift.inference.cards.card import ModelCard
from geosift.inference.detection.found import Found
from geosift.inference.detection.layouts import decode
from geosift.inference.detection.run import DetectJob, DetectResult, run_detect
from geosift.inference.detection.suppress import surest


@dataclass(frozen=True)
class Detecting:
    """A network of tiles of 512 pixels and a raster of 8 bits to look for objects in."""

    card: ModelCard
    image: Path
    folder: Path
    workers: int

    @classmethod
    def of(cls, image: Path, folder: Path, workers: int) -> Detecting:
        with rasterio.open(image) as there:
            tile = there.read((1, 2, 3), window=RasterioWindow(0, 0, SIDE, SIDE))
        return cls(made_detector(folder, tile), image, folder, workers)

    def whole_run(self) -> DetectResult:
        """Read, ask, decode, merge across tiles, write a GeoPackage."""
        out = self.folder / "objects.gpkg"
        return run_detect(DetectJob(str(self.image), self.card, out, threads=self.workers))

    def one_at_a_time(self) -> int:
        """Tile after tile with all threads in one session, as peers do; how many objects.

        The same reading and suppression in each tile. Nothing is merged or written, which is in
        the peer's favour.
        """
        session = onnxruntime.InferenceSession(
            str(self.card.path), providers=["CPUExecutionProvider"]
        )
        name, detection = session.get_inputs()[0].name, self.card.detection
        found: list[Found] = []
        step = round(SIDE * (1 - OVERLAP))
        with rasterio.open(self.image) as there:
            for top in _starts(there.height, step):
                for left in _starts(there.width, step):
                    window = RasterioWindow(left, top, SIDE, SIDE)
                    pixels = there.read((1, 2, 3), window=window, boundless=False)
                    tile = np.zeros((1, 3, SIDE, SIDE), np.float32)
                    tile[0, :, : pixels.shape[1], : pixels.shape[2]] = pixels
                    tile /= 255
                    answer = session.run(None, {name: tile})[0][0].T
                    told = decode(
                        answer, detection.layout, classes=len(self.card.classes),
                        confidence=detection.confidence,
                    ).found  # fmt: skip
                    kept = told.chosen(surest(told, detection.iou))
                    found.append(kept.moved(top, left))
        return sum(map(len, found))


def _starts(length: int, step: int) -> range:
    return range(0, max(length - SIDE, 0) + step, step)


def detect_figures(image: Path, *, rounds: int, workers: int) -> Iterator[Figure]:
    """A whole detection in tiles of 512 at 15 % overlap, and the same tiles in turn, turn about."""
    work = Detecting.of(image, FOLDER, workers)
    result = work.whole_run()
    ways = {"all": work.whole_run, "in turn": work.one_at_a_time}
    whole, in_turn = least_seconds(ways, rounds).values()
    yield Figure("detect, seconds", whole, "s")
    yield Figure("detect in turn, seconds", in_turn, "s")
    words = "gain over tiles of 512 in turn, detection, merging included"
    yield Figure(words, in_turn / whole, "x", 1.25, at_most=False)
    yield Figure("objects of the made detector", result.objects, "")
    merging = result.timings["merge"] / result.timings["network"]
    yield Figure("merging / network, seconds of threads", merging, "x")
