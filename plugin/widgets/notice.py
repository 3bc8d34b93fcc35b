# SPDX-License-Identifier: GPL-2.0-or-later
"""A sentence the user should read, with a sign of how bad it is."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QFrame, QHBoxLayout, QLabel, QStyle, QToolButton, QWidget

from ..i18n import tr

_SIGNS = QStyle.StandardPixmap
_ICONS = {"error": _SIGNS.SP_MessageBoxCritical, "warning": _SIGNS.SP_MessageBoxWarning}
"""The style's own: QGIS's sign of trouble is white, for its red message bar."""


class Notice(QFrame):
    """Hidden until there is something to say; the user can close it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._icon = QLabel()
        self.label = QLabel()
        self.label.setObjectName("noticeText")
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton()
        close.setAutoRaise(True)
        close.setIcon(QgsApplication.getThemeIcon("/mIconClose.svg"))
        close.setToolTip(tr("Close this message"))
        close.setAccessibleName(close.toolTip())
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 4, 6)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def say(self, text: str, level: str = "error") -> None:
        """Show a sentence; `level` is "error" or "warning"."""
        side = self.fontMetrics().height()
        self._icon.setPixmap(self.style().standardIcon(_ICONS[level]).pixmap(side, side))
        self.label.setText(text)
        self.show()
