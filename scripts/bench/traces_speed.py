# SPDX-License-Identifier: GPL-2.0-or-later
"""Fractures: a made raster of them, from it to the graph, and reading it alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import rasterio
from figure import FOLDER, Figure, least_seconds
from processes import peak_megabytes

from geosift.inference.raster.gdal_cache import small_cache
from geosift.inference.traces.graph import Graph, graph_of
from geosift.inference.traces.mask import MaskRules
from geosift.inference.traces.probability import Meaning, ProbabilityFile

SIDE = 10_000
_PART = 2_500
_LINES = 160
"""In each part; they cover about two pixels in a hundred."""
PERCENT = Meaning(full=100)
RULES = MaskRules(0.3, 0.5, least_pixels=10)

_PROGRAM = """
import sys
from pathlib import Path
from traces_speed import follow
follow(Path(sys.argv[1]))
"""


def make_fractures(path: Path) -> Path:
    """Probability in percent, blurred, noisy, of lines at any angle; kept when it is there."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    profile = {
        "driver": "GTiff", "height": SIDE, "width": SIDE, "count": 1, "dtype": "uint8",
        "tiled": True, "compress": "deflate",
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        for number in range((SIDE // _PART) ** 2):
            row, col = divmod(number, SIDE // _PART)
            window = rasterio.windows.Window(col * _PART, row * _PART, _PART, _PART)
            file.write(_part(number), 1, window=window)
    return path


def _part(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    drawn = np.zeros((_PART, _PART), np.uint8)
    for _ in range(_LINES):
        start = random.uniform(0, _PART, 2)
        angle = random.choice([0.3, 1.4, 2.2]) + random.normal(0, 0.1)
        end = start + random.pareto(1.5) * 250 * np.array([np.cos(angle), np.sin(angle)])
        end = np.clip(end, -_PART, 2 * _PART)
        width = int(random.integers(1, 6))
        cv2.line(drawn, start.astype(int).tolist(), end.astype(int).tolist(), 95, width)
    noise = random.integers(0, 25, drawn.shape).astype(np.uint8)
    return np.maximum(cv2.GaussianBlur(drawn, (0, 0), 1.0), noise)


def follow(raster: Path) -> Graph:
    with small_cache(), ProbabilityFile(raster, PERCENT) as source:
        return graph_of(source, rules=RULES)


def read_alone(raster: Path) -> None:
    with small_cache(), ProbabilityFile(raster, PERCENT) as source:
        for _ in source.strips():
            pass


def follow_command(raster: Path) -> list[str]:
    """For a process of its own, started in this folder."""
    program = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\n{_PROGRAM}"
    return [sys.executable, "-c", program, str(raster)]


def trace_figures(*, rounds: int, short: bool) -> Iterator[Figure]:
    """From 100 megapixels of fractures to their graph, and reading them alone, turn about."""
    from scene import alone_in, repeat  # not by the process whose memory is measured

    raster = make_fractures(FOLDER / "fractures.tif")
    ways = {"all": lambda: follow(raster), "reading": lambda: read_alone(raster)}
    whole, reading = least_seconds(ways, rounds).values()
    yield Figure("fractures to their graph, each megapixel", 1000 * whole / (SIDE**2 / 1e6), "ms")
    yield Figure("the same / reading the raster alone", whole / reading, "x")
    once = peak_megabytes(follow_command(raster))
    yield Figure("the same, peak memory", once, "MB")
    if short:
        return
    larger = repeat(raster, FOLDER / "fractures_sixteen.vrt", down=4, across=4)
    grown = peak_megabytes(follow_command(larger))
    yield Figure("the same, 16 times larger with 16 times the fractures", grown, "MB")
    sparse = alone_in(raster, FOLDER / "fractures_alone.vrt", times=4)
    grown = peak_megabytes(follow_command(sparse))
    yield Figure("the same, 16 times larger with no more fractures", grown, "MB", 1.25 * once)
