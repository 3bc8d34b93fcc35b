# SPDX-License-Identifier: GPL-2.0-or-later
"""A rose diagram: how much length runs in which direction, north up."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qgis.PyQt.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from qgis.PyQt.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPalette
from qgis.PyQt.QtWidgets import QSizePolicy, QToolTip, QWidget

from ..i18n import tr
from ..markup import tip_text
from ..words import share_words

_LINES_HIGH = 9
_SIXTEENTHS = 16
"""Of a degree, in which Qt counts; from three o'clock, counterclockwise."""


class RoseChart(QWidget):
    """Petals whose area is their share; each comes twice, since a line has no front."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("roseChart")
        self._shares: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_lengths(self, lengths: Sequence[float]) -> None:
        """Show the lengths of bins of azimuths, which share the 180 degrees from north evenly."""
        total = math.fsum(lengths)
        self._shares = tuple(length / total for length in lengths) if total > 0 else ()
        largest = max(range(len(self._shares)), key=self._shares.__getitem__, default=None)
        words = "" if largest is None else tr("Most length runs {0}").format(self._words(largest))
        self.setAccessibleName(tr("Rose diagram"))
        self.setAccessibleDescription(words)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt fixes the name)
        return QSize(120, self.fontMetrics().height() * _LINES_HIGH)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(60, self.sizeHint().height())

    def bin_at(self, x: float, y: float) -> int | None:
        """The bin in whose direction a pixel of the widget lies, from the middle."""
        middle = QRectF(self.rect()).center()
        right, up = x - middle.x(), middle.y() - y
        if not self._shares or math.hypot(right, up) > self._radius():
            return None
        azimuth = math.degrees(math.atan2(right, up)) % 180.0
        return min(int(azimuth / self._width()), len(self._shares) - 1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QRectF(self.rect()).center(), self._radius()
        self._grid(painter, middle, radius)
        color = self.palette().color(QPalette.ColorRole.Highlight)
        painter.setPen(color.darker(130))
        painter.setBrush(color)
        largest = max(self._shares, default=1.0)
        for number, share in enumerate(self._shares):
            reach = radius * math.sqrt(share / largest)
            square = QRectF(middle.x() - reach, middle.y() - reach, 2 * reach, 2 * reach)
            for turn in (0.0, 180.0):
                start = 90.0 - (number + 1) * self._width() + turn
                span = round(self._width() * _SIXTEENTHS)
                painter.drawPie(square, round(start * _SIXTEENTHS), span)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self.bin_at(event.pos().x(), event.pos().y())
            text = "" if number is None else tip_text(self._words(number))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _grid(self, painter: QPainter, middle: QPointF, radius: float) -> None:
        """A circle, its axes, and where north is."""
        ink = QColor(self.palette().color(QPalette.ColorRole.WindowText))
        ink.setAlpha(90)
        painter.setPen(ink)
        painter.drawEllipse(middle, radius, radius)
        painter.drawLine(middle + QPointF(0, -radius), middle + QPointF(0, radius))
        painter.drawLine(middle + QPointF(-radius, 0), middle + QPointF(radius, 0))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        height = self.fontMetrics().height()
        above = QRectF(middle.x() - height, middle.y() - radius - height, 2 * height, height)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, tr("N"))

    def _radius(self) -> float:
        """Of the circle, with room for the letter above it."""
        return max(1.0, min(self.width() / 2.0, self.height() / 2.0 - self.fontMetrics().height()))

    def _width(self) -> float:
        """Degrees of a bin."""
        return 180.0 / len(self._shares)

    def _words(self, number: int) -> str:
        """`30° to 40°: 12.3 %`."""
        low, high = number * self._width(), (number + 1) * self._width()
        share = share_words(self._shares[number])
        return tr("{0}° to {1}°: {2}").format(f"{low:.0f}", f"{high:.0f}", share)
