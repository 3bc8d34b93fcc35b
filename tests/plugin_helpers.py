# SPDX-License-Identifier: GPL-2.0-or-later
"""What several tests of the plugin need: rasters with something to see, and waiting for Qt."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from qgis.core import QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QCoreApplication
from rasterio.transform import from_origin

WEST, NORTH = 325000.0, 2785000.0
CRS = "EPSG:32640"


def patchwork(height: int, width: int, *, seed: int = 7) -> np.ndarray:
    """An RGB picture of coloured patches with noise, (3, height, width) uint8."""
    random = np.random.default_rng(seed)
    patches = random.integers(30, 226, (3, height // 32 + 1, width // 32 + 1))
    large = patches.repeat(32, axis=1).repeat(32, axis=2)[:, :height, :width]
    return np.clip(large + random.integers(-12, 13, large.shape), 0, 255).astype(np.uint8)


def write_raster(path: Path, pixels: np.ndarray, **profile: Any) -> Path:
    """A GeoTIFF of (bands, height, width), 1 m pixels in UTM unless `profile` says otherwise."""
    bands, height, width = pixels.shape
    standard = {
        "driver": "GTiff",
        "count": bands,
        "height": height,
        "width": width,
        "dtype": pixels.dtype.name,
        "crs": CRS,
        "transform": from_origin(WEST, NORTH, 1, 1),
    }
    with rasterio.open(path, "w", **{**standard, **profile}) as dataset:
        dataset.write(pixels)
    return path


def read_pixels(path: str | Path, band: int = 1) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(band)


def add_raster(path: Path, name: str = "scene") -> QgsRasterLayer:
    """The raster as a layer of the project."""
    layer = QgsRasterLayer(str(path), name)
    assert layer.isValid(), path
    QgsProject.instance().addMapLayer(layer)
    return layer


def wait_until(holds: Callable[[], bool], *, seconds: float = 60.0) -> None:
    """Let Qt work until something holds; fails when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        QCoreApplication.processEvents()
        time.sleep(0.005)
