# SPDX-License-Identifier: GPL-2.0-or-later
"""The page at work: what is drawn, shown, asked, undone, saved and kept comes together here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...inference.errors import GeoSiftError
from ...inference.teaching.lesson import Label, Lesson
from ..i18n import tr
from ..map_tool.keys import Keys
from ..map_tool.switch import ToolSwitch
from .drawing import Drawing
from .first_lesson import first_lesson
from .history import History
from .keeping import Keeping
from .keymap import BACK, END_PEEK, FINISH, LEAVE, PEEK, REDO, UNDO, TeachKeymap, class_in
from .label_layers import LabelLayers
from .lesson_crs import engine_crs
from .lesson_files import LessonFiles
from .live import Live
from .page import TeachPage

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


class TeachController(QObject):
    """`shut_down` ends it for good; labels that are not saved stay in the project as layers."""

    changed = pyqtSignal()
    """The lesson, the tool or what is computed is something else now."""
    troubled = pyqtSignal(str)

    def __init__(self, iface: QgisInterface, page: TeachPage) -> None:
        super().__init__()
        self._canvas, self._page = iface.mapCanvas(), page
        self.history = History(first_lesson())
        self.keys = Keys(self._canvas, self, TeachKeymap())
        self.drawing = Drawing(
            self._canvas,
            self.history,
            layer=page.layer,
            in_hand=lambda: (page.classes.in_hand, page.classes.color),
            is_panning=lambda: self.keys.space_is_down,
        )
        self.switch = ToolSwitch(self._canvas, self.drawing.tool)
        self.layers = LabelLayers()
        self.live = Live(self._canvas, page, self.wished)
        self.keeping = Keeping(self.live.answering)
        self.files = LessonFiles(page, self.history, self.wished)
        self._connect()
        self._lesson_changed()

    def wished(self, lesson: Lesson | None = None) -> Lesson:
        """The lesson with the network and the pixel size of the page."""
        lesson = lesson or self.history.lesson
        settings = replace(
            lesson.settings, model=self._page.model.value(), resolution=self._page.resolution()
        )
        return replace(lesson, settings=settings)

    def start(self) -> None:
        """Classify the map, and draw on it."""
        self.live.turn_on()
        self.switch.turn_on()

    def stop(self) -> None:
        """Take the preview off the map, and give it the tool it had before."""
        self.switch.turn_off()
        self.live.turn_off()

    def choose_mode(self, mode: str) -> None:
        """Draw with this from now on, also when another tool was that of the map."""
        self.drawing.tool.set_mode(mode)
        self.start()
        self.changed.emit()

    def keep(self, name: str) -> None:
        """Have a network made of the lesson."""
        try:
            question = self.live.question()
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return
        if question is None:
            self.troubled.emit(tr("There is no raster layer in the project yet: add one first."))
        else:
            self.keeping.keep(question, name)

    def shut_down(self) -> None:
        """Stop everything and take everything off the map."""
        project = QgsProject.instance()
        project.layersWillBeRemoved.disconnect(self._layers_go)
        self._canvas.destinationCrsChanged.disconnect(self.drawing.show_labels)
        self.switch.shut_down()
        self.keeping.leave()
        self.live.shut_down()
        self.drawing.sketch.remove()
        self.layers.shut_down(keep=self.history.is_unsaved)

    def can(self, command: str) -> bool:
        """See keys.Commands."""
        tool = self.drawing.tool
        return {
            BACK: tool.has_sketch or self.history.can_undo,
            UNDO: tool.has_sketch or self.history.can_undo,
            REDO: self.history.can_redo,
            FINISH: tool.has_sketch,
        }.get(command, True)

    def do(self, command: str) -> None:
        """See keys.Commands; the first Esc during a drawing gives up only that."""
        tool, class_id = self.drawing.tool, class_in(command)
        if class_id is not None:
            self._page.classes.take_in_hand(class_id)
        elif command in (BACK, UNDO) and tool.has_sketch:
            tool.take_back()
        elif command in (BACK, UNDO):
            self.history.undo()
        elif command == REDO:
            self.history.redo()
        elif command == FINISH:
            tool.finish()
        elif command in (PEEK, END_PEEK):
            self.peek(command == PEEK)
        elif command == LEAVE and tool.has_sketch:
            tool.give_up()
        else:
            self.switch.turn_off()

    def peek(self, hidden: bool) -> None:
        """Show the map alone for a moment."""
        self.live.peek(hidden)
        self.drawing.sketch.set_labels_visible(not hidden)

    def place_changed(self) -> None:
        """Another raster, network or pixel size: what the map shows is of the former."""
        self.live.clear()
        self.live.ask()
        self.changed.emit()

    def add_class(self) -> None:
        """One more, to be named."""
        lesson = self.history.lesson
        self.history.do(lesson.with_class(lesson.free_name(tr("Class {0}"))))
        self._page.classes.edit_name(len(lesson.classes))

    def remove_class(self, class_id: int) -> None:
        """The class and its labels go; undoing brings them back."""
        self.history.do(self.history.lesson.without_class(class_id))

    def rename_class(self, class_id: int, name: str, color: str) -> None:
        """Another name, another colour, or both; a name that no class can have is told at once."""
        lesson = self.history.lesson
        is_new = name != lesson.classes[class_id].name
        complaint = lesson.why_not_called(name, class_id) if is_new else ""
        if complaint:
            self.troubled.emit(complaint)
            self._show_classes()
        else:
            self.history.do(lesson.renamed(class_id, name, color))

    def _connect(self) -> None:
        page, live = self._page, self.live
        self.history.changed.connect(self._lesson_changed)
        self.drawing.troubled.connect(self.troubled)
        self.layers.edited.connect(self._take_edits)
        self.layers.troubled.connect(self.troubled)
        self.switch.turned.connect(self._turned)
        live.changed.connect(self.changed)
        live.changed.connect(self._let_go)
        self.keeping.changed.connect(self._let_go)
        live.troubled.connect(self.troubled)
        live.set_opacity(page.preview.opacity)
        page.preview.opacity_changed.connect(live.set_opacity)
        page.preview.peeked.connect(self.peek)
        page.help.toggled.connect(live.show_help)
        page.place_changed.connect(self.place_changed)
        page.classes.renamed.connect(self.rename_class)
        page.classes.addition_wanted.connect(self.add_class)
        page.classes.removal_wanted.connect(self.remove_class)
        page.classes.in_hand_changed.connect(self._take_in_hand)
        page.modes.chosen.connect(self.choose_mode)
        page.modes.undo.clicked.connect(lambda: self.history.undo())
        page.modes.redo.clicked.connect(lambda: self.history.redo())
        page.new.clicked.connect(lambda: self.files.new())
        page.open.clicked.connect(lambda: self.files.open())
        page.save.clicked.connect(lambda: self.files.save())
        page.save_as.clicked.connect(lambda: self.files.save_as())
        self.files.troubled.connect(self.troubled)
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_go)
        self._canvas.destinationCrsChanged.connect(self.drawing.show_labels)

    def _let_go(self) -> None:
        """Keep no raster open that nobody asks about any more."""
        live = self.live
        if not (live.is_on or live.answering.is_busy or self.keeping.is_busy):
            live.answering.forget()

    def _turned(self, on: bool) -> None:
        """The tool is that of the map now, or another one is."""
        if on:
            self.keys.turn_on()
            self._canvas.setFocus()
        else:
            self.keys.turn_off()
            self.peek(False)
        self.changed.emit()

    def _lesson_changed(self) -> None:
        lesson = self.history.lesson
        self._show_classes()
        self.layers.show(lesson, self.drawing.crs, saved=not self.history.is_unsaved)
        self.drawing.show_labels()
        self.live.ask()
        self.changed.emit()

    def _show_classes(self) -> None:
        lesson, classes = self.history.lesson, self._page.classes
        if len(lesson.classes) != classes.table.rowCount():  # rows are of other classes now
            classes.show_right({})
        classes.show_classes(lesson.classes, Counter(each.class_id for each in lesson.labels))

    def _take_in_hand(self) -> None:
        self.layers.take_in_hand(self._page.classes.in_hand)

    def _take_edits(self, labels: Sequence[Label]) -> None:
        """What was done with QGIS's own tools is a step like any other."""
        lesson = self.history.lesson
        if not lesson.labels:  # the first ones lie where the layers do
            lesson = replace(lesson, crs=engine_crs(self.layers.layers[0].crs()))
        self.history.do(replace(lesson, labels=tuple(labels)))

    def _layers_go(self, layer_ids: Sequence[str]) -> None:
        """Without its raster there is no preview; the labels stay in the lesson."""
        asked = self.live.asked
        if asked is not None and asked.site.layer_id in layer_ids:
            self.live.asked = None
            self.live.answering.cancel()
            self.live.clear()
            words = tr("The layer '{0}' was removed; the labels are still here.")
            self.troubled.emit(words.format(asked.site.title))
