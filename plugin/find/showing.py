# SPDX-License-Identifier: GPL-2.0-or-later
"""What was found: as pictures on the page, as layers of the project, as a file that is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.core import QgsPointXY, QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtWidgets import QFileDialog

from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..results.layer_tree import is_result
from .answer_layer import AnswerLayers, heat_path, kept_layer
from .ground import Ground
from .index_place import name_of
from .limits_box import VIEW
from .markers import Markers
from .page import FindPage
from .question import Answer, Found, Thumbnail, Written
from .search import Search
from .view import go_to


class Showing(QObject):
    """Shows each answer, and nothing where there is none."""

    warned = pyqtSignal(str)
    troubled = pyqtSignal(str)

    def __init__(
        self,
        canvas: QgsMapCanvas,
        page: FindPage,
        search: Search,
        markers: Markers,
        ground: Callable[[], Ground],
    ) -> None:
        super().__init__()
        self._canvas, self._page, self._search = canvas, page, search
        self._markers, self._ground = markers, ground
        self._told: set[str] = set()
        self._looked_at: Found | None = None
        self._heated = ""
        """The raster layer that heat lies over, by its id."""
        self.layers = AnswerLayers()
        page.strip.looked_at.connect(self._go_to)
        page.heat.toggled.connect(self._heat)
        page.keep.clicked.connect(self._choose_file)
        page.layers.layerChanged.connect(self._heat_anew)
        search.pictured.connect(self._show_thumbnail)
        search.heated.connect(self._show_heat)
        search.heat_failed.connect(lambda: page.heat.setChecked(False))
        search.kept.connect(self._show_kept)
        QgsProject.instance().cleared.connect(self.forget)
        canvas.destinationCrsChanged.connect(self._mark_again)

    def show(self, answer: Answer) -> None:
        """These patches and no others."""
        self._page.strip.show_found(answer.found)
        self._look_at(None)
        self._page.limits.leave_out(self.layers.show(answer))
        self._page.show_answer(len(answer.found))
        if answer.notes:
            self.warned.emit("\n".join(answer.notes))
        self._heat(self._page.heat.isChecked())

    def show_nothing(self) -> None:
        """As before the first question."""
        self.layers.show_nothing()
        self.forget()

    def forget(self) -> None:
        """What is shown is no answer any more; layers that are in the project are left to it."""
        self._search.forget()
        self._page.strip.show_found(())
        self._look_at(None)
        self._page.show_answer(0)

    def offer(self, *, is_free: bool) -> None:
        """Heat and files where there is an answer, and nobody exchanges the files of the index."""
        answer = self._search.answer
        self._page.show_answer(len(answer.found) if is_free and answer is not None else 0)

    def tell_anew(self) -> None:
        """What was said of one index has not been said of the next."""
        self._told.clear()

    def keep(self, path: str) -> None:
        """Write what was found to a GeoPackage of that path, which then is a layer."""
        file = Path(path)
        if file.suffix.lower() != ".gpkg":
            file = file.with_name(f"{file.name}.gpkg")
            if file.exists():  # the dialog has asked about another file
                words = tr("{0} is there already: choose it by its whole name, or another one.")
                self.troubled.emit(words.format(file))
                return
        self._search.keep(str(file))

    def shut_down(self) -> None:
        """Hear of no other project; what was found stays in this one."""
        self._canvas.destinationCrsChanged.disconnect(self._mark_again)
        self._page.layers.layerChanged.disconnect(self._heat_anew)
        QgsProject.instance().cleared.disconnect(self.forget)

    def _heat_anew(self, *_layer: object) -> None:
        """Over the raster of now; a heat layer that one looks at is no raster to lay it over."""
        layer = self._page.layer()
        if layer is not None and layer.id() != self._heated and not is_result(layer):
            self._heat(self._page.heat.isChecked())

    def _show_thumbnail(self, thumbnail: Thumbnail) -> None:
        self._page.strip.show_thumbnail(thumbnail)
        if thumbnail.trouble and thumbnail.trouble not in self._told:
            self._told.add(thumbnail.trouble)
            words = tr("Found all the same, but without pictures: {0}")
            self.warned.emit(words.format(thumbnail.trouble))

    def _go_to(self, found: Found) -> None:
        self._page.show_chosen()
        points = self._look_at(found)
        if points:
            go_to(self._canvas, points, stay=self._page.limits.kind() == VIEW)

    def _look_at(self, found: Found | None) -> list[QgsPointXY]:
        """Mark a patch, or none; where it is on the map."""
        self._looked_at, points = found, []
        if found is not None:
            try:
                ring = [self._ground().on_map(x, y) for x, y in found.ring]
                points = [point for point in ring if point is not None]
            except GeoSiftError as error:
                self.troubled.emit(str(error))
        self._markers.show_place(points)
        return points

    def _mark_again(self) -> None:
        """In the coordinates that the map has now."""
        self._look_at(self._looked_at)

    def _heat(self, on: bool) -> None:
        layer = self._page.layer()
        if not on:
            self.layers.hide_heat()
        elif layer is not None and self._page.heat.isEnabled():
            self._heated = layer.id()
            self._search.heat(name_of(layer) or layer.source(), heat_path())

    def _show_heat(self, written: Written) -> None:
        layer = self._page.layer()
        if not self._page.heat.isChecked() or layer is None:
            return
        try:
            self.layers.show_heat(written.path, layer.name())
        except GeoSiftError as error:
            self.troubled.emit(str(error))

    def _choose_file(self) -> None:
        folder = Path(self._page.index.path())
        proposed = folder.with_name(tr("{0}_found.gpkg").format(folder.name))
        path, _filter = QFileDialog.getSaveFileName(
            self._page, tr("Keep what was found"), str(proposed), tr("GeoPackage (*.gpkg)")
        )
        if path:
            self.keep(path)

    def _show_kept(self, written: Written) -> None:
        """The file takes the place of the temporary layer."""
        try:
            kept_layer(written.path)
        except GeoSiftError as error:
            self.troubled.emit(str(error))
            return
        self.layers.remove_hits()
        if written.notes:
            self.warned.emit("\n".join(written.notes))
