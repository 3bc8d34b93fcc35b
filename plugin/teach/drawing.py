# SPDX-License-Identifier: GPL-2.0-or-later
"""From what the tool draws on the map to labels of the lesson, and from clicks to fewer of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsGeometry,
    QgsPointXY,
    QgsRasterLayer,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QColor

from ...inference.teaching.lesson import Label, Lesson
from ..i18n import tr
from ..map_tool.places import moved, places_in, transform_to
from .history import History
from .lesson_crs import engine_crs, qgis_crs
from .shapes import geometry_of, shape_of
from .sketch import Sketch
from .tool import ERASE, LabelTool

_NEAR = 8
"""Screen pixels from a label within which one erases it."""


class Drawing(QObject):
    """`layer` is the raster one draws on, `in_hand` the id of the class and its colour."""

    troubled = pyqtSignal(str)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        history: History,
        *,
        layer: Callable[[], QgsRasterLayer | None],
        in_hand: Callable[[], tuple[int, QColor]],
        is_panning: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._canvas, self._history = canvas, history
        self._layer, self._in_hand = layer, in_hand
        self.sketch = Sketch(canvas)
        self.tool = LabelTool(canvas, is_panning=is_panning)
        self.tool.sketched.connect(self._show)
        self.tool.drawn.connect(self.add)
        self.tool.erased.connect(self.erase)

    @property
    def crs(self) -> QgsCoordinateReferenceSystem:
        """Of the lesson's labels; where there are none, of the raster."""
        lesson, layer = self._history.lesson, self._layer()
        if lesson.labels or layer is None:
            return qgis_crs(lesson.crs)
        return layer.crs()

    def add(self, kind: str, points: Sequence[QgsPointXY]) -> None:
        """A label of the class in hand, from places on the map."""
        layer, lesson = self._layer(), self._history.lesson
        if layer is None:
            self.troubled.emit(tr("There is no raster layer in the project yet: add one first."))
            return
        crs = self.crs
        places = places_in(crs, points, self._canvas)
        if places is None:
            words = tr("The CRS of the layer '{0}' has no such place: draw on the layer.")
            self.troubled.emit(words.format(layer.name()))
            return
        if not lesson.labels:
            lesson = replace(lesson, crs=engine_crs(crs))
        label = Label(shape_of(kind, places), self._in_hand()[0])
        self._history.do(_on(lesson.with_label(label), layer))

    def erase(self, place: QgsPointXY) -> None:
        """Take away the newest label that is near a place of the map."""
        lesson = self._history.lesson
        near = _NEAR * self._canvas.mapUnitsPerPixel()
        there = QgsGeometry.fromPointXY(place)
        to_canvas = transform_to(qgis_crs(lesson.crs), self._canvas)[1]
        for index in reversed(range(len(lesson.labels))):
            shown = moved(geometry_of(lesson.labels[index].shape), to_canvas)
            if shown is not None and shown.distance(there) <= near:
                self._history.do(lesson.without_label(index))
                return

    def show_labels(self) -> None:
        """Draw the labels of the lesson as it is now over the preview."""
        lesson = self._history.lesson
        to_canvas = transform_to(qgis_crs(lesson.crs), self._canvas)[1]
        self.sketch.show_labels(lesson, to_canvas)

    def _show(self, points: Sequence[QgsPointXY] | None) -> None:
        if self.tool.mode != ERASE:
            self.sketch.show_drawing(self.tool.mode, points, self._in_hand()[1])


def _on(lesson: Lesson, layer: QgsRasterLayer) -> Lesson:
    """Remember which raster was drawn on, for those who reopen the lesson."""
    settings, name = lesson.settings, layer.source()
    if name in settings.rasters:
        return lesson
    return replace(lesson, settings=replace(settings, rasters=(*settings.rasters, name)))
