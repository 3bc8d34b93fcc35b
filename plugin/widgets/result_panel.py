# SPDX-License-Identifier: GPL-2.0-or-later
"""What came out: a chart, the area of each class, the engine and the time it took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLocale, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...inference.fracture_numbers.set_colors import color_of
from ..i18n import tr
from ..trace_words import set_rows, totals_words, traces_text
from ..words import area_unit, duration_words, number_words, share_words
from .area_chart import AreaChart, Share
from .figure_words import figure_row, figures_text
from .result_table import ResultTable, Row
from .rose_chart import RoseChart

if TYPE_CHECKING:
    from ...inference.runs.areas import ClassArea
    from ...inference.runs.report_page import Ran, Told
    from ...inference.surface.job import SurfaceResult
    from ...inference.traces.job import TraceResult


class ResultPanel(QWidget):
    """Hidden until the first result; always shows the last one."""

    zoom_wanted = pyqtSignal()
    report_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._areas: list[ClassArea] = []
        self._text: Callable[[], str] = str
        self._counted = tr("pixels")
        self._by_count = False
        self.title = QLabel()
        self.title.setObjectName("resultTitle")
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        bold = self.title.font()
        bold.setBold(True)
        self.title.setFont(bold)
        self.chart = AreaChart()
        self.rose = RoseChart()
        self.totals = QLabel()
        self.totals.setObjectName("resultTotals")
        self.totals.setWordWrap(True)
        self.totals.setTextFormat(Qt.TextFormat.PlainText)
        self.table = ResultTable()
        self.fade = QCheckBox(tr("Fade by confidence"))
        self.fade.setObjectName("fadeCheck")
        self.fade.setToolTip(
            tr("The surer a class, the more it covers: the style 'By confidence' of the layer.")
        )
        self.engine = QLabel()
        self.engine.setObjectName("resultEngine")
        self.engine.setWordWrap(True)
        self.engine.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._charts = (self.chart, self.rose, self.totals)
        for widget in (self.title, *self._charts, self.table, self.fade, self.engine):
            column.addWidget(widget)
        column.addLayout(self._buttons())
        self.hide()

    def show_result(
        self,
        title: str,
        result: Told,
        seconds: float,
        *,
        counted: str,
        fades: bool,
        by_count: bool = False,
    ) -> None:
        """Show the areas of a run, largest class first.

        `counted` is what areas consist of, such as pixels; with `by_count` how many there are is
        shown, and not how large they are. `fades` offers confidence as opacity.
        """
        self._counted, self._by_count = counted, by_count
        self._areas = sorted(result.areas, key=lambda each: each.share, reverse=True)
        self._text = self._areas_text
        self.chart.set_shares([Share(each.name, each.color, each.share) for each in self._areas])
        self._list_areas()
        self._show_all(title, result, seconds, charts=(self.chart,))
        self.fade.setVisible(fades)

    def show_figures(self, title: str, result: SurfaceResult, seconds: float) -> None:
        """Show the numbers of a run, a row a band."""
        self._text = lambda: figures_text(result.figures)
        rows = [Row(tuple(figure_row(each))) for each in result.figures]
        self.table.show_rows((tr("Band"), tr("Mean"), tr("From … to")), rows)
        self._show_all(title, result, seconds, charts=())

    def show_traces(self, title: str, result: TraceResult, seconds: float) -> None:
        """Show the lines of a run: how many, how long, where they run, and a row a set."""
        self._text = lambda: traces_text(result)
        self.totals.setText(totals_words(result))
        self.rose.set_lengths(result.rose)
        rows = [Row(each.in_words(result.unit), color_of(each.number)) for each in set_rows(result)]
        self.table.show_rows((tr("Set"), tr("Length"), tr("Share")), rows)
        self._show_all(title, result, seconds, charts=(self.rose, self.totals))

    def table_text(self) -> str:
        """The table with full numbers, tabs between columns, for a spreadsheet."""
        return self._text()

    def _show_all(
        self, title: str, result: Ran, seconds: float, *, charts: Sequence[QWidget]
    ) -> None:
        """What every result has, and those of the charts that belong to it."""
        for each in self._charts:
            each.setVisible(each in charts)
        self.fade.hide()
        self.title.setText(title)
        words = tr("{0} · took {1}").format(result.engine, duration_words(seconds))
        self.engine.setText(words)
        self.show()

    def _areas_text(self) -> str:
        lines = [tr("Class\t{0}\tSquare metres\tShare").format(self._counted.capitalize())]
        for area in self._areas:
            metres = "" if area.area_m2 is None else f"{area.area_m2:.2f}"
            lines.append(f"{area.name}\t{area.pixels}\t{metres}\t{area.share:.6f}")
        return "\n".join(lines)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        for text, icon, slot, tip in (
            (
                tr("&Zoom to"),
                "/mActionZoomToLayer.svg",
                self.zoom_wanted.emit,
                tr("Show the result in the map"),
            ),
            (
                tr("Copy table"),
                "/mActionEditCopy.svg",
                self._copy,
                tr("Copy all figures, to be pasted into a spreadsheet"),
            ),
            (
                tr("Report"),
                "/mIconReport.svg",
                self.report_wanted.emit,
                tr("Open the report of this run"),
            ),
        ):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(tip)
            button.setIcon(QgsApplication.getThemeIcon(icon))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setAutoRaise(True)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.table_text())

    def _list_areas(self) -> None:
        factor, unit = self._unit()
        size_words = tr("Area ({0})").format(unit)
        if self._by_count:
            size_words = self._counted.capitalize()
        rows = []
        for area in self._areas:
            size = area.pixels if area.area_m2 is None else area.area_m2 / factor
            count = QLocale().toString(area.pixels)
            words = count if self._by_count else number_words(size)
            texts = (area.name, words, share_words(area.share))
            rows.append(Row(texts, area.color, (area.name, self._size_tip(area))))
        self.table.show_rows((tr("Class"), size_words, tr("Share")), rows)

    def _unit(self) -> tuple[float, str]:
        if any(area.area_m2 is None for area in self._areas):
            return 1.0, self._counted
        return area_unit(sum(area.area_m2 or 0.0 for area in self._areas))

    def _size_tip(self, area: ClassArea) -> str:
        count = f"{QLocale().toString(area.pixels)} {self._counted}"
        if area.area_m2 is None:
            return count
        return tr("{0} m², {1}").format(QLocale().toString(float(area.area_m2), "f", 0), count)
