# SPDX-License-Identifier: GPL-2.0-or-later
"""A scene of known shapes, the tool on a canvas, and the hand that points, drags and types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from affine import Affine
from dock_helpers import Interface, open_dock
from plugin_helpers import CRS, NORTH, WEST, wait_until, write_raster
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEvent, QPoint, QPointF, Qt
from qgis.PyQt.QtGui import QMouseEvent
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QWidget
from rasterio.transform import from_origin

from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.prompt.controller import PromptController
from geosift.plugin.results.layer_tree import RESULT_PROPERTY

HEIGHT, WIDTH = 600, 800
HOUSE = (100, 120, 180, 240)
"""Top, left, bottom, right of a rectangle, in pixels; the others likewise."""
POOL = (300, 500, 380, 560)
FIELD = (400, 100, 560, 300)
BARN, ROOF = (60, 520, 220, 720), (100, 580, 180, 660)
"""The roof stands in the barn and is nearly of its colour: who clicks there may mean either."""
GROUND = (90, 140, 60)
_COLOURS = {
    HOUSE: (220, 60, 40),
    POOL: (40, 90, 230),
    FIELD: (230, 200, 60),
    BARN: (150, 60, 150),
    ROOF: (180, 80, 150),
}

NONE = Qt.MouseButton.NoButton
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def shapes(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Rectangles of their own colours on green ground, (3, height, width)."""
    pixels = np.empty((3, height, width), np.uint8)
    pixels[:] = np.array(GROUND, np.uint8)[:, None, None]
    for (top, left, bottom, right), colour in _COLOURS.items():
        pixels[:, top:bottom, left:right] = np.array(colour, np.uint8)[:, None, None]
    return pixels


def write_scene(folder: Path, **profile: Any) -> Path:
    """The shapes as a GeoTIFF, 1 m pixels in UTM unless `profile` says otherwise."""
    return write_raster(folder / "shapes.tif", shapes(), **profile)


UTM = from_origin(WEST, NORTH, 1, 1)


def on_map(row: float, col: float, transform: Affine = UTM) -> QgsPointXY:
    """A place of the scene in the coordinates of its layer."""
    return QgsPointXY(*(transform * (col, row)))


def middle(shape: tuple[int, int, int, int], transform: Affine = UTM) -> QgsPointXY:
    top, left, bottom, right = shape
    return on_map((top + bottom) / 2, (left + right) / 2, transform)


def truth(shape: tuple[int, int, int, int], transform: Affine = UTM) -> QgsGeometry:
    """The rectangle in the coordinates of the layer."""
    top, left, bottom, right = shape
    corners = ((top, left), (top, right), (bottom, right), (bottom, left), (top, left))
    return QgsGeometry.fromPolygonXY([[on_map(*corner, transform) for corner in corners]])


def iou(one: QgsGeometry, two: QgsGeometry) -> float:
    return one.intersection(two).area() / one.combine(two).area()


def outline_layers() -> list[QgsVectorLayer]:
    """What the tool has made for outlines, in the project."""
    layers = QgsProject.instance().mapLayers().values()
    return [each for each in layers if each.customProperty(RESULT_PROPERTY) == "outlines"]


