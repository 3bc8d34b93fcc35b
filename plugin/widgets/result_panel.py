# SPDX-License-Identifier: GPL-2.0-or-later
"""What came out: a chart, the area of each class, the engine and the time it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QLocale, Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor, QIcon, QPixmap
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from ..area_chart import AreaChart, Share
from ..figure_words import figure_row, figures_text
from ..i18n import tr
from ..markup import tip_text
from ..words import area_unit, duration_words, number_words, share_words

if TYPE_CHECKING:
    from ...inference.runs.areas import ClassArea
    from ...inference.runs.report_page import Told
    from ...inference.surface.job import Figures, SurfaceResult

_NAME, _AREA, _SHARE = range(3)


class ResultPanel(QWidget):
    """Hidden until the first result; always shows the last one."""

    zoom_wanted = pyqtSignal()
    report_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._areas: list[ClassArea] = []
        self._figures: tuple[Figures, ...] = ()
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
        self.table = _table()
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
        for widget in (self.title, self.chart, self.table, self.fade, self.engine):
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
        self._counted, self._figures, self._by_count = counted, (), by_count
        self._areas = sorted(result.areas, key=lambda each: each.share, reverse=True)
        self.title.setText(title)
        self.chart.show()
        self.chart.set_shares([Share(each.name, each.color, each.share) for each in self._areas])
        self._fill()
        self.fade.setVisible(fades)
        words = tr("{0} · took {1}").format(result.engine, duration_words(seconds))
        self.engine.setText(words)
        self.show()

    def show_figures(self, title: str, result: SurfaceResult, seconds: float) -> None:
        """Show the numbers of a run, a row a band."""
        self._areas, self._figures = [], result.figures
        self.title.setText(title)
        self._list_figures()
        self.chart.hide()
        self.fade.hide()
        words = tr("{0} · took {1}").format(result.engine, duration_words(seconds))
        self.engine.setText(words)
        self.show()

    def table_text(self) -> str:
        """The table with full numbers, tabs between columns, for a spreadsheet."""
        if self._figures:
            return figures_text(self._figures)
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

    def _fill(self) -> None:
        factor, unit = self._unit()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.table.clear()
        size_words = tr("Area ({0})").format(unit)
        if self._by_count:
            size_words = self._counted.capitalize()
        self.table.setHeaderLabels([tr("Class"), size_words, tr("Share")])
        for column in (_AREA, _SHARE):
            self.table.headerItem().setTextAlignment(column, right)
        for area in self._areas:
            size = area.pixels if area.area_m2 is None else area.area_m2 / factor
            count = QLocale().toString(area.pixels)
            words = count if self._by_count else number_words(size)
            item = QTreeWidgetItem([area.name, words, share_words(area.share)])
            item.setIcon(_NAME, _swatch(area.color, self.fontMetrics().height()))
            for column in (_AREA, _SHARE):
                item.setTextAlignment(column, right)
            item.setToolTip(_NAME, tip_text(area.name))
            item.setToolTip(_AREA, self._size_tip(area))
            self.table.addTopLevelItem(item)
        self._fit_height()

    def _list_figures(self) -> None:
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.table.clear()
        self.table.setHeaderLabels([tr("Band"), tr("Mean"), tr("From … to")])
        for column in (_AREA, _SHARE):
            self.table.headerItem().setTextAlignment(column, right)
        for each in self._figures:
            item = QTreeWidgetItem(figure_row(each))
            for column in (_AREA, _SHARE):
                item.setTextAlignment(column, right)
            self.table.addTopLevelItem(item)
        self._fit_height()

    def _unit(self) -> tuple[float, str]:
        if any(area.area_m2 is None for area in self._areas):
            return 1.0, self._counted
        return area_unit(sum(area.area_m2 or 0.0 for area in self._areas))

    def _size_tip(self, area: ClassArea) -> str:
        count = f"{QLocale().toString(area.pixels)} {self._counted}"
        if area.area_m2 is None:
            return count
        return tr("{0} m², {1}").format(QLocale().toString(float(area.area_m2), "f", 0), count)

    def _fit_height(self) -> None:
        """As high as its rows: the dock scrolls, a table within it should not."""
        rows = self.table.topLevelItemCount()
        height = self.table.sizeHintForRow(0) * rows + self.table.header().sizeHint().height()
        self.table.setFixedHeight(height + 2 * self.table.frameWidth() + 2)


def _table() -> QTreeWidget:
    table = QTreeWidget()
    table.setObjectName("areaTable")
    table.setColumnCount(3)
    table.setRootIsDecorated(False)
    table.setAlternatingRowColors(True)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    header = table.header()
    header.setStretchLastSection(False)
    header.setSectionsMovable(False)
    header.setSectionResizeMode(_NAME, QHeaderView.ResizeMode.Stretch)
    for column in (_AREA, _SHARE):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return table


def _swatch(color: str, side: int) -> QIcon:
    pixmap = QPixmap(side, side)
    pixmap.fill(QColor(color))
    return QIcon(pixmap)
