# SPDX-License-Identifier: GPL-2.0-or-later
"""Seconds: a whole run, its network alone, and the way of the nearest peer, turn about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import rasterio
from figure import FOLDER, Figure, least_seconds
from twin import float_twin

from geosift.inference.cards.card import ModelCard
from geosift.inference.network.session import Session
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run
from geosift.inference.tiles.plan import Plan, make_plan
from geosift.inference.tiles.prepare import Stretch, View, network_shape

_PEER_TILE, _PEER_OVERLAP = 512, 0.15


@dataclass(frozen=True)
class Tiles:
    """The tiles a run computes, read and prepared: images (1, bands, height, width) and places."""

    plan: Plan
    images: tuple[np.ndarray, ...]
    windows: tuple[Window, ...]

    @property
    def pixels(self) -> int:
        return sum(image.shape[2] * image.shape[3] for image in self.images)


def read_tiles(image: Path, card: ModelCard) -> Tiles:
    """Every tile of a run at its default settings, in memory."""
    with FileSource(str(image), bands=None, names=card.bands) as source:
        plan, view = _lay_out(source, card)
        windows = list(our_tiles(plan))
        images = [view.prepare(*view.read(window))[np.newaxis] for window in windows]
    return Tiles(plan, tuple(images), tuple(windows))


def _lay_out(source: FileSource, card: ModelCard) -> tuple[Plan, View]:
    shape = network_shape(source, card.resolution_m, lambda text: None)
    plan = make_plan(
        source.frame, card, network_shape=shape, grid="input", extent=None, overlap=None
    )
    return plan, View(source, card, Stretch.for_source(source), *shape)


def our_tiles(plan: Plan) -> list[Window]:
    """As a whole run cuts it."""
    return [
        Window(
            block.context.row_off + tile.window.row_off,
            block.context.col_off + tile.window.col_off,
            tile.window.height,
            tile.window.width,
        )
        for block in plan.blocks()
        for tile in plan.grid(block)
    ]


def whole_run(image: Path, card: ModelCard, out: Path, *, workers: int) -> SegmentResult:
    return run(SegmentJob(str(image), card, out, threads=workers))


def network_alone(tiles: Tiles, session: Session, *, workers: int) -> None:
    """The same network calls as a run's, by as many workers, and nothing else."""

    def ask(image: np.ndarray) -> None:
        session.run(image)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(ask, tiles.images))


def peers_tiles(plan: Plan) -> list[Window]:
    """As the nearest peer cuts a raster: 512 pixels, neighbours overlapping by 15 %."""
    height, width = plan.network.height, plan.network.width
    step = round(_PEER_TILE * (1 - _PEER_OVERLAP))
    return [
        Window(row, col, min(_PEER_TILE, height - row), min(_PEER_TILE, width - col))
        for row in range(0, max(height - _PEER_TILE, 0) + step, step)
        for col in range(0, max(width - _PEER_TILE, 0) + step, step)
        if row < height and col < width
    ]


def one_at_a_time(
    image: Path, card: ModelCard, out: Path, *, cut: Callable[[Plan], list[Window]]
) -> None:
    """Read, ask, decide, paste, tile after tile: one session with all threads, as peers do.

    Same network and reader as a whole run; no blending, the result held in memory.
    """
    options = onnxruntime.SessionOptions()
    session = onnxruntime.InferenceSession(
        str(card.path), sess_options=options, providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    with FileSource(str(image), bands=None, names=card.bands) as source:
        plan, view = _lay_out(source, card)
        whole = np.full((plan.network.height, plan.network.width), 255, np.uint8)
        for window in cut(plan):
            prepared = view.prepare(*view.read(window))[np.newaxis]
            scores = session.run(None, {name: prepared})[0][0]
            classes = scores.argmax(axis=0).astype(np.uint8)
            full = cv2.resize(
                classes,
                (prepared.shape[3], prepared.shape[2]),
                interpolation=cv2.INTER_NEAREST,
            )
            rows = slice(window.row_off, window.row_off + window.height)
            cols = slice(window.col_off, window.col_off + window.width)
            whole[rows, cols] = full[: window.height, : window.width]
        with rasterio.open(image) as like:
            profile = {"crs": like.crs, "transform": like.transform}
    height, width = whole.shape
    profile |= {"driver": "GTiff", "count": 1, "dtype": "uint8", "height": height, "width": width}
    with rasterio.open(out, "w", tiled=True, compress="deflate", **profile) as file:
        file.write(whole, 1)


def speed_figures(image: Path, card: ModelCard, *, rounds: int, workers: int) -> Iterator[Figure]:
    """A whole run beside its network alone and the way of the peer, in 8 bits and in float."""
    twin = float_twin(card, FOLDER / "float")
    out, in_turn = FOLDER / "classes.tif", FOLDER / "in_turn.tif"
    tiles, float_tiles = read_tiles(image, card), read_tiles(image, twin)
    session, float_session = Session(card, callers=workers), Session(twin, callers=workers)
    ways = {
        "run": lambda: whole_run(image, card, out, workers=workers),
        "network": lambda: network_alone(tiles, session, workers=workers),
        "float run": lambda: whole_run(image, twin, out, workers=workers),
        "float network": lambda: network_alone(float_tiles, float_session, workers=workers),
        "float in turn": lambda: one_at_a_time(image, twin, in_turn, cut=peers_tiles),
        "float in turn, our tiles": lambda: one_at_a_time(image, twin, in_turn, cut=our_tiles),
    }
    least = least_seconds(ways, rounds)
    wanted = tiles.plan.answer.height * tiles.plan.answer.width
    speed, alone = wanted / least["run"], tiles.pixels / least["network"]
    for name, value in least.items():
        yield Figure(f"{name}, seconds", value, "s")
    yield Figure("whole run / its network alone", least["run"] / least["network"], "x", 1.08)
    for way, words in (
        ("float in turn", "gain over tiles of 512 in turn, as the peer does, float"),
        ("float in turn, our tiles", "gain over our own tiles in turn, float"),
    ):
        yield Figure(words, least[way] / least["float run"], "x", 1.25, at_most=False)
    yield Figure("output pixels a second", speed / 1e6, "MPix/s")
    yield Figure("output pixels / network pixels a second", speed / alone, "x", 0.60, at_most=False)
