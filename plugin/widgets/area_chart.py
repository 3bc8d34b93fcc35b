# SPDX-License-Identifier: GPL-2.0-or-later
"""Shares of classes as one stacked bar in the classes' colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qgis.PyQt.QtCore import QEvent, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QHelpEvent, QPainter, QPainterPath, QPaintEvent
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..markup import tip_text
from ..words import share_words

_BRIGHT = 150


@dataclass(frozen=True)
class Share:
    """One class of the chart; `share` is 0..1 of the whole."""

    name: str
    color: str
    share: float


class AreaChart(QWidget):
    """Paints shares left to right; names appear under the pointer, percentages where they fit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[Share, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[Share]) -> None:
        """Show these; shares of nothing are left out."""
        self._shares = tuple(share for share in shares if share.share > 0)
        words = ", ".join(f"{each.name} {share_words(each.share)}" for each in self._shares)
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt fixes the name)
        return QSize(120, int(self.fontMetrics().height() * 1.9))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(60, self.sizeHint().height())

    def share_at(self, x: float) -> Share | None:
        """The class painted at `x` pixels from the left."""
        for share, rectangle in self._segments():
            if rectangle.left() <= x < rectangle.right():
                return share
        return None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), 4.0, 4.0)
        painter.setClipPath(outline)
        for share, rectangle in self._segments():
            painter.fillRect(rectangle, QColor(share.color))
            self._label(painter, share, rectangle)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            share = self.share_at(event.pos().x())
            text = "" if share is None else tip_text(f"{share.name}: {share_words(share.share)}")
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _segments(self) -> list[tuple[Share, QRectF]]:
        total = sum(share.share for share in self._shares)
        left, segments = 0.0, []
        for share in self._shares:
            width = self.width() * share.share / total
            segments.append((share, QRectF(left, 0.0, width, float(self.height()))))
            left += width
        return segments

    def _label(self, painter: QPainter, share: Share, rectangle: QRectF) -> None:
        text = share_words(share.share)
        if self.fontMetrics().horizontalAdvance(text) + 8 > rectangle.width():
            return
        painter.setPen(text_color_on(QColor(share.color)))
        painter.drawText(rectangle, Qt.AlignmentFlag.AlignCenter, text)


def text_color_on(background: QColor) -> QColor:
    """Black or white, whichever reads better on the colour (luma of ITU-R BT.601)."""
    luma = 0.299 * background.red() + 0.587 * background.green() + 0.114 * background.blue()
    return QColor("#1a1a1a") if luma > _BRIGHT else QColor("#ffffff")
