# SPDX-License-Identifier: GPL-2.0-or-later
"""Which index is searched, what is in it, and the buttons that put a raster into it."""

from __future__ import annotations

from pathlib import Path

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QDateTime, QLocale, QTimer, pyqtSignal
from qgis.PyQt.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from ..i18n import tr, tr_count
from ..map_tool.page_parts import push_button, row, told
from ..widgets.file_button import name_button
from ..words import count_words
from .question import CHANGED, GONE, UNFINISHED, IndexState

_REST_MS = 400
_MOST_NAMES = 3


class IndexBox(QWidget):
    """A folder, and what is known of it."""

    folder_changed = pyqtSignal(str)
    add_wanted = pyqtSignal()
    renew_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = QgsFileWidget()
        self.folder.setObjectName("findIndex")
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setToolTip(
            tr("The folder in which patches of rasters are kept; made when a layer is added")
        )
        self.folder.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        name_button(self.folder, tr("Choose a folder"))
        self.about = told("findAbout")
        about = tr("Put the patches of the raster layer into the index, in the background")
        self.add = push_button("findAdd", tr("&Add this layer"), about)
        about = tr("Put rasters that have changed into it anew")
        self.renew = push_button("findRenew", tr("Renew"), about)
        buttons = row(self.add, self.renew)
        buttons.setStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.folder, self.about):
            column.addWidget(widget)
        column.addLayout(buttons)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(lambda: self.folder_changed.emit(self.path()))
        self.folder.fileChanged.connect(lambda _path: self._rest.start())
        self.add.clicked.connect(lambda: self.add_wanted.emit())
        self.renew.clicked.connect(lambda: self.renew_wanted.emit())
        self.show_state(None, raster="", busy=False)

    def path(self) -> str:
        """The folder, whole, '' where none is given."""
        text = self.folder.filePath().strip()
        return str(Path(text).resolve()) if text else ""

    def set_path(self, folder: str) -> None:
        """Take another folder; told at once."""
        self.folder.setFilePath(folder)
        self._rest.stop()
        self.folder_changed.emit(self.path())

    def show_state(
        self, state: IndexState | None, *, raster: str, busy: bool, starts: bool = True
    ) -> None:
        """Tell what is in the index; `raster` is the layer's path, '' where it has none.

        With `starts` there is another button that adds the first layer and starts the tool.
        """
        self.about.setText(tr("Looking at the index…") if state is None else about_words(state))
        known = None if state is None else state.raster(raster)
        is_whole = known is not None and known.state != UNFINISHED
        is_first = starts and (state is None or not state.is_there)
        self.add.setVisible(not (is_whole or is_first or busy))
        self.add.setEnabled(bool(raster) and not busy)
        changed = [] if state is None else changed_rasters(state)
        self.renew.setVisible(bool(changed) and not busy)


def changed_rasters(state: IndexState) -> list[str]:
    """Paths of rasters that are other files now than those in the index."""
    return [each.path for each in state.rasters if each.state == CHANGED]


def about_words(state: IndexState) -> str:
    """`2 rasters, 10,240 patches · Find and teach · 2026-11-21`, and what is wrong with some."""
    if state.trouble:
        return state.trouble
    if not state.folder:
        return tr("Choose a folder, or a raster layer: a folder is proposed beside it.")
    if not state.is_there:
        return tr("No index yet: adding a layer makes one here.")
    count = len(state.rasters)
    rasters = tr_count("{0} raster", "{0} rasters", count).format(count)
    patches = tr_count("{0} patch", "{0} patches", state.patches)
    patches = patches.format(count_words(state.patches))
    moment = QDateTime.fromSecsSinceEpoch(int(state.made))
    day = QLocale().toString(moment.date(), QLocale.FormatType.ShortFormat)
    parts = [f"{rasters}, {patches}", state.model, day]
    lines = [" · ".join(parts), *_troubles(state)]
    return "\n".join(lines)


def _troubles(state: IndexState) -> list[str]:
    words = {
        CHANGED: tr("Changed since: {0}."),
        GONE: tr("No longer there: {0}; found all the same, without pictures."),
        UNFINISHED: tr("Not finished: {0}."),
    }
    lines = []
    for kind, sentence in words.items():
        names = [Path(each.path).name for each in state.rasters if each.state == kind]
        more = "…" if len(names) > _MOST_NAMES else ""
        if names:
            lines.append(sentence.format(", ".join(names[:_MOST_NAMES]) + more))
    return lines
