# SPDX-License-Identifier: GPL-2.0-or-later
"""Where, when and in which rasters is searched, and how many results are wanted."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsMapLayerProxyModel, QgsVectorLayer
from qgis.gui import (
    QgsCheckableComboBox,
    QgsCollapsibleGroupBox,
    QgsDateEdit,
)
from qgis.PyQt.QtCore import QDate, Qt, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..i18n import tr
from ..map_tool.page_parts import layer_combo, push_button
from .question import COUNT, IndexState

EVERYWHERE, VIEW, SELECTED, DRAWN = "everywhere", "view", "selected", "drawn"
_MOST = 1000
_REST_MS = 250


class LimitsBox(QgsCollapsibleGroupBox):
    """Closed at first; `changed` comes when the user has rested."""

    changed = pyqtSignal()
    drawing_wanted = pyqtSignal()
    """The user wants to draw the polygon to search in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Where, when, how many"), parent)
        self.setObjectName("findLimits")
        self.setSaveCollapsedState(False)
        self.setCollapsed(True)
        self.setToolTip(tr("Which patches are compared, and how many of them are shown"))
        self.where = _places()
        kind = QgsMapLayerProxyModel.Filter.PolygonLayer
        about = tr("The layer whose selected polygons count")
        self.layers = layer_combo("findPolygons", kind, about)
        about = tr("Click the corners on the map; a right click is the last")
        self.draw = push_button("findDraw", tr("Draw again"), about)
        self.first = _day("findFirst", tr("Only rasters of this day or later"))
        self.last = _day("findLast", tr("Only rasters of this day or earlier"))
        self.rasters = _several()
        self.count = QSpinBox()
        self.count.setObjectName("findCount")
        self.count.setRange(1, _MOST)
        self.count.setValue(COUNT)
        self.count.setToolTip(tr("How many patches are shown, the best first"))
        self.apart = QCheckBox(tr("None over another"))
        self.apart.setObjectName("findApart")
        self.apart.setChecked(True)
        self.apart.setToolTip(tr("Of patches that overlap only the best is shown"))
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.changed)
        self._followed: QgsVectorLayer | None = None
        self._lay_out()
        self._connect()
        self._offer()

    @property
    def is_resting(self) -> bool:
        """Whether `changed` is about to come."""
        return self._rest.isActive()

    def shut_down(self) -> None:
        """Hear of no layer any more."""
        self.layers.layerChanged.disconnect(self._follow)
        self._follow(None)
        self._rest.stop()

    def kind(self) -> str:
        """Where is searched."""
        return str(self.where.currentData())

    def polygons(self) -> QgsVectorLayer | None:
        """The layer whose selected polygons count."""
        return self.layers.currentLayer()

    def leave_out(self, layer: QgsVectorLayer) -> None:
        """Offer all layers but this one: what was found would limit the search for it."""
        self.layers.setExceptedLayerList([layer])

    def dates(self) -> tuple[str, str] | None:
        """The first and the last day, "" where there is no bound; None without any."""
        days = [
            "" if each.isNull() else each.date().toString(Qt.DateFormat.ISODate)
            for each in (self.first, self.last)
        ]
        return (days[0], days[1]) if any(days) else None

    def sources(self) -> tuple[str, ...] | None:
        """Paths of the rasters that are ticked; None where all count."""
        ticked = tuple(map(str, self.rasters.checkedItemsData()))
        return ticked or None

    def show_rasters(self, state: IndexState) -> None:
        """List those of the index; what was ticked stays so."""
        paths = [each.path for each in state.rasters]
        if paths == [self.rasters.itemData(row) for row in range(self.rasters.count())]:
            return
        ticked = set(self.sources() or ())
        blocked = self.rasters.blockSignals(True)
        self.rasters.clear()
        for path in paths:
            kept = Qt.CheckState.Checked if path in ticked else Qt.CheckState.Unchecked
            self.rasters.addItemWithCheckState(Path(path).name, kept, path)
        self.rasters.blockSignals(blocked)
        if ticked - set(paths):
            self._rest.start()

    def _lay_out(self) -> None:
        for field in (self.where, self.layers, self.rasters):
            field.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        form = QFormLayout(self)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        many = QHBoxLayout()
        many.addWidget(self.count)
        many.addWidget(self.apart, 1)
        where = QVBoxLayout()  # rows of the form would leave a gap while they are hidden
        for widget in (self.where, self.layers, self.draw):
            where.addWidget(widget)
        form.addRow(tr("Where"), where)
        form.labelForField(where).setBuddy(self.where)
        form.addRow(tr("&From"), self.first)
        form.addRow(tr("To"), self.last)
        form.addRow(tr("Rasters"), self.rasters)
        form.addRow(tr("Results"), many)

    def _connect(self) -> None:
        self.collapsedStateChanged.connect(self._offer)
        self.where.currentIndexChanged.connect(lambda _index: self._choose())
        self.layers.layerChanged.connect(self._follow)
        self._follow(self.layers.currentLayer())
        self.draw.clicked.connect(lambda: self.drawing_wanted.emit())
        for day in (self.first, self.last):
            day.dateValueChanged.connect(lambda _value: self._rest.start())
        self.rasters.checkedItemsChanged.connect(lambda _items: self._rest.start())
        self.count.valueChanged.connect(lambda _count: self._rest.start())
        self.apart.toggled.connect(lambda _on: self._rest.start())

    def _follow(self, layer: QgsVectorLayer | None) -> None:
        """Hear of what is selected in the layer that counts."""
        if self._followed is not None:
            self._followed.selectionChanged.disconnect(self._polygons_changed)
            self._followed.willBeDeleted.disconnect(self._forget)
        self._followed = layer
        if layer is not None:
            layer.selectionChanged.connect(self._polygons_changed)
            layer.willBeDeleted.connect(self._forget)
        self._polygons_changed()

    def _forget(self) -> None:
        self._followed = None

    def _polygons_changed(self, *_ids: object) -> None:
        """What is found is a layer, too, and comes into the list of these: it is no question."""
        if self.kind() == SELECTED:
            self._rest.start()

    def _choose(self) -> None:
        self._offer()
        if self.kind() == DRAWN:
            self.drawing_wanted.emit()
        self._rest.start()

    def _offer(self, *_change: object) -> None:
        """Show what the choice needs; a box that opens shows everything in it."""
        is_open = not self.isCollapsed()
        self.layers.setVisible(is_open and self.kind() == SELECTED)
        self.draw.setVisible(is_open and self.kind() == DRAWN)


