# SPDX-License-Identifier: GPL-2.0-or-later
"""What one draws with: buttons for points, lines, areas and the eraser, and for steps back."""

from __future__ import annotations

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from ..i18n import tr
from ..map_tool.kinds import LINE, POINT, POLYGON
from ..map_tool.page_parts import push_button
from .tool import ERASE


class ModeRow(QWidget):
    """One of the modes is down while the tool is that of the map, none while it is not."""

    chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        rows = (
            (POINT, tr("Point"), "/mActionCapturePoint.svg", tr("A click labels a place")),
            (LINE, tr("Line"), "/mActionCaptureLine.svg", tr("A stroke labels what it crosses")),
            (POLYGON, tr("Area"), "/mActionCapturePolygon.svg", tr("Labels all that is inside")),
            (
                ERASE, tr("Erase"), "/mActionDeleteSelected.svg",
                tr("Takes away the labels one clicks on"),
            ),
        )  # fmt: skip
        self.buttons = {mode: _mode_button(mode, *row) for mode, *row in rows}
        about = tr("Take back the last change of labels or classes")
        self.undo = push_button("teachUndo", tr("&Undo"), about)
        self.undo.setIcon(QgsApplication.getThemeIcon("/mActionUndo.svg"))
        self.redo = push_button("teachRedo", tr("Redo"), tr("Do again what was taken back"))
        self.redo.setIcon(QgsApplication.getThemeIcon("/mActionRedo.svg"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for column, (mode, button) in enumerate(self.buttons.items()):
            grid.addWidget(button, 0, column)
            button.clicked.connect(lambda _on, mode=mode: self.chosen.emit(mode))
        grid.addWidget(self.undo, 1, 0, 1, 2)
        grid.addWidget(self.redo, 1, 2, 1, 2)

    def show_mode(self, mode: str | None) -> None:
        """Which one is the tool of the map, None: another tool is."""
        for each, button in self.buttons.items():
            button.setChecked(each == mode)

    def show_steps(self, *, back: bool, forward: bool) -> None:
        """Whether there is anything to take back or to do again."""
        self.undo.setEnabled(back)
        self.redo.setEnabled(forward)


def _mode_button(mode: str, text: str, icon: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(f"teachMode{mode}")
    button.setText(text)
    button.setIcon(QgsApplication.getThemeIcon(icon))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setCheckable(True)
    button.setToolTip(tip)
    return button
