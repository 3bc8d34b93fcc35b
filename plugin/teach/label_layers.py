# SPDX-License-Identifier: GPL-2.0-or-later
"""The labels of a lesson as ordinary layers of the project, a layer for each kind of geometry.

The lesson is what counts: layers show it, and what is changed in them with QGIS's own tools changes
it. So taking the layers out of the project, or closing that, loses no label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsProject,
    QgsVectorLayer,
)
from qgis.PyQt import sip
from qgis.PyQt.QtCore import QObject, QTimer, pyqtSignal

from ..i18n import tr
from ..map_tool.kinds import KINDS, LINE, POINT, POLYGON
from .label_features import feature_of, key_of, label_in, place_of, set_class
from .label_style import CLASS_FIELD, NAME_FIELD, WIDTH_FIELD, style_labels
from .shapes import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...inference.teaching.lesson import Label, Lesson

MARK = "geosift/labels"
"""The custom property of layers that are ours."""
_SKIP_CHECK = "skipMemoryLayersCheck"
"""QGIS's own: closing a project does not ask about such a layer."""
_TYPES = {POINT: "MultiPoint", LINE: "MultiLineString", POLYGON: "MultiPolygon"}


class LabelLayers(QObject):
    """Shows a lesson in the project; made when there are labels, and again after they were removed.

    To be used on the main thread.
    """

    edited = pyqtSignal(object)
    """The labels as somebody has changed them in the layers."""
    troubled = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._layers: dict[str, QgsVectorLayer] = {}
        self._lesson: Lesson | None = None
        self._is_showing = False
        self._in_hand = 0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._read)
        project = QgsProject.instance()
        project.layersWillBeRemoved.connect(self._layers_go)
        project.readProject.connect(self._drop_strays)

    @property
    def layers(self) -> tuple[QgsVectorLayer, ...]:
        """Those that are in the project now."""
        return tuple(self._layers.values())

    def show(self, lesson: Lesson, crs: QgsCoordinateReferenceSystem, *, saved: bool) -> None:
        """Have the layers hold the labels of this lesson and no others."""
        with self._showing():
            restyle = self._lesson is None or self._lesson.classes != lesson.classes
            self._lesson = lesson
            for kind in KINDS:
                wanted = [label for label in lesson.labels if kind_of(label.shape) == kind]
                layer = self._layers.get(kind)
                if layer is None and wanted:
                    layer = self._made(kind, crs)
                    style_labels(layer, kind, lesson.classes)
                elif layer is not None and restyle:
                    style_labels(layer, kind, lesson.classes)
                if layer is not None:
                    if layer.crs() != crs:  # another lesson, drawn on another raster
                        layer.setCrs(crs)
                    layer.setName(_title(lesson.name, kind))
                    layer.setCustomProperty(_SKIP_CHECK, 1 if saved else 0)
                    self._fill(layer, wanted)

    def take_in_hand(self, class_id: int) -> None:
        """Have what is drawn with QGIS's own tools be of this class, too."""
        self._in_hand = class_id
        for layer in self.layers:
            self._prefer(layer)

    def remove(self) -> None:
        """Take the layers out of the project."""
        ids = [layer.id() for layer in self.layers]
        self._layers = {}
        self._lesson = None
        QgsProject.instance().removeMapLayers(ids)

    def shut_down(self, *, keep: bool) -> None:
        """Hear nothing any more; `keep` leaves the layers to the user, else they go."""
        project = QgsProject.instance()
        project.layersWillBeRemoved.disconnect(self._layers_go)
        project.readProject.disconnect(self._drop_strays)
        self._later.stop()
        for layer in self.layers:
            layer.removeCustomProperty(MARK)
        if not keep:
            self.remove()

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """While layers are changed by us, nobody has edited them."""
        self._is_showing = True
        try:
            yield
        finally:
            self._is_showing = False

    def _made(self, kind: str, crs: QgsCoordinateReferenceSystem) -> QgsVectorLayer:
        fields = (
            f"field={CLASS_FIELD}:integer&field={NAME_FIELD}:string(0)&field={WIDTH_FIELD}:double"
        )
        layer = QgsVectorLayer(f"{_TYPES[kind]}?{fields}", _title("", kind), "memory")
        layer.setCrs(crs)
        layer.setCustomProperty(MARK, kind)
        form = layer.editFormConfig()
        form.setSuppress(QgsEditFormConfig.FeatureFormSuppress.SuppressOn)
        layer.setEditFormConfig(form)
        self._prefer(layer)
        for signal in (
            layer.featureAdded, layer.featureDeleted, layer.geometryChanged,
            layer.attributeValueChanged, layer.afterRollBack, layer.afterCommitChanges,
        ):  # fmt: skip
            signal.connect(self._hear)
        self._layers[kind] = layer
        # Not by addMapLayer alone, which would make it the active layer of QGIS.
        QgsProject.instance().addMapLayer(layer, False)
        QgsProject.instance().layerTreeRoot().insertLayer(0, layer)
        return layer

    def _prefer(self, layer: QgsVectorLayer) -> None:
        field = layer.fields().lookupField(CLASS_FIELD)
        layer.setDefaultValueDefinition(field, QgsDefaultValue(str(self._in_hand)))

    def _fill(self, layer: QgsVectorLayer, wanted: Sequence[Label]) -> None:
        """Add what lacks and delete what is too much, within the user's edits where there are."""
        names = {info.id: info.name for info in self._lesson.classes}
        lacking = Counter(key_of(label) for label in wanted)
        too_much: list[int] = []
        for feature in layer.getFeatures():
            label = label_in(feature)
            is_named = label is not None and feature[NAME_FIELD] == names.get(label.class_id)
            if is_named and lacking[key_of(label)] > 0:
                lacking[key_of(label)] -= 1
            else:
                too_much.append(feature.id())
        added = []
        for label in wanted:
            if lacking[key_of(label)] > 0:
                lacking[key_of(label)] -= 1
                added.append(feature_of(layer, label, names.get(label.class_id, "")))
        if too_much or added:
            target = layer if layer.isEditable() else layer.dataProvider()
            target.deleteFeatures(too_much)
            target.addFeatures(added)
            layer.updateExtents()
            layer.triggerRepaint()

    def _hear(self, *_what: object) -> None:
        """Several changes in a row are read once."""
        if not self._is_showing:
            self._later.start()

    def _read(self) -> None:
        """Tell the labels as they are in the layers now, old ones in their old order."""
        if self._lesson is None:
            return
        found = [label for layer in self.layers for label in self._labels_in(layer)]
        there = Counter(map(key_of, found))
        # A kind without a layer: that was removed, not its labels.
        kept = [
            label
            for label in self._lesson.labels
            if kind_of(label.shape) not in self._layers or _taken(there, key_of(label))
        ]
        labels = (*kept, *(label for label in found if _taken(there, key_of(label))))
        if labels != self._lesson.labels:
            self.edited.emit(labels)

    def _labels_in(self, layer: QgsVectorLayer) -> list[Label]:
        """Those of a layer; one without a class gets its former one again, or the one in hand.

        Nobody who empties a field means to delete a label.
        """
        names = {info.id: info.name for info in self._lesson.classes}
        former = {place_of(label): label.class_id for label in self._lesson.labels}
        told = [(each, label_in(each)) for each in layer.getFeatures()]
        lost = [(each, label) for each, label in told if label and label.class_id not in names]
        for feature, label in lost:
            class_id = former.get(place_of(label), self._in_hand)
            with self._showing():
                set_class(layer, feature.id(), class_id, names)
        if lost:
            words = tr(
                "A label needs a class of this lesson: it was given the one it had, or the one in "
                "hand. Delete the feature to remove the label."
            )
            self.troubled.emit(words)
            told = [(each, label_in(each)) for each in layer.getFeatures()]
        return [label for _, label in told if label is not None]

    def _layers_go(self, layer_ids: Sequence[str]) -> None:
        """Be without layers that somebody removes; their labels stay in the lesson."""
        self._layers = {
            kind: layer
            for kind, layer in self._layers.items()
            if not sip.isdeleted(layer) and layer.id() not in layer_ids
        }

    def _drop_strays(self, *_document: object) -> None:
        """Take out what a saved project remembers of layers like ours: it has no labels in it."""
        mine = {layer.id() for layer in self.layers}
        found = QgsProject.instance().mapLayers()
        strays = [key for key, layer in found.items() if layer.customProperty(MARK)]
        QgsProject.instance().removeMapLayers([key for key in strays if key not in mine])


def _taken(there: Counter[tuple[object, ...]], key: tuple[object, ...]) -> bool:
    """Whether there is one more of these, which is not there any more then."""
    there[key] -= 1
    return there[key] >= 0


def _title(name: str, kind: str) -> str:
    words = {POINT: tr("labels, points"), LINE: tr("labels, lines"), POLYGON: tr("labels, areas")}
    return f"{name}: {words[kind]}" if name else words[kind]
