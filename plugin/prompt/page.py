# SPDX-License-Identifier: GPL-2.0-or-later
"""The panel's second page: cut out what one points at, or what a word says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsMapLayerProxyModel, QgsProject, QgsVectorLayer
from qgis.gui import QgsMapLayerComboBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QFormLayout, QLabel, QLineEdit, QWidget

from ...inference.cards.card import ModelCard
from ...inference.errors import InputError
from ..i18n import tr
from ..map_tool.key_names import shown
from ..map_tool.page_parts import busy_bar, layer_combo, push_button, row, told
from ..map_tool.tool_page import ToolPage
from ..models import PROMPT
from ..widgets.model_combo import ModelCombo
from .keymap import ACCEPT, CLEAR, NEXT, UNDO, key_of
from .shape_box import ShapeBox

if TYPE_CHECKING:
    from ...inference.prompt.shape import ShapeOptions


class PromptPage(ToolPage):
    """What the user wishes of the tool (see whereabouts.Wishes), and how the tool gets on."""

    place_changed = pyqtSignal()
    """Another raster or another model."""
    lock_changed = pyqtSignal()
    words_entered = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        about = tr("The raster layer to cut from; it follows the active layer")
        super().__init__(about, name="prompt", parent=parent)
        # Before the list of targets hears of it and goes on to the next of the user's layers.
        QgsProject.instance().layersWillBeRemoved.connect(self._leave_target)
        self.model = ModelCombo(PROMPT)
        about = tr("What outlines are called in the column 'label'")
        self.name = _line("promptLabel", tr("such as building"), about)
        self.targets = _targets()
        self.lock = QCheckBox()
        self.lock.setObjectName("promptScaleLock")
        self.lock.setToolTip(
            tr("Else the tool sees pixels as large as those on the screen, whatever the zoom")
        )
        self.shape_box = ShapeBox()
        self.button.setToolTip(tr("Turn the tool of the map on or off"))
        self.busy = busy_bar("promptBusy")
        self.show_keys()
        about = tr("Cut out everything of this kind that the map shows now")
        self.words = _line("promptWords", tr("such as buildings, water"), about)
        self.find = push_button("promptFind", tr("&Find in view"), about)
        self.match = told("promptMatch")
        self.match.hide()
        self._lay_out()
        self.show_scale(None)
        self.show_progress(tr("The tool is off."), busy=False)
        self.layers.layerChanged.connect(lambda _layer: self.place_changed.emit())
        self.model.chosen.connect(self.place_changed)
        self.lock.toggled.connect(lambda _on: self.lock_changed.emit())
        self.find.clicked.connect(lambda: self.words_entered.emit())
        self.words.returnPressed.connect(self.words_entered)

    def card(self) -> ModelCard:
        if not self.model.value():
            raise InputError(
                tr("No model that cuts things out is installed: put one into the folder of models.")
            )
        return self.model.card()

    def label(self) -> str:
        return self.name.text().strip()

    def target(self) -> QgsVectorLayer | None:
        return self.targets.currentLayer()

    def shape(self) -> ShapeOptions:
        return self.shape_box.options()

    def scale_is_locked(self) -> bool:
        return self.lock.isChecked()

    def show_scale(self, metres: tuple[float, float] | None) -> None:
        """Say how large the pixels are that one works with, where that is known."""
        if metres is None:
            self.lock.setText(tr("&Keep the scale when zooming"))
        else:
            words = tr("&Keep the scale of {0:.3g} m per pixel")
            self.lock.setText(words.format(max(metres)))

    def show_keys(self) -> None:
        """Name the keys, for fingers that do not know them yet."""
        words = tr(
            "Left click: this belongs to it. Right click: this does not. Drag: a box around it. "
            "Enter or {0}: keep. {1}: another outline. {2}: one step back. {3}: begin anew. "
            "Esc: leave. Space or wheel: move the map."
        )
        keys = (shown(key_of(each)) for each in (ACCEPT, NEXT, UNDO, CLEAR))
        self.keys.setText(words.format(*keys))

    def show_on(self, on: bool) -> None:
        """Say whether the tool is on, and what the button would do."""
        self.show_switch(on, start=tr("Start pointin&g"), stop=tr("Stop pointin&g"))

    def show_progress(self, words: str, *, busy: bool) -> None:
        """Say how the tool gets on."""
        self.status.setText(words)
        self.busy.setVisible(busy)

    def show_match(self, words: str) -> None:
        """Say what the word stands for, '' for nothing."""
        self.match.setText(words)
        self.match.setVisible(bool(words))

    def _leave_target(self, layer_ids: Sequence[str]) -> None:
        """Have outlines go to a layer of their own rather than to any other of the user's."""
        target = self.target()
        if target is not None and target.id() in layer_ids:
            self.targets.setLayer(None)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("Ras&ter"), self.layers)
        form.addRow(tr("Model"), self.model)
        form.labelForField(self.model).setBuddy(self.model.combo)
        form.addRow(tr("La&bel"), self.name)
        form.addRow(tr("&Add to"), self.targets)
        by_word = QLabel(tr("Or by a word"))
        by_word.setBuddy(self.words)
        words = row(self.words, self.find)
        words.setStretch(0, 1)
        self.lay_out(
            form, self.lock, self.shape_box, self.button, self.status, self.busy, self.keys,
            by_word, words, self.match,
        )  # fmt: skip


def _targets() -> QgsMapLayerComboBox:
    combo = layer_combo(
        "promptTargets",
        QgsMapLayerProxyModel.Filter.PolygonLayer,
        tr("The polygon layer that outlines go to; one of its own is a GeoPackage"),
    )
    combo.setAllowEmptyLayer(True, tr("A layer of its own"))
    combo.setLayer(None)
    return combo


def _line(name: str, example: str, about: str) -> QLineEdit:
    line = QLineEdit()
    line.setObjectName(name)
    line.setPlaceholderText(example)
    line.setToolTip(about)
    return line
