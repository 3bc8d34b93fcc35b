# SPDX-License-Identifier: GPL-2.0-or-later
"""What every page with a tool of the map has: its raster, its button, its state and its keys."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsRasterLayer
from qgis.PyQt.QtWidgets import QFormLayout, QLayout, QVBoxLayout, QWidget

from ..results.layer_tree import is_result
from .page_parts import layer_combo, push_button, small, told


class ToolPage(QWidget):
    """Widgets and their words; what they do is the panel's affair. `name` is what theirs begin
    with, `about_raster` says what the tool does with the raster layer."""

    def __init__(self, about_raster: str, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        kind = QgsMapLayerProxyModel.Filter.RasterLayer
        self.layers = layer_combo(f"{name}Layers", kind, about_raster)
        self.button = push_button(f"{name}Button", "", "")
        self.button.setCheckable(True)
        self.status = told(f"{name}Status")
        self.keys = small(told(f"{name}Keys"))

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer as the tool's, unless it is a result of ours."""
        if isinstance(layer, QgsRasterLayer) and not is_result(layer):
            self.layers.setLayer(layer)

    def layer(self) -> QgsRasterLayer | None:
        """The raster layer that is chosen."""
        return self.layers.currentLayer()

    def show_switch(self, on: bool, *, start: str, stop: str) -> None:
        """Say whether the tool is on, and what the button would do."""
        self.button.setChecked(on)
        self.button.setText(stop if on else start)

    def lay_out(self, form: QFormLayout, *parts: QWidget | QLayout) -> None:
        """The form, and below it the other parts, one below the other."""
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        for part in parts:
            if isinstance(part, QWidget):
                column.addWidget(part)
            else:
                column.addLayout(part)
