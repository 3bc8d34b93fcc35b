# SPDX-License-Identifier: GPL-2.0-or-later
"""Which index the page searches: what is in it, and the runs that put rasters into it."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QObject, pyqtSignal

from .. import settings
from ..background.runs import Run
from ..widgets.dependency_dialog import offer_missing_packages
from .growing import Growing
from .index_box import changed_rasters
from .index_place import folder_to_begin_with, name_of
from .page import FindPage
from .question import IndexState
from .search import Search


class ChosenIndex(QObject):
    """The folder in the page's field; `state` is None until it has been looked at."""

    run_wanted = pyqtSignal(object)
    other = pyqtSignal()
    """Another folder: what was shown of the former means nothing in it."""
    grown = pyqtSignal()
    """There may be more in it than when it was searched last, or other things."""
    changed = pyqtSignal()
    """More is known of it, or a run on it goes on."""
    troubled = pyqtSignal(str)

    def __init__(self, page: FindPage, search: Search) -> None:
        super().__init__()
        self._page, self._box, self._search = page, page.index, search
        self._has_begun = False
        self._is_usual = True
        """Whether the folder follows the raster layer: the user has chosen none."""
        self.state: IndexState | None = None
        self.growing = Growing()
        self._box.folder_changed.connect(self._take)
        self._box.add_wanted.connect(self.add)
        self._box.renew_wanted.connect(self.renew)
        page.layers.layerChanged.connect(self.follow)
        search.looked.connect(self._know)
        self.growing.grew.connect(lambda: self._look_again(grows=True))
        self.growing.ended.connect(self._end)

    @property
    def is_searchable(self) -> bool:
        """Whether there is something in it, and its files are not being exchanged."""
        has_some = self.state is not None and self.state.patches > 0
        return has_some and not self.growing.exchanges_files

    @property
    def is_placed(self) -> bool:
        """Whether its rasters lie on the ground; of one yet to be made, whether the layer does."""
        known = None if self.state is None else self.state.is_placed
        layer = self._page.layer()
        return (layer is None or layer.crs().isValid()) if known is None else known

    @property
    def lacks_layer(self) -> bool:
        """Whether the raster layer has yet to go into it."""
        layer, state = self._page.layer(), self.state
        if layer is None or state is None or state.trouble or self.growing.is_under_way:
            return False
        return bool(state.folder) and state.raster(name_of(layer)) is None

    def begin(self) -> None:
        """Look at the usual index; before, the page has not been shown and nothing is read."""
        if not self._has_begun:
            self._has_begun = True
            if not self._box.path():
                self.state = IndexState("")  # there is nothing to look at yet
            self.follow()

    def follow(self, *_layer: object) -> None:
        """As long as the user has chosen no other, it is the usual one for the raster layer."""
        if not self._has_begun:
            return
        usual = self._usual()
        if self._is_usual and usual != self._box.path():
            self._box.set_path(usual)
        self.changed.emit()

    def add(self) -> None:
        """Put the raster layer into it, in the background."""
        layer, folder = self._page.layer(), self._box.path()
        if layer is not None and folder:
            self._grow([layer.id()], folder, renew=False)

    def renew(self) -> None:
        """Put rasters that have changed into it anew."""
        if self.state is not None:
            self._grow(changed_rasters(self.state), self.state.folder, renew=True)

    def shut_down(self) -> None:
        """Hear no more of the page, nor of a run, which the panel's queue ends."""
        self._box.folder_changed.disconnect(self._take)
        self._page.layers.layerChanged.disconnect(self.follow)
        self.growing.forget()

    def show(self, *, starts: bool) -> None:
        """Say on the page what is known; see IndexBox.show_state."""
        layer = self._page.layer()
        raster = "" if layer is None else name_of(layer)
        busy = self.growing.is_under_way
        self._box.show_state(self.state, raster=raster, busy=busy, starts=starts)

    def _usual(self) -> str:
        return folder_to_begin_with(self._page.layer(), QgsProject.instance())

    def _take(self, folder: str) -> None:
        self._is_usual = folder in ("", self._usual())
        if folder == self._search.folder:
            return
        self.state = None
        self._search.look(folder)
        self.other.emit()
        self.changed.emit()

    def _know(self, state: IndexState) -> None:
        was_empty = self.state is None or not self.state.patches
        self.state = state
        if state.is_there:
            settings.set_find_index(state.folder)
            self._page.limits.show_rasters(state)
        if was_empty and state.patches:
            self.grown.emit()
        self.changed.emit()

    def _grow(self, rasters: Sequence[str], folder: str, *, renew: bool) -> None:
        if self.growing.is_under_way or not offer_missing_packages(self._page):
            return
        self._search.let_go()
        self.run_wanted.emit(self.growing.run(rasters, folder, renew=renew))
        self.changed.emit()

    def _look_again(self, *, grows: bool) -> None:
        self._search.look(self._box.path(), grows=grows)
        self.grown.emit()

    def _end(self, run: Run) -> None:
        self._look_again(grows=False)
        if run.error:
            self.troubled.emit(run.error)
        self.changed.emit()