class Hand:
    """Mouse and keys on the map of a dock whose tool is on."""

    def __init__(self, dock: GeoSiftDock, interface: Interface, layer: QgsRasterLayer) -> None:
        self.dock, self.interface, self.canvas = dock, interface, interface.canvas
        self.layer = layer

    @property
    def controller(self) -> PromptController:
        return self.dock.prompt.controller

    def at(self, place: QgsPointXY) -> QPoint:
        """Where a place in the layer's coordinates is on the screen now."""
        shown = self.to_canvas().transform(place)
        return self.canvas.getCoordinateTransform().transform(shown).toQPointF().toPoint()

    def to_canvas(self) -> QgsCoordinateTransform:
        settings = self.canvas.mapSettings()
        return QgsCoordinateTransform(
            self.layer.crs(), settings.destinationCrs(), QgsProject.instance()
        )

    def click(self, place: QgsPointXY, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseClick(self.canvas.viewport(), button, pos=self.at(place))

    def click_and_wait(self, place: QgsPointXY, button: Qt.MouseButton = LEFT) -> None:
        self.click(place, button)
        self.wait()

    def move(self, place: QgsPointXY) -> None:
        move_mouse(self.canvas.viewport(), self.at(place))

    def drag(self, start: QgsPointXY, end: QgsPointXY) -> None:
        self.drag_on_screen(self.at(start), self.at(end))

    def drag_on_screen(self, one: QPoint, two: QPoint) -> None:
        viewport = self.canvas.viewport()
        QTest.mousePress(viewport, LEFT, pos=one)
        for step in (0.3, 0.7, 1.0):
            move_mouse(viewport, one + (two - one) * step, LEFT)
        QTest.mouseRelease(viewport, LEFT, pos=two)

    def drag_and_wait(self, start: QgsPointXY, end: QgsPointXY) -> None:
        self.drag(start, end)
        self.wait()

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """A key as the screen sends it: to the window, which offers it to shortcuts first."""
        window = QApplication.focusWindow() or self.canvas.window().windowHandle()
        QTest.keyClick(window, key, modifier or Qt.KeyboardModifier.NoModifier)

    def wait(self) -> None:
        """Until what was asked is answered, with every candidate."""
        wait_until(lambda: not self.controller.cutting.is_asking)

    def wait_for_view(self) -> None:
        """Until what the map shows is encoded."""
        wait_until(lambda: not self.controller.look_ahead.is_busy)

    def drawn(self) -> QgsGeometry:
        """The outline on the map, in the layer's coordinates."""
        return self._in_layer(self.controller.cutting.preview.answer.asGeometry())

    def drawn_raw(self) -> QgsGeometry:
        """The outline in the map's coordinates, also when the layer is gone."""
        return self.controller.cutting.preview.answer.asGeometry()

    def hovered(self) -> QgsGeometry:
        return self._in_layer(self.controller.cutting.preview.hover.asGeometry())

    def _in_layer(self, shown: QgsGeometry) -> QgsGeometry:
        crs, project = self.canvas.mapSettings().destinationCrs(), QgsProject.instance()
        shown.transform(QgsCoordinateTransform(crs, self.layer.crs(), project))
        return shown

    def warnings(self) -> list[str]:
        return [text for kind, text in self.interface.bar.messages if kind == "warning"]


def move_mouse(widget: QWidget, place: QPoint, held: Qt.MouseButton = NONE) -> None:
    """QTest.mouseMove only moves the cursor of the screen, and knows no buttons."""
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(place), QPointF(widget.mapToGlobal(place)), NONE, held,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def show_on(
    interface: Interface, layer: QgsRasterLayer, *, crs: str = CRS, seen: QgsRectangle | None = None
) -> None:
    """The canvas in that CRS, and the whole layer on it or what is to be `seen` of it."""
    canvas = interface.canvas
    canvas.resize(800, 600)
    canvas.show()
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(crs))
    canvas.setLayers([layer])
    to_canvas = QgsCoordinateTransform(
        layer.crs(), canvas.mapSettings().destinationCrs(), QgsProject.instance()
    )
    canvas.setExtent(to_canvas.transformBoundingBox(seen or layer.extent()))
    QApplication.processEvents()


@contextmanager
def hand_on(
    interface: Interface, layer: QgsRasterLayer, model: str, *, wait: bool = True, **shown: Any
) -> Iterator[Hand]:
    """The tool on the layer; with `wait`, what the map shows is encoded."""
    show_on(interface, layer, **shown)
    with open_dock(interface) as dock:
        dock.show_prompt()
        interface.setActiveLayer(layer)
        wait_until(lambda: dock.prompt.page.layer() == layer)
        dock.prompt.page.model.set_value(model)
        QTest.mouseClick(dock.prompt.page.button, LEFT)
        hand = Hand(dock, interface, layer)
        assert hand.controller.is_on, hand.warnings()
        if wait:
            hand.wait_for_view()
        yield hand
