# SPDX-License-Identifier: GPL-2.0-or-later
"""The GeoSift panel: asks for a run, starts it in the background, shows what came out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from qgis.core import QgsMapLayer
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtCore import QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ..inference.errors import GeoSiftError
from .algorithms import common_parameters as names
from .background.runs import CANCELLED, DONE, FAILED, Run, RunQueue
from .find.panel import FindPanel
from .i18n import tr
from .markup import bar_text
from .pages import Page, PageBar
from .prompt.panel import PromptPanel
from .results.done_message import open_page, tell_done, zoom_to
from .results.layer_tree import still_there
from .results.style import can_fade, show_confidence
from .teach.panel import TeachPanel
from .widgets.dependency_dialog import offer_missing_packages
from .widgets.notice import Notice
from .widgets.result_panel import ResultPanel
from .widgets.run_form import RunForm
from .widgets.run_list import RunList
from .widgets.vertical_scroll import VerticalScroll
from .words import duration_words

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_LEAVE_SECONDS = 10.0
_LEAST_CHARACTERS = 34
_GAP = 9
_RUN_BUTTON_STYLE = """
QPushButton { background: palette(highlight); color: palette(highlighted-text); font-weight: bold;
              border: 1px solid palette(highlight); border-radius: 4px; padding: 7px 12px; }