def _places() -> QComboBox:
    """Where one may search."""
    combo = QComboBox()
    combo.setObjectName("findWhere")
    combo.setToolTip(tr("Where patches lie that are compared"))
    for key, words in (
        (EVERYWHERE, tr("Everywhere")),
        (VIEW, tr("What the map shows")),
        (SELECTED, tr("Selected polygons")),
        (DRAWN, tr("A polygon I draw")),
    ):
        combo.addItem(words, key)
    return combo


def _several() -> QgsCheckableComboBox:
    """Rasters of the index, to be ticked."""
    combo = QgsCheckableComboBox()
    combo.setObjectName("findRasters")
    combo.setDefaultText(tr("All rasters"))
    combo.lineEdit().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # nothing is written in it
    combo.setToolTip(tr("Only in the rasters that are ticked; none is all"))
    return combo


class _Day(QgsDateEdit):
    """Tab goes on to the next field, as everywhere, and not from the day to the month."""

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 (Qt's name)
        """See QWidget.focusNextPrevChild."""
        return QWidget.focusNextPrevChild(self, forward)


def _day(name: str, tip: str) -> QgsDateEdit:
    """A day, or none."""
    field = _Day()
    field.setObjectName(name)
    field.setToolTip(tip)
    field.setAllowNull(True)
    field.setCalendarPopup(True)
    field.setNullRepresentation(tr("any day"))
    field.setDate(QDate())
    field.clear()
    return field
