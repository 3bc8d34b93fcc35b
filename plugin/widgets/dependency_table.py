# SPDX-License-Identifier: GPL-2.0-or-later
"""The packages GeoSift needs, what for, and whether they are there."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from ..dependencies import needs
from ..dependencies.folder import packages_folder
from ..i18n import tr

_GOOD, _BAD = "/mIconSuccess.svg", "/mIconWarning.svg"


class DependencyTable(QTreeWidget):
    """One row a package; looks anew when asked."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dependencyTable")
        self.setHeaderLabels(
            [tr("Package"), tr("What for"), tr("State"), tr("Download"), tr("Disk")]
        )
        self.setAccessibleName(tr("Packages"))
        self.setRootIsDecorated(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.look()

    def look(self, troubles: Mapping[str, str] | None = None) -> None:
        """Show what is there now; `troubles` tells by module what was found wrong on trying."""
        self.clear()
        for package in needs.packages():
            self.addTopLevelItem(_row(package, (troubles or {}).get(package.module, "")))
        for column in range(self.columnCount()):
            self.resizeColumnToContents(column)
        rows = sum(self.sizeHintForRow(row) for row in range(self.topLevelItemCount()))
        self.setFixedHeight(rows + self.header().sizeHint().height() + 2 * self.frameWidth())


def _row(package: needs.Package, trouble: str) -> QTreeWidgetItem:
    found = needs.place(package)
    if found is None:
        state = tr("missing")
    elif trouble:
        state = tr("does not work")
    elif packages_folder() in found.parents:
        state = tr("installed by GeoSift")
    else:
        state = tr("there")
    sizes = [tr("{0} MB").format(size) for size in (package.download_mb, package.disk_mb)]
    row = QTreeWidgetItem([package.title, package.reason, state, *sizes])
    row.setIcon(2, QgsApplication.getThemeIcon(_BAD if trouble or found is None else _GOOD))
    row.setToolTip(2, trouble or str(found or ""))
    return row
