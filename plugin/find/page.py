# SPDX-License-Identifier: GPL-2.0-or-later
"""The widgets of the page "Find", one below the other; what they do is the panel's affair."""

from __future__ import annotations

from qgis.core import QgsMapLayer, QgsMapLayerProxyModel, QgsRasterLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ..i18n import tr
from ..layer_tree import is_result
from ..widgets.notice import Notice
from .example_list import ExampleList
from .index_box import IndexBox
from .limits_box import LimitsBox
from .strip import Strip


class FindPage(QWidget):
    """Raster and index, the tool, examples, and what was found."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers = _rasters()
        self.index = IndexBox()
        self.button = QPushButton()
        self.button.setObjectName("findButton")
        self.button.setCheckable(True)
        self.status = _line("findStatus")
        self.notice = Notice()
        self.examples = ExampleList()
        self.selected = _push("findSelected", tr("E&xamples from selected features"))
        self.selected.setToolTip(
            tr("Take the selected features of the active vector layer as good examples")
        )
        self.found = QWidget()
        self.strip = Strip()
        self.more = _push("findMore", tr("More like it"))
        self.more.setToolTip(tr("The selected picture is a good example (+)"))
        self.less = _push("findLess", tr("Less like it"))
        self.less.setToolTip(tr("The selected picture is a bad example (-)"))
        self.heat = _push("findHeat", tr("Heat layer"))
        self.heat.setCheckable(True)
        self.heat.setToolTip(tr("Show over the raster layer how much each place is like it"))
        self.keep = _push("findKeep", tr("&Keep…"))
        self.keep.setToolTip(tr("Write what was found to a GeoPackage, which stays in the project"))
        self.limits = LimitsBox()
        self.keys = _line("findKeys", small=True)
        self.keys.setText(
            tr(
                "Left click: like this. Right click or Shift: not like this. Drag: the picture in "
                "the box. + and -: the place under the pointer. Backspace: one step back. "
                "Esc: leave. Space or wheel: move the map."
            )
        )
        self._lay_out()
        self.show_on(False, adds_first=False)
        self.show_answer(0)

    def follow(self, layer: QgsMapLayer | None) -> None:
        """Take the active layer, unless it is a result of ours."""
        if isinstance(layer, QgsRasterLayer) and not is_result(layer):
            self.layers.setLayer(layer)

    def layer(self) -> QgsRasterLayer | None:
        return self.layers.currentLayer()

    def show_on(self, on: bool, *, adds_first: bool) -> None:
        """Say whether the tool is on, and what the button would do."""
        self.button.setChecked(on)
        start = tr("Add layer, start lookin&g") if adds_first else tr("Start lookin&g")
        self.button.setText(tr("Stop lookin&g") if on else start)
        tip = tr("Turn the tool of the map on or off")
        first = tr("The layer goes into the index in the background; point at something meanwhile")
        self.button.setToolTip(first if adds_first and not on else tip)

    def show_answer(self, count: int) -> None:
        """Offer what can be done with so many patches that were found."""
        for button in (self.heat, self.keep):
            button.setEnabled(count > 0)
        if count:
            self.found.show()
        self.show_chosen()

    def show_chosen(self) -> None:
        """Offer to judge the selected picture."""
        for button in (self.more, self.less):
            button.setEnabled(self.strip.chosen is not None)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("Ras&ter"), self.layers)
        form.addRow(tr("&Index"), self.index)
        form.labelForField(self.index).setBuddy(self.index.folder.lineEdit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(form)
        self._lay_out_found()
        for widget in (
            self.button, self.status, self.notice, self.examples, self.selected, self.found,
            self.limits, self.keys,
        ):  # fmt: skip
            column.addWidget(widget)

    def _lay_out_found(self) -> None:
        """What there is only when something was found; then it stays, so that nothing jumps."""
        column = QVBoxLayout(self.found)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.strip)
        for pair in ((self.more, self.less), (self.heat, self.keep)):
            row = QHBoxLayout()
            for button in pair:
                row.addWidget(button)
            column.addLayout(row)
        self.found.hide()


def _rasters() -> QgsMapLayerComboBox:
    combo = QgsMapLayerComboBox()
    combo.setObjectName("findLayers")
    combo.setFilters(QgsMapLayerProxyModel.Filter.RasterLayer)
    combo.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    combo.setToolTip(tr("The raster layer to put into the index, and to draw heat over"))
    return combo


def _push(name: str, text: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    return button


def _line(name: str, *, small: bool = False) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if small:
        font = label.font()
        font.setPointSizeF(0.9 * font.pointSizeF())
        label.setFont(font)
    return label