QPushButton:hover, QPushButton:focus { border-color: palette(text); }
QPushButton:pressed { border-color: palette(base); }
QPushButton:checked { background: transparent; color: palette(highlight); }
"""


class GeoSiftDock(QgsDockWidget):
    """Every run goes through the same Processing algorithms as in the toolbox."""

    sample_wanted = pyqtSignal()

    def __init__(self, iface: QgisInterface) -> None:
        super().__init__("GeoSift")
        self.setObjectName("GeoSiftDock")
        self._iface = iface
        self._last_layers: list[str] = []
        self._last_report = ""
        self.queue = RunQueue(self)
        self.form = RunForm(iface.mapCanvas())
        self.run_button = QPushButton()
        self.run_button.setObjectName("runButton")
        self.run_button.setStyleSheet(_RUN_BUTTON_STYLE)
        self.run_button.setToolTip(tr("Start in the background; further runs queue up"))
        self.whole = QWidget()
        self.prompt = PromptPanel(iface)
        self.prompt.page.button.setStyleSheet(_RUN_BUTTON_STYLE)
        self.find = FindPanel(iface)
        self.find.page.button.setStyleSheet(_RUN_BUTTON_STYLE)
        self.teach = TeachPanel(iface)
        self.teach.page.button.setStyleSheet(_RUN_BUTTON_STYLE)
        self.sample = QPushButton(tr("Try it on the sample scene"))
        self.sample.setObjectName("sampleButton")
        self.sample.setToolTip(tr("The project has no raster layer yet; this adds a made-up one"))
        self.pages = PageBar()
        self._map_pages: tuple[Page, ...] = (self.prompt, self.find, self.teach)
        self.notice = Notice()
        self.run_list = RunList(self.queue)
        self.result = ResultPanel()
        self._lay_out()
        self.run_button.clicked.connect(self.start)
        self.sample.clicked.connect(self.sample_wanted)
        self.form.layers.layerChanged.connect(self._offer_sample)
        for page in self._map_pages:
            page.run_wanted.connect(self._start_wanted)
        self.queue.changed.connect(self._name_button)
        self.queue.finished.connect(self._finished)
        self.result.zoom_wanted.connect(lambda: zoom_to(iface, self._last_layers))
        self.result.report_wanted.connect(lambda: open_page(self._last_report))
        self.result.fade.toggled.connect(self._fade)
        iface.currentLayerChanged.connect(self._follow_later)
        self._follow()
        self._offer_sample(self.form.layers.currentLayer())
        self._name_button()
        if self.form.model.trouble:
            self.notice.say(self.form.model.trouble, "warning")

    def start(self) -> Run | None:
        """Put a run as the form asks for into the queue; says what is missing when it cannot."""
        self.notice.hide()
        if not offer_missing_packages(self):
            return None
        try:
            parameters = self.form.parameters()
            run = Run(self.form.title(), self.form.algorithm(), parameters)
        except GeoSiftError as error:
            self.notice.say(str(error))
            return None
        self.queue.add(run)
        return run

    def show_prompt(self) -> None:
        """Bring up the page on which one points at things."""
        self.pages.turn_to(self.prompt)

    def shut_down(self) -> None:
        """Cancel everything and let go of QGIS; called before the dock is deleted."""
        for page in self._map_pages:
            page.shut_down()
        self._iface.currentLayerChanged.disconnect(self._follow_later)
        self.queue.finished.disconnect(self._finished)
        self.queue.cancel_all(_LEAVE_SECONDS)

    def _follow_later(self, _layer: QgsMapLayer | None) -> None:
        """QGIS makes a new result the active layer before it is marked as one; so wait for that."""
        QTimer.singleShot(0, self._follow)

    def _follow(self) -> None:
        for follower in (self.form, *self._map_pages):
            follower.follow(self._iface.activeLayer())

    def _offer_sample(self, layer: QgsMapLayer | None) -> None:
        """As long as there is nothing else to work on."""
        self.sample.setVisible(layer is None)

    def _start_wanted(self, run: Run) -> None:
        self.notice.hide()
        self.queue.add(run)

    def _lay_out(self) -> None:
        _column(self.whole, (self.form, self.run_button))
        tabs = (
            (self.whole, tr("Whole la&yer"), tr("Work through a whole layer")),
            (self.prompt, tr("Poi&nt"), tr("Point at single things and cut them out")),
            (self.find, tr("Find"), tr("Find where else it looks like what you point at")),
            (self.teach, tr("Teach"), tr("Teach classes of your own by drawing them")),
        )
        for page, title, tip in tabs:
            self.pages.add(title, tip, page)
        body = QWidget()
        body.setMinimumWidth(_LEAST_CHARACTERS * self.fontMetrics().averageCharWidth())
        pages = [page for page, _, _ in tabs]
        below = (self.notice, self.run_list, self.result)
        column = _column(body, (self.pages, self.sample, *pages, *below))
        column.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        column.addStretch(1)
        self.setWidget(VerticalScroll(body))

    def _name_button(self) -> None:
        self.run_button.setText(tr("Add to &queue") if self.queue.runs else tr("R&un"))

    def _finished(self, run: Run) -> None:
        if run.state == DONE and run.tell is not None:
            self._show_warnings(run)
            run.tell(run)
        elif run.state == DONE:
            self._show_result(run)
        elif run.state == FAILED:
            self.notice.say(run.error)
            words = bar_text(f"GeoSift, {run.title}"), bar_text(run.error)
            self._iface.messageBar().pushCritical(*words)
        elif run.state == CANCELLED:
            words = bar_text(tr("{0}: cancelled.").format(run.title))
            # Above QGIS's own "Task failed", which would be all that one sees.
            QTimer.singleShot(0, lambda: self._iface.messageBar().pushInfo("GeoSift", words))

    def _show_warnings(self, run: Run) -> None:
        if run.feedback.warnings:
            self.notice.say("\n".join(run.feedback.warnings), "warning")

    def _show_result(self, run: Run) -> None:
        self._last_layers = run.layer_ids
        seconds = float(run.results[names.SECONDS])
        self._last_report = str(run.parameters[names.REPORT])
        result, counted = run.feedback.result, run.feedback.counted
        if hasattr(result, "areas"):
            fades = any(map(can_fade, still_there(self._last_layers)))
            self.result.show_result(
                run.title, result, seconds, counted=counted, fades=fades,
                by_count=hasattr(result, "objects"),
            )  # fmt: skip
            self._fade(self.result.fade.isChecked())
        elif hasattr(result, "rose"):
            self.result.show_traces(run.title, result, seconds)
        else:
            self.result.show_figures(run.title, result, seconds)
        self._show_warnings(run)
        words = tr("{0}: done in {1}.").format(run.title, duration_words(seconds))
        tell_done(self._iface, words, self._last_layers, report=self._last_report)

    def _fade(self, by_confidence: bool) -> None:
        for layer in filter(can_fade, still_there(self._last_layers)):
            show_confidence(layer, by_confidence)


def _column(parent: QWidget, widgets: Iterable[QWidget]) -> QVBoxLayout:
    """Widgets below each other, with no rim around them."""
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(_GAP)
    for widget in widgets:
        column.addWidget(widget)
    return column
