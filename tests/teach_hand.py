# SPDX-License-Identifier: GPL-2.0-or-later
"""The page "Teach" on a canvas with a scene of known shapes, and the hand that draws on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from dock_helpers import Interface, open_dock
from plugin_helpers import wait_until, write_raster
from prompt_hand import LEFT, move_mouse, on_map, show_on
from qgis.core import (
    QgsCoordinateTransform,
    QgsPointXY,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QAbstractButton, QApplication

from geosift.inference.teaching.lesson import Lesson
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.teach.label_layers import MARK

KEYS = Qt.Key
HEIGHT, WIDTH = 384, 512
MIDDLE = WIDTH // 2
"""West of this column there is grass, east of it water."""


def two_grounds() -> np.ndarray:
    """Rough green in the west, smooth blue in the east, (3, HEIGHT, WIDTH)."""
    random = np.random.default_rng(3)
    pixels = np.empty((3, HEIGHT, WIDTH), np.int16)
    pixels[:, :, :MIDDLE] = np.array([90, 140, 60])[:, None, None]
    pixels[:, :, MIDDLE:] = np.array([40, 80, 170])[:, None, None]
    rough = np.where(np.arange(WIDTH) < MIDDLE, 25, 4)
    pixels += (random.standard_normal((1, HEIGHT, WIDTH)) * rough).astype(np.int16)
    return np.clip(pixels, 0, 255).astype(np.uint8)


class TeachHand:
    """Mouse and keys on the map, and buttons of the page."""

    def __init__(self, dock: GeoSiftDock, interface: Interface, layer: QgsRasterLayer) -> None:
        self.dock, self.panel, self.page = dock, dock.teach, dock.teach.page
        self.interface, self.canvas, self.layer = interface, interface.canvas, layer

    @property
    def lesson(self) -> Lesson:
        return self.panel.controller.history.lesson

    def look_at_panel(self) -> None:
        """Have the panel's window be the active one: what closes gives the focus back there."""
        self.dock.activateWindow()
        assert QTest.qWaitForWindowActive(self.dock)

    def press(self, button: QAbstractButton) -> None:
        assert button.isEnabled(), button.objectName()
        QTest.mouseClick(button, LEFT)

    def start(self) -> None:
        """Press the button, and wait until the view is encoded."""
        self.press(self.page.button)
        assert self.panel.controller.live.is_on, self.said()
        self.wait()

    def teach_two(self) -> None:
        """A stroke of each class, in the west and in the east."""
        self.start()
        self.stroke((60, 60), (320, 90))
        self.take(1)
        self.stroke((60, 420), (320, 450))
        self.wait()

    def at(self, row: float, col: float) -> QPoint:
        """Where a place of the scene is on the screen."""
        return self.on_screen(on_map(row, col))

    def on_screen(self, place: QgsPointXY) -> QPoint:
        return self.canvas.getCoordinateTransform().transform(place).toQPointF().toPoint()

    def click(self, row: float, col: float, button: Qt.MouseButton = LEFT) -> None:
        QTest.mouseClick(self.canvas.viewport(), button, pos=self.at(row, col))

    def stroke(self, *places: tuple[float, float]) -> None:
        """Drag through places (row, column) of the scene."""
        self.stroke_on_screen(*(self.at(*place) for place in places))

    def stroke_on_screen(self, *places: QPoint) -> None:
        """Drag through places of the window."""
        viewport = self.canvas.viewport()
        first, *rest = places
        QTest.mousePress(viewport, LEFT, pos=first)
        last = first
        for place in rest:
            for share in (0.25, 0.5, 0.75, 1.0):
                move_mouse(viewport, last + (place - last) * share, LEFT)
            last = place
        QTest.mouseRelease(viewport, LEFT, pos=last)

    def show_all_of(self, layer: QgsRasterLayer) -> None:
        """Move the map to a layer, whatever its CRS."""
        crs, project = self.canvas.mapSettings().destinationCrs(), QgsProject.instance()
        there = QgsCoordinateTransform(layer.crs(), crs, project)
        self.canvas.setExtent(there.transformBoundingBox(layer.extent()))

    def take(self, class_id: int) -> None:
        """Choose the class to draw by its number key."""
        self.key((KEYS.Key_1, KEYS.Key_2, KEYS.Key_3, KEYS.Key_4)[class_id])

    def mode(self, mode: str) -> None:
        self.press(self.page.modes.buttons[mode])

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier | None = None) -> None:
        """A key as the screen sends it: to the window, which offers it to shortcuts first."""
        window = QApplication.focusWindow() or self.canvas.window().windowHandle()
        QTest.keyClick(window, key, modifier or Qt.KeyboardModifier.NoModifier)

    def wait(self) -> None:
        """Until nothing is being computed any more."""
        live = self.panel.controller.live
        wait_until(lambda: not live.is_waiting and not live.answering.is_busy)

    def said(self) -> str:
        """The notice on the page."""
        notice = self.page.notice
        return notice.label.text() if not notice.isHidden() else ""

    def color_at(self, row: float, col: float) -> QColor | None:
        """What the preview shows of a place of the scene; None: nothing."""
        overlay = self.panel.controller.live.classes
        if not overlay.isVisible():
            return None
        place = self.at(row, col)
        color = overlay.image.pixelColor(place)
        return color if color.alpha() else None

    def share_of(self, class_id: int, rows: Sequence[int], cols: Sequence[int]) -> float:
        """Of places of the scene, how many the preview shows as that class."""
        color = QColor(self.lesson.classes[class_id].color)
        shown = [self.color_at(row, col) == color for row in rows for col in cols]
        return sum(shown) / len(shown)

    def label_layers(self) -> list[QgsVectorLayer]:
        layers = QgsProject.instance().mapLayers().values()
        return [each for each in layers if each.customProperty(MARK)]


def write_grounds(folder: Path) -> Path:
    return write_raster(folder / "grounds.tif", two_grounds())


@contextmanager
def teach_on(interface: Interface, layer: QgsRasterLayer) -> Iterator[TeachHand]:
    """The page beside a canvas that shows the layer; shut down and gone afterwards."""
    show_on(interface, layer)
    with open_dock(interface) as dock:
        dock.resize(320, 1000)
        dock.pages.turn_to(dock.teach)
        dock.teach.follow(layer)
        assert dock.teach.page.layer() == layer
        yield TeachHand(dock, interface, layer)
