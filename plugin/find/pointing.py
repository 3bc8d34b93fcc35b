# SPDX-License-Identifier: GPL-2.0-or-later
"""The hand on the map: clicks, boxes, keys and selected features become examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...inference.errors import GeoSiftError, InputError
from ..i18n import tr
from ..map_tool.keys import Keys
from ..map_tool.switch import ToolSwitch
from .example import PATCH, SHAPE, Example, Shown
from .ground import Ground
from .keymap import BAD, GOOD, LEAVE, UNDO, FindKeymap
from .markers import Markers
from .question import Found
from .tool import FindTool

_MOST = 200
"""Features of a layer that are taken as examples at once."""


class Pointing(QObject):
    """`ground` says how the map lies to the index now; it may raise GeoSiftError."""

    changed = pyqtSignal()
    """The examples are others now."""
    turned = pyqtSignal(bool)
    troubled = pyqtSignal(str)

    def __init__(self, canvas: QgsMapCanvas, ground: Callable[[], Ground]) -> None:
        super().__init__()
        self._canvas, self._ground = canvas, ground
        self.keys_elsewhere: Callable[[], bool] = lambda: False
        """Whether plus and minus mean something where the focus is."""
        self.shown = Shown()
        self.markers = Markers(canvas)
        self.keys = Keys(canvas, self, FindKeymap())
        self.tool = FindTool(canvas, is_panning=lambda: self.keys.space_is_down)
        self.switch = ToolSwitch(canvas, self.tool)
        self.tool.pointed.connect(self._point)
        self.tool.framed.connect(self._frame)
        self.tool.dragging.connect(self.markers.show_drag)
        self.switch.turned.connect(self._turn)
        canvas.destinationCrsChanged.connect(self.draw)

    @property
    def is_on(self) -> bool:
        return self.switch.is_on

    def can(self, command: str) -> bool:
        """See keys.Commands."""
        if command == UNDO:
            return self.shown.can_undo
        return command == LEAVE or not self.keys_elsewhere()

    def do(self, command: str) -> None:
        """See keys.Commands; the first Esc during a drag gives up only the box."""
        if command == UNDO:
            self.undo()
        elif command in (GOOD, BAD):
            self._point(self._pointer(), command == GOOD)
        elif self.tool.has_box:
            self.tool.give_up_box()
        else:
            self.switch.turn_off()

    def judge(self, found: Found, good: bool) -> None:
        """More like a patch that was found, or less; the last word on it counts."""
        before = [n for n, each in enumerate(self.shown.now) if each.what == found.patch]
        example = Example(good, PATCH, found.middle, found.patch)
        if before and self.shown.now[before[0]] != example:
            self.shown.remove(before)
        self._add([example])

    def add_features(self, layer: QgsVectorLayer | None) -> None:
        """Take the selected features of a layer as good examples."""
        try:
            self._add(self._examples_of(layer))
        except GeoSiftError as error:
            self.troubled.emit(str(error))

    def undo(self) -> None:
        """One step back."""
        self.shown.undo()
        self._tell()

    def remove(self, places: Sequence[int]) -> None:
        """Take some away, by their places."""
        self.shown.remove(places)
        self._tell()

    def clear(self) -> None:
        """Take all away."""
        self.shown.clear()
        self._tell()

    def forget(self, examples: Sequence[Example]) -> None:
        """Have some never been there."""
        self.shown.forget(examples)
        self._tell()

    def draw(self) -> None:
        """Draw the markers where the map has them now."""
        try:
            ground = self._ground() if self.shown.now else None
        except GeoSiftError:  # said when one points
            ground = None
        self.markers.show(self.shown.now, ground)

    def shut_down(self) -> None:
        """Take everything off the map."""
        self._canvas.destinationCrsChanged.disconnect(self.draw)
        self.switch.shut_down()
        self.markers.remove()

    def _turn(self, on: bool) -> None:
        if on:
            self.keys.turn_on()
            self._canvas.setFocus()
        else:
            self.keys.turn_off()
        self.turned.emit(on)

    def _point(self, point: QgsPointXY, good: bool) -> None:
        try:
            self._add([Example.of_place(self._ground().place(point), good=good)])
        except GeoSiftError as error:
            self.troubled.emit(str(error))

    def _frame(self, ends: Any, good: bool) -> None:
        try:
            self._add([Example.of_area(self._ground().box(*ends), good=good)])
        except GeoSiftError as error:
            self.troubled.emit(str(error))

    def _pointer(self) -> QgsPointXY:
        """Where the pointer is on the map, or the middle of the map where it is elsewhere."""
        canvas = self._canvas
        if not canvas.underMouse():
            return canvas.center()
        return canvas.getCoordinateTransform().toMapCoordinates(canvas.mouseLastXY())

    def _add(self, examples: Sequence[Example]) -> None:
        before = self.shown.now
        self.shown.add(examples)
        if self.shown.now != before:
            self._tell()

    def _tell(self) -> None:
        self.draw()
        self.changed.emit()

    def _examples_of(self, layer: QgsVectorLayer | None) -> list[Example]:
        if layer is None or not layer.selectedFeatureCount():
            raise InputError(
                tr("Make a vector layer the active one and select features in it first.")
            )
        if layer.selectedFeatureCount() > _MOST:
            words = tr("Too many features are selected ({0}): select at most {1} as examples.")
            raise InputError(words.format(layer.selectedFeatureCount(), _MOST))
        canvas_crs = self._canvas.mapSettings().destinationCrs()
        to_map = QgsCoordinateTransform(layer.crs(), canvas_crs, QgsProject.instance())
        ground, made = self._ground(), []
        for feature in layer.selectedFeatures():
            geometry = QgsGeometry(feature.geometry())
            if geometry.isEmpty():
                continue
            try:
                geometry.transform(to_map)
            except QgsCsException as error:
                words = tr("The features of '{0}' lie nowhere on this map ({1}).")
                raise InputError(words.format(layer.name(), error)) from error
            made.append(_example(geometry, ground))
        return made


def _example(geometry: QgsGeometry, ground: Ground) -> Example:
    """A polygon is what is inside; of a line it is a place on it."""
    valid = geometry if geometry.isGeosValid() else geometry.makeValid()
    at = ground.place(valid.pointOnSurface().asPoint())
    if geometry.type() == QgsWkbTypes.GeometryType.PolygonGeometry:
        return Example(True, SHAPE, at, ground.shape(geometry))
    return Example.of_place(at, good=True)
