# SPDX-License-Identifier: GPL-2.0-or-later
"""Whence missing packages shall come: the package index, a folder of wheels, or the system."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtWidgets import (
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..dependencies.commands import system_command
from ..dependencies.needs import Package, sizes
from ..i18n import tr
from .file_button import name_button


class DependencySource(QGroupBox):
    """Three ways to get packages; `installs` is False for the one the user takes by hand."""

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Install from"), parent)
        self.index = QRadioButton()
        self.folder = QRadioButton(tr("A folder of &wheels (without a network)"))
        self.system = QRadioButton(tr("The package manager of this s&ystem"))
        self.wheels = QgsFileWidget()
        self.wheels.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.wheels.lineEdit().setPlaceholderText(tr("The folder that holds the .whl files"))
        self.wheels.setObjectName("wheelsFolder")
        self.wheels.lineEdit().setAccessibleName(tr("The folder of wheels"))
        name_button(self.wheels, tr("Choose the folder of wheels"))
        self.command = QLineEdit()
        self.command.setObjectName("systemCommand")
        self.command.setReadOnly(True)
        self.command.setAccessibleName(tr("The command to type in a terminal"))
        self.copy = QToolButton()
        self.copy.setIcon(QgsApplication.getThemeIcon("/mActionEditCopy.svg"))
        self.copy.setToolTip(tr("Copy the command"))
        self.copy.setAccessibleName(self.copy.toolTip())
        self._system_row = QWidget()
        self._explain()
        self._lay_out()
        self.index.setChecked(True)
        for button in (self.index, self.folder, self.system):
            button.toggled.connect(self._follow)
        self.wheels.fileChanged.connect(self._choose_folder)
        self.copy.clicked.connect(self._copy)
        self._follow()

    @property
    def installs(self) -> bool:
        """Whether GeoSift can install from what is chosen."""
        chosen = self.folder.isChecked() and self.wheels.filePath().strip()
        return bool(self.index.isChecked() or chosen)

    def wheels_folder(self) -> Path | None:
        """The chosen folder of wheels, None for the package index."""
        return Path(self.wheels.filePath().strip()) if self.folder.isChecked() else None

    def offer(self, by_pip: Sequence[Package], lacking: Sequence[Package]) -> None:
        """Show the ways for what is missing; `by_pip` can come from the first two."""
        self.index.setText(
            tr("The Python package inde&x: {0} MB to download, {1} MB on the disk").format(
                *sizes(by_pip)
            )
        )
        command = system_command(lacking)
        self.command.setText(command)
        self.command.setCursorPosition(0)
        self.system.setVisible(bool(command))
        self._system_row.setVisible(bool(command))
        for button in (self.index, self.folder):
            button.setEnabled(bool(by_pip))
        if command and not by_pip:
            self.system.setChecked(True)
        elif self.system.isChecked() and not command:
            self.index.setChecked(True)

    def _explain(self) -> None:
        self.index.setToolTip(tr("Fetched from pypi.org, or the index your pip is set to"))
        for widget in (self.folder, self.wheels):
            widget.setToolTip(tr("Wheels (.whl) fetched elsewhere, such as by pip download"))
        for widget in (self.system, self.command):
            widget.setToolTip(tr("Type this in a terminal, then try out"))

    def _follow(self) -> None:
        self.wheels.setEnabled(self.folder.isEnabled())
        self.changed.emit()

    def _choose_folder(self) -> None:
        self.folder.setChecked(True)
        self.changed.emit()

    def _copy(self) -> None:
        self.system.setChecked(True)
        QgsApplication.clipboard().setText(self.command.text())

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.addWidget(self.index)
        column.addWidget(self.folder)
        column.addWidget(self._indented(QWidget(), self.wheels))
        column.addWidget(self.system)
        column.addWidget(self._indented(self._system_row, self.command, self.copy))

    def _indented(self, row: QWidget, *widgets: QWidget) -> QWidget:
        """Widgets in a row that begins where the texts of the buttons do."""
        line = QHBoxLayout(row)
        style = self.style()
        indent = style.pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth)
        gap = style.pixelMetric(QStyle.PixelMetric.PM_RadioButtonLabelSpacing)
        line.setContentsMargins(indent + gap, 0, 0, 0)
        for widget in widgets:
            line.addWidget(widget)
        return row
