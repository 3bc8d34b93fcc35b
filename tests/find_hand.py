# SPDX-License-Identifier: GPL-2.0-or-later
"""A scene of three grounds that come again and again, and the hand that looks for one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from dock_helpers import Interface, open_dock
from plugin_helpers import CRS, NORTH, WEST, add_raster, wait_until, write_raster
from prompt_hand import LEFT, move_mouse, show_on
from qgis.core import QgsCoordinateTransform, QgsPointXY, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from geosift.inference.cards.catalog import Catalog
from geosift.inference.embedding.index_info import IndexedSource, Making
from geosift.inference.embedding.index_writer import IndexWriter
from geosift.inference.embedding.job import EmbedJob
from geosift.inference.embedding.places import corners_of
from geosift.inference.embedding.run import run_embed
from geosift.inference.embedding.source_file import SourceFile
from geosift.inference.embedding.source_raster import SourceRaster
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.find.panel import FindPanel
from geosift.plugin.find.question import Found
from geosift.plugin.results.layer_tree import RESULT_PROPERTY

BLOCK, SIDE = 64, 8
"""Pixels of a block, and blocks along a side of the scene."""
SAND, WATER, FOREST = 0, 1, 2
_COLOURS = np.array([(220, 190, 120), (30, 60, 160), (30, 90, 30)], np.uint8)


def grounds() -> np.ndarray:
    """(SIDE, SIDE): which ground each block is of; an eighth of them are water."""
    rows, cols = np.indices((SIDE, SIDE))
    found = np.where((rows + cols) % 2, FOREST, SAND)
    found[(rows * 3 + cols * 5) % 8 == 0] = WATER
    return found


def scene(*, seed: int = 3) -> np.ndarray:
    """(3, height, width) uint8: sand and water are smooth, forest is rough."""
    random = np.random.default_rng(seed)
    kinds = grounds().repeat(BLOCK, axis=0).repeat(BLOCK, axis=1)
    rough = np.where(kinds == FOREST, 40, 4)[..., None]
    noise = random.normal(size=(*kinds.shape, 3)) * rough
    return np.clip(_COLOURS[kinds] + noise, 0, 255).astype(np.uint8).transpose(2, 0, 1)


def write_scene(path: Path, **profile: Any) -> Path:
    return write_raster(path, scene(), **profile)


def blocks_of(ground: int) -> list[tuple[int, int]]:
    """Row and column of every block of a ground."""
    return [tuple(each) for each in np.argwhere(grounds() == ground).tolist()]


def middle_of(block: tuple[int, int]) -> QgsPointXY:
    """The middle of a block in the coordinates of the scene."""
    row, col = block
    return QgsPointXY(WEST + (col + 0.5) * BLOCK, NORTH - (row + 0.5) * BLOCK)


def embed_scene(folder: Path, *rasters: Path | str, step: int = BLOCK, **options: Any) -> Path:
    """An index made with the bundled network, a patch a block."""
    card = Catalog(folder / "none").find("features")
    run_embed(EmbedJob(tuple(map(str, rasters)), card, folder, step=step, **options))
    return folder


def dense_index(folder: Path, raster: Path, *, step: int) -> Path:
    """An index with a patch every `step` pixels and vectors that are made up, to measure time."""
    card = Catalog(folder / "none").find("features")
    making = Making("features", card.sha256, 64, BLOCK, step, None, "EPSG:4326")
    side = SIDE * BLOCK
    known = IndexedSource(SourceFile.of(str(raster)), "", "", side, side, (1, 2, 3))
    with SourceRaster.open(making, known) as opened, IndexWriter.open(folder, making) as index:
        rows, cols = np.indices((len(opened.plan.rows.starts), len(opened.plan.cols.starts)))
        places = rows.ravel(), cols.ravel()
        vectors = np.random.default_rng(1).normal(size=(rows.size, making.dimension))
        number = index.tell(None, known)
        index.add(number, vectors, corners_of(opened.plan, *places), *places)
        index.commit({number: None})
    return folder


def hit_layers() -> list[Any]:
    layers = QgsProject.instance().mapLayers().values()
    return [each for each in layers if each.customProperty(RESULT_PROPERTY) == "similar"]


class FindHand:
    """Mouse and keys on the page "Find" of a dock, and on the map."""

    def __init__(self, dock: GeoSiftDock, interface: Interface, layer: QgsRasterLayer) -> None:
        self.dock, self.interface, self.canvas = dock, interface, interface.canvas
        self.layer = layer

    @property
    def panel(self) -> FindPanel:
        return self.dock.find

    @property
    def page(self) -> Any:
        return self.panel.page

    def at(self, place: QgsPointXY) -> QPoint:
        """Where a place of the scene is on the screen now."""
        settings = self.canvas.mapSettings()
        to_canvas = QgsCoordinateTransform(
            self.layer.crs(), settings.destinationCrs(), QgsProject.instance()
        )
        shown = to_canvas.transform(place)
        return self.canvas.getCoordinateTransform().transform(shown).toQPointF().toPoint()

    def click(
        self,
        place: QgsPointXY,
        button: Qt.MouseButton = LEFT,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        QTest.mouseClick(self.canvas.viewport(), button, held, pos=self.at(place))
        self.wait()

    def drag(self, one: QgsPointXY, two: QgsPointXY) -> None:
        viewport, start, end = self.canvas.viewport(), self.at(one), self.at(two)
        QTest.mousePress(viewport, LEFT, pos=start)
        for step in (0.3, 0.7, 1.0):
            move_mouse(viewport, start + (end - start) * step, LEFT)
        QTest.mouseRelease(viewport, LEFT, pos=end)
        self.wait()

    def key(self, text: str | Qt.Key) -> None:
        """A key as the screen sends it: to the window, which offers it to shortcuts first."""
        window = QApplication.focusWindow() or self.canvas.window().windowHandle()
        QTest.keyClick(window, text)
        self.wait()

    def wait(self) -> None:
        """Until everything that was asked is answered and drawn."""
        for _each in ("an answer", "its pictures"):  # the one asks for the others
            QApplication.processEvents()
            wait_until(lambda: not (self.panel.is_waiting or self.panel.search.is_busy))
        QApplication.processEvents()

    def found(self) -> Sequence[Found]:
        answer = self.panel.search.answer
        return () if answer is None else answer.found

    def found_grounds(self) -> list[int]:
        """Of which ground each patch is that was found, the best first."""
        kinds = grounds()
        return [int(kinds[each.patch[1], each.patch[2]]) for each in self.found()]

    def said(self) -> str:
        """What the page's notice says, '' where it is hidden."""
        notice = self.page.notice
        return notice.label.text() if notice.isVisible() else ""


@contextmanager
def find_on(
    interface: Interface, layer: QgsRasterLayer, folder: Path | None, *, start: bool = True,
    crs: str = CRS,
) -> Iterator[FindHand]:  # fmt: skip
    """The page on the layer; with `start` the tool is on."""
    show_on(interface, layer, crs=crs)
    with open_dock(interface) as dock:
        dock.pages.turn_to(dock.find)
        interface.setActiveLayer(layer)
        wait_until(lambda: dock.find.page.layer() == layer)
        hand = FindHand(dock, interface, layer)
        if folder is not None:
            dock.find.page.index.set_path(str(folder))
        hand.wait()
        if start:
            QTest.mouseClick(dock.find.page.button, LEFT)
            hand.wait()
        yield hand


def scene_layer(folder: Path, name: str = "scene.tif", **profile: Any) -> QgsRasterLayer:
    return add_raster(write_scene(folder / name, **profile))
