# SPDX-License-Identifier: GPL-2.0-or-later
"""What several tests of the plugin need: things to see and to hear, and waiting for Qt."""

# ruff: noqa: N802 (QGIS fixes these names)
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessingFeedback,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QCoreApplication, QPoint, QSize
from qgis.PyQt.QtWidgets import QLabel, QToolButton, QWidget
from rasterio.transform import from_origin

WEST, NORTH = 325000.0, 2785000.0
CRS = "EPSG:32640"


def patchwork(height: int, width: int, *, seed: int = 7, side: int = 32) -> np.ndarray:
    """An RGB picture of coloured patches with noise, (3, height, width) uint8."""
    random = np.random.default_rng(seed)
    patches = random.integers(30, 226, (3, height // side + 1, width // side + 1))
    large = patches.repeat(side, axis=1).repeat(side, axis=2)[:, :height, :width]
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


def polygon_layer(*rectangles: QgsRectangle, crs: str = CRS) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Polygon?crs={crs}", "mask", "memory")
    for rectangle in rectangles:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromRect(rectangle))
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def box(top: float, left: float, bottom: float, right: float) -> QgsRectangle:
    """A rectangle of the scene in map coordinates, from rows and columns."""
    return QgsRectangle(WEST + left, NORTH - bottom, WEST + right, NORTH - top)


def assert_nothing_is_cut_off(dock: QWidget, *, width: int, height: int) -> None:
    """Every widget of the dock's body ends where its view does, and every text is whole."""
    dock.resize(QSize(width, height))
    QCoreApplication.processEvents()
    body = dock.widget().widget()
    right = body.mapToGlobal(QPoint(dock.widget().viewport().width(), 0)).x()
    for widget in body.findChildren(QWidget):
        if widget.isVisible():
            assert widget.mapToGlobal(QPoint(widget.width(), 0)).x() <= right, widget
    for label in body.findChildren(QLabel):
        if label.isVisible() and not label.wordWrap() and label.text():
            assert label.width() >= label.sizeHint().width(), label.text()
    for button in body.findChildren(QToolButton):
        if button.isVisible() and button.text():
            assert button.width() >= button.sizeHint().width(), button.text()


class Listener(QgsProcessingFeedback):
    """Remembers what an algorithm says; cancels at `cancel_at` percent."""

    def __init__(self, cancel_at: float = 1000.0) -> None:
        super().__init__(False)
        self.said: list[str] = []
        self.warned: list[str] = []
        self.percents: list[float] = []
        self._cancel_at = cancel_at
        self.progressChanged.connect(self._progress)

    def _progress(self, percent: float) -> None:
        self.percents.append(percent)
        if percent >= self._cancel_at:
            self.cancel()

    def pushInfo(self, text: str) -> None:
        self.said.append(text)

    def pushWarning(self, text: str) -> None:
        self.warned.append(text)
