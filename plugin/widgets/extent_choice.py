# SPDX-License-Identifier: GPL-2.0-or-later
"""Which part of the raster: all of it, what the map shows, or selected polygons."""

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
from ..algorithms.common_parameters import EXTENT
from ..algorithms.segment_parameters import MASK
from ..i18n import tr

WHOLE, VIEW, POLYGONS = "whole", "view", "polygons"


class ExtentChoice(QWidget):
    """A list of three, and for polygons the layer whose selection counts."""

    def __init__(self, canvas: QgsMapCanvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._followed: QgsVectorLayer | None = None
        self.combo = QComboBox()
        self.combo.setObjectName("extentCombo")
        for key, text in (
            (WHOLE, tr("Whole layer")),
            (VIEW, tr("Current view of the map")),
            (POLYGONS, tr("Selected polygons")),
        ):
            self.combo.addItem(text, key)
        self.layers = QgsMapLayerComboBox()
        self.layers.setObjectName("polygonLayerCombo")
        self.layers.setFilters(QgsMapLayerProxyModel.Filter.PolygonLayer)
        self.hint = QLabel()
        self.hint.setWordWrap(True)
        for field in (self.combo, self.layers):
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.combo, self.layers, self.hint):
            column.addWidget(widget)
        self.combo.currentIndexChanged.connect(lambda _index: self._refresh())
        self.layers.layerChanged.connect(lambda _layer: self._refresh())
        self._refresh()

    def parameters(self) -> dict[str, Any]:
        """EXTENT and MASK for the algorithm, as they are now; raises InputError."""
        choice = self.combo.currentData()
        if choice == VIEW:
            crs = self._canvas.mapSettings().destinationCrs()
            return {EXTENT: QgsReferencedRectangle(self._canvas.extent(), crs)}
        if choice == POLYGONS:
            return self._selected_polygons()
        return {}

    def prefer_polygons_of(self, layer: QgsVectorLayer) -> None:
        """Offer the selection of this layer (the active one)."""
        self.layers.setLayer(layer)

    def _selected_polygons(self) -> dict[str, Any]:
        """A copy of the selection: it may change before the run's turn comes."""
        layer = self.layers.currentLayer()
        if layer is None or layer.selectedFeatureCount() == 0:
            raise InputError(
                tr("No polygon is selected: select some in the map, or choose the whole layer.")
            )
        box = QgsReferencedRectangle(layer.boundingBoxOfSelected(), layer.crs())
        request = QgsFeatureRequest().setFilterFids(layer.selectedFeatureIds())
        return {EXTENT: box, MASK: layer.materialize(request)}

    def _refresh(self) -> None:
        polygons = self.combo.currentData() == POLYGONS
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
        elif layer.selectedFeatureCount() == 0:
            self.hint.setText(tr("No polygon selected yet: select some in the map."))
        elif layer.selectedFeatureCount() == 1:
            self.hint.setText(tr("1 polygon selected."))
        else:
            self.hint.setText(tr("{0} polygons selected.").format(layer.selectedFeatureCount()))
