# SPDX-License-Identifier: GPL-2.0-or-later
"""What was found as small pictures: one goes there, or says "more like this" or "less"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.PyQt.QtCore import QEvent, QLocale, QModelIndex, QPoint, QRect, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import (
    QColor,
    QIcon,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QPen,
    QPixmap,
)
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ..i18n import tr
from ..markup import tip_text
from .example import Patch
from .markers import BAD, GOOD
from .question import Found, Thumbnail

_SIDE = 64
_ROWS = 3
_SIGN = 18
"""Pixels of the signs "+" and "-" on a picture."""
_FOUND = Qt.ItemDataRole.UserRole
_FLAGS = QStyle.StateFlag


class Strip(QListWidget):
    """The best first; it scrolls down. Space and the arrow keys move through it."""

    looked_at = pyqtSignal(object)
    """A patch the map should show."""
    judged = pyqtSignal(object, bool)
    """A patch, and whether more like it is wanted, or less."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findStrip")
        self.setAccessibleName(tr("What was found, the best first"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setIconSize(QSize(_SIDE, _SIDE))
        line = self.fontMetrics().height()
        self.setGridSize(QSize(_SIDE + 6, _SIDE + line + 8))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_ROWS * (_SIDE + line + 8) + 2 * self.frameWidth())
        self._signs = SignsOnPictures(self)
        self._signs.judged.connect(self._judge)
        self.setItemDelegate(self._signs)
        self.setMouseTracking(True)
        self.currentItemChanged.connect(self._look)
        self.itemClicked.connect(self._look)
        self._pictures: dict[Patch, QIcon] = {}
        blank = QPixmap(_SIDE, _SIDE)
        blank.fill(self.palette().color(QPalette.ColorRole.AlternateBase))
        self._blank = QIcon(blank)

    def show_found(self, found: Sequence[Found]) -> None:
        """These and no others; pictures that are known already are shown at once."""
        blocked = self.blockSignals(True)
        self.clear()
        self._pictures = {
            each.patch: self._pictures[each.patch] for each in found if each.patch in self._pictures
        }
        for each in found:
            item = QListWidgetItem(score_words(each))
            item.setData(_FOUND, each)
            item.setToolTip(_tip(each))
            item.setTextAlignment(Qt.AlignmentFlag.AlignHCenter)
            item.setIcon(self._pictures.get(each.patch, self._blank))
            self.addItem(item)
        self.blockSignals(blocked)

    def show_thumbnail(self, thumbnail: Thumbnail) -> None:
        """The picture of a patch that is shown."""
        if not thumbnail.side:
            return
        side = thumbnail.side
        image = QImage(thumbnail.pixels, side, side, 3 * side, QImage.Format.Format_RGB888)
        icon = QIcon(QPixmap.fromImage(image))
        self._pictures[thumbnail.patch] = icon
        for item in self._items():
            if item.data(_FOUND).patch == thumbnail.patch:
                item.setIcon(icon)

    @property
    def chosen(self) -> Found | None:
        """The one that is selected."""
        items = self.selectedItems()
        return items[0].data(_FOUND) if items else None

    def judge(self, good: bool) -> None:
        """Say so of the selected one."""
        if self.chosen is not None:
            self.judged.emit(self.chosen, good)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        """Plus and minus judge, Enter goes there again."""
        if event.text() in ("+", "-"):
            self.judge(event.text() == "+")
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.chosen is not None:
            self.looked_at.emit(self.chosen)
        else:
            super().keyPressEvent(event)

    def _look(self, item: QListWidgetItem | None, *_before: object) -> None:
        if item is not None:
            self.looked_at.emit(item.data(_FOUND))

    def _judge(self, index: QModelIndex, good: bool) -> None:
        self.judged.emit(index.data(_FOUND), good)

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]


class SignsOnPictures(QStyledItemDelegate):
    """Draws "+" and "-" on the picture under the mouse or the selected one; hears clicks there."""

    judged = pyqtSignal(QModelIndex, bool)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """See QStyledItemDelegate.paint."""
        super().paint(painter, option, index)
        if option.state & (_FLAGS.State_MouseOver | _FLAGS.State_Selected):
            for good, place in signs(option.rect).items():
                _draw_sign(painter, place, good=good)

    def editorEvent(  # noqa: N802 (Qt's name)
        self, event: QEvent, _model: object, option: QStyleOptionViewItem, index: QModelIndex
    ) -> bool:
        """See QStyledItemDelegate.editorEvent: a click on a sign is no click on the picture."""
        kinds = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease
        if event.type() not in kinds or not isinstance(event, QMouseEvent):
            return False
        hit = [good for good, place in signs(option.rect).items() if place.contains(event.pos())]
        if hit and event.type() == QEvent.Type.MouseButtonRelease:
            self.judged.emit(index, hit[0])
        return bool(hit)


def signs(cell: QRect) -> dict[bool, QRect]:
    """Where in a cell of the list the signs lie: at the picture's lower corners."""
    left = cell.left() + (cell.width() - _SIDE) // 2
    top = cell.top() + _SIDE - _SIGN + 2
    size = QSize(_SIGN, _SIGN)
    return {
        True: QRect(QPoint(left, top), size),
        False: QRect(QPoint(left + _SIDE - _SIGN, top), size),
    }


def _draw_sign(painter: QPainter, place: QRect, *, good: bool) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("white"), 1))
    painter.setBrush(GOOD if good else BAD)
    painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 4, 4)
    painter.setPen(QPen(QColor("white"), 2))
    middle, reach = place.center(), _SIGN // 4
    painter.drawLine(middle - QPoint(reach, 0), middle + QPoint(reach, 0))
    if good:
        painter.drawLine(middle - QPoint(0, reach), middle + QPoint(0, reach))
    painter.restore()


def score_words(found: Found) -> str:
    """The likeness, 1 for the same: `0.93`."""
    return QLocale().toString(float(found.score), "f", 2)


def _tip(found: Found) -> str:
    source, day = Path(found.patch[0]).name, found.date[:10]
    words = tr("{0}. {1}, likeness {2}").format(found.rank, source, score_words(found))
    return tip_text(f"{words}, {day}" if day else words)
