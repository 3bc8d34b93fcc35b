# SPDX-License-Identifier: GPL-2.0-or-later
"""What one sees of a lesson in the panel: classes, ways to draw, how well it goes, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.gui import QgsDoubleSpinBox
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QFormLayout, QSizePolicy, QVBoxLayout, QWidget

from ..i18n import tr
from ..map_tool.key_names import shown
from ..map_tool.page_parts import busy_bar, push_button, row, told
from ..map_tool.tool_page import ToolPage
from ..models import FEATURES
from ..widgets.model_combo import ModelCombo
from ..widgets.notice import Notice
from .class_table import ClassTable
from .keymap import PEEK_KEY
from .mode_row import ModeRow
from .preview_row import PreviewRow

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


class TeachPage(ToolPage):
    """Widgets and their words; what they do is the panel's."""

    place_changed = pyqtSignal()
    """Another raster, another network, or other pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        about = tr("The raster layer to teach on; it follows the active layer")
        super().__init__(about, name="teach", parent=parent)
        self.model = ModelCombo(FEATURES)
        self.pixel_size = _pixel_size()
        self.classes = ClassTable()
        self.modes = ModeRow()
        self.button.setToolTip(tr("Draw labels on the map, and have the map classified by them"))
        self.busy = busy_bar("teachBusy")
        self.accuracy = told("teachAccuracy")
        self.preview = PreviewRow()
        self.help = QCheckBox(tr("Show where another label helps most"))
        self.help.setObjectName("teachHelp")
        self.help.setToolTip(tr("The stronger the colour, the less sure the network is there"))
        tip = tr("Write an ordinary network, which runs over whole layers")
        self.keep = push_button("teachKeep", tr("&Keep as a model…"), tip)
        self.lesson = told("teachLesson")
        self.open = push_button("teachOpen", tr("Open…"), tr("Go on with a lesson that was saved"))
        tip = tr("Save classes and labels of this lesson")
        self.save = push_button("teachSave", tr("Save"), tip)
        self.save_as = push_button("teachSaveAs", tr("Save as…"), tr("Save it as another file"))
        self.new = push_button("teachNew", tr("New"), tr("Begin another lesson"))
        self.notice = Notice()
        self._below_keep = QVBoxLayout()
        self._lay_out()
        self._name_keys()
        self.show_live(False)
        self.show_progress(tr("Teaching is off."), busy=False)
        self.accuracy.hide()
        self._connect()

    def card(self) -> ModelCard:
        """The network of features; raises CardError."""
        return self.model.card()

    def resolution(self) -> float | None:
        """Metres along a pixel of the network; None: the raster's own pixels."""
        return self.pixel_size.value() or None

    def wants_help(self) -> bool:
        """Whether to show where another label helps most."""
        return self.help.isChecked()

    def put_below_keep(self, widget: QWidget) -> None:
        """Room for what comes of keeping."""
        self._below_keep.addWidget(widget)

    def show_wishes(self, model: str, resolution: float | None) -> None:
        """What a lesson says of its network and its pixels."""
        self.model.set_value(model)
        self.pixel_size.setValue(resolution or 0.0)

    def show_lesson(self, name: str, *, saved: bool) -> None:
        """What the lesson is called, and whether it is on disk as it is now."""
        words = tr("Lesson: {0}") if saved else tr("Lesson: {0} (not saved)")
        self.lesson.setText(words.format(name))

    def show_live(self, live: bool) -> None:
        """Say whether the map is classified, and what the button would do."""
        self.show_switch(live, start=tr("Start teachin&g"), stop=tr("Stop teachin&g"))

    def show_progress(self, words: str, *, busy: bool) -> None:
        """Say how it gets on."""
        self.status.setText(words)
        self.busy.setVisible(busy)

    def show_accuracy(self, words: str) -> None:
        """Say how right the network is, '' for nothing."""
        self.accuracy.setText(words)
        self.accuracy.setVisible(bool(words))

    def _connect(self) -> None:
        self.layers.layerChanged.connect(lambda _layer: self.place_changed.emit())
        self.model.chosen.connect(self.place_changed)
        self.pixel_size.valueChanged.connect(lambda _metres: self.place_changed.emit())

    def _name_keys(self) -> None:
        words = tr(
            "Drag: draw freehand. Click: corner by corner, right click ends. Right click on a "
            "label: take it away. 1 to 9: class. Backspace: one step back. {0}: hide the preview "
            "while held. Esc: leave. Space or wheel: move the map."
        )
        self.keys.setText(words.format(shown(PEEK_KEY)))

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.addRow(tr("R&aster"), self.layers)
        form.addRow(tr("Model"), self.model)
        form.labelForField(self.model).setBuddy(self.model.combo)
        form.addRow(tr("Pi&xel size"), self.pixel_size)
        self.lay_out(
            form, self.classes, self.modes, self.button, self.status, self.busy, self.accuracy,
            self.preview, self.help, self.keep, self._below_keep, self.lesson,
            row(self.open, self.save, self.save_as, self.new), self.notice, self.keys,
        )  # fmt: skip


def _pixel_size() -> QgsDoubleSpinBox:
    box = QgsDoubleSpinBox()
    box.setObjectName("teachPixelSize")
    box.setDecimals(3)
    box.setRange(0.0, 10_000.0)
    box.setSpecialValueText(tr("that of the raster"))
    box.setSuffix(tr(" m"))
    box.setClearValue(0.0)
    box.setKeyboardTracking(False)  # else every digit is another resolution
    box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    box.setToolTip(tr("Coarser pixels show the network more of the surroundings, and are faster"))
    return box
