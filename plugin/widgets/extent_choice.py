# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of the raster: all of it, what the map shows, or what polygons say."""

from __future__ import annotations

from typing import Any

from qgis.core import (
    QgsFeatureRequest,
    QgsMapLayerProxyModel,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.gui import QgsMapCanvas, QgsMapLayerComboBox
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ...inference.errors import InputError
from ..algorithms.classify import ClassifyAlgorithm
from ..algorithms.classify_parameters import ZONES
from ..algorithms.common_parameters import EXTENT
from ..algorithms.segment import SegmentAlgorithm
from ..algorithms.segment_parameters import MASK
from ..i18n import tr, tr_count

WHOLE, VIEW, SELECTED, EACH = "whole", "view", "selected", "each"


class ExtentChoice(QWidget):
    """A list of what networks of the kind can do, and for polygons the layer that counts."""

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._followed: QgsVectorLayer | None = None
        self.combo = QComboBox()
        self.combo.setObjectName("extentCombo")
        self.combo.setToolTip(tr("Which part of the layer the run is about"))
        self.layers = QgsMapLayerComboBox()
        self.layers.setObjectName("polygonLayerCombo")
        self.layers.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.layers.setToolTip(tr("The layer whose polygons count"))
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        for field in (self.combo, self.layers):
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.combo, self.layers, self.hint):
            column.addWidget(widget)
        self.offer(SegmentAlgorithm.kind)
        self.combo.currentIndexChanged.connect(lambda _index: self._refresh())
        self.layers.layerChanged.connect(lambda _layer: self._refresh())
        self._refresh()

    def offer(self, kind: str) -> None:
        """List what networks of that kind can do; the choice stays where it can.

        A scene classification works around polygons, and can answer for each of them; the others
        can keep to what is inside.
        """
        chosen = self.combo.currentData()
        self._keeps_inside = kind != ClassifyAlgorithm.kind
        inside = tr("Selected polygons") if self._keeps_inside else tr("Around selected polygons")
        self.combo.clear()
        self.combo.addItem(tr("Whole layer"), WHOLE)
        self.combo.addItem(tr("Current view of the map"), VIEW)
        self.combo.addItem(inside, SELECTED)
        if not self._keeps_inside:
            self.combo.addItem(tr("One answer for each polygon"), EACH)
        self.combo.setCurrentIndex(max(0, self.combo.findData(chosen)))

    def parameters(self) -> dict[str, Any]:
        """EXTENT, MASK and ZONES for the algorithm, as they are now; raises InputError."""
        choice = self.combo.currentData()
        if choice == VIEW:
            crs = self._canvas.mapSettings().destinationCrs()
            return {EXTENT: QgsReferencedRectangle(self._canvas.extent(), crs)}
        if choice == EACH:
            return {ZONES: self._polygons()}
        if choice == SELECTED:
            return self._selected_polygons()
        return {}

    def prefer_polygons_of(self, layer: QgsVectorLayer) -> None:
        """Offer the selection of this layer (the active one)."""
        self.layers.setLayer(layer)

    def _polygons(self) -> QgsVectorLayer | str:
        """The selected polygons of the layer, all of them where none is selected."""
        layer = self.layers.currentLayer()
        if layer is None:
            raise InputError(tr("There is no polygon layer in the project yet: add one first."))
        return _copy_of_selection(layer) if layer.selectedFeatureCount() else layer.id()

    def _selected_polygons(self) -> dict[str, Any]:
        layer = self.layers.currentLayer()
        if layer is None or layer.selectedFeatureCount() == 0:
            raise InputError(
                tr("No polygon is selected: select some in the map, or choose the whole layer.")
            )
        box = QgsReferencedRectangle(layer.boundingBoxOfSelected(), layer.crs())
        mask = {MASK: _copy_of_selection(layer)} if self._keeps_inside else {}
        return {EXTENT: box, **mask}

    def _refresh(self) -> None:
        polygons = self.combo.currentData() in (SELECTED, EACH)
        self.layers.setVisible(polygons)
        self.hint.setVisible(polygons)
        self._follow(self.layers.currentLayer() if polygons else None)
        self._count()

    def _follow(self, layer: QgsVectorLayer | None) -> None:
        if self._followed is not None:
            self._followed.selectionChanged.disconnect(self._count)
            self._followed.willBeDeleted.disconnect(self._forget)
        self._followed = layer
        if layer is not None:
            layer.selectionChanged.connect(self._count)
            layer.willBeDeleted.connect(self._forget)

    def _forget(self) -> None:
        self._follow(None)

    def _count(self, *_changes: object) -> None:
        layer = self.layers.currentLayer()
        if layer is None:
            self.hint.setText(tr("The project has no polygon layer."))
        elif layer.selectedFeatureCount() == 0 and self.combo.currentData() == EACH:
            self.hint.setText(_all_of(layer.featureCount()))
        elif layer.selectedFeatureCount() == 0:
            self.hint.setText(tr("No polygon selected yet: select some in the map."))
        else:
            count = layer.selectedFeatureCount()
            words = tr_count("{0} polygon selected.", "{0} polygons selected.", count)
            self.hint.setText(words.format(count))


def _all_of(count: int) -> str:
    words = tr_count(
        "No polygon selected: the only one gets an answer.",
        "No polygon selected: all {0} get an answer.",
        count,
    )
    return words.format(count)


def _copy_of_selection(layer: QgsVectorLayer) -> QgsVectorLayer:
    """The selection may change before the run's turn comes."""
    return layer.materialize(QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds()))
