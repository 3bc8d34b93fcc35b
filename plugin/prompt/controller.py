# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool as a whole: on and off, where it works, what it says, and where outlines go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qgis.core import QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..map_tool.keys import Keys
from ..map_tool.site import Site
from ..map_tool.switch import ToolSwitch
from ..map_tool.trouble import trouble_words
from .answers import Answerer
from .cutting import Cutting
from .keymap import LEAVE, PromptKeymap
from .look_ahead import EncodeTask, LookAhead
from .result_layer import ResultLayer
from .tool import PromptTool
from .whereabouts import Whereabouts, Wishes
from .workbench import Workbench

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

_LEAVE_SECONDS = 5.0


class PromptController(QObject):
    """Nothing of it works before `start`; `shut_down` ends it for good."""

    changed = pyqtSignal()
    """What is in hand, or what is being computed, is something else now."""
    scale_known = pyqtSignal(object)
    """(width, height) in metres of a pixel one works with, None where nobody knows."""
    added = pyqtSignal(object)
    """The layer an outline was added to."""
    troubled = pyqtSignal(str)

    def __init__(self, iface: QgisInterface, wishes: Wishes) -> None:
        super().__init__()
        self._canvas, self._wishes = iface.mapCanvas(), wishes
        self._where = Whereabouts(self._canvas, wishes)
        self._results: dict[tuple[str, str, str], ResultLayer] = {}
        self._is_adding = False
        self._at_work: Site | None = None
        self._is_kept = False  # for the object in hand, whatever the zoom is now
        self.sees_raster = True
        """Whether the raster lies in what the map showed last."""
        self.trouble = ""
        """Why one cannot point at what the map shows now, '' where one can."""
        self.bench = Workbench()
        self.answerer = Answerer(self.bench)
        self.cutting = Cutting(
            self._canvas, self.answerer, site=self._where.site, options=wishes.shape
        )
        self.look_ahead = LookAhead(self._canvas, self.bench, self._wanted)
        self.keys = Keys(self._canvas, self, PromptKeymap())
        self.tool = PromptTool(self._canvas, is_panning=lambda: self.keys.space_is_down)
        self._switch = ToolSwitch(self._canvas, self.tool)
        self._connect()

    @property
    def is_on(self) -> bool:
        """Whether it is the tool of the map."""
        return self._switch.is_on

    def start(self) -> None:
        """Make it the tool of the map."""
        self._switch.turn_on()

    def leave(self) -> None:
        """Let go of the object in hand, and give the map the tool it had before."""
        self.cutting.clear()
        self._switch.turn_off()

    def shut_down(self) -> None:
        """Stop everything and take everything off the map."""
        self.leave()
        self._switch.shut_down()
        QgsProject.instance().layersWillBeRemoved.disconnect(self._layers_go)
        self._canvas.destinationCrsChanged.disconnect(self.cutting.show)
        self.look_ahead.stop()
        self.bench.stop()
        self.answerer.stop(_LEAVE_SECONDS)
        self.cutting.preview.remove()

    def can(self, command: str) -> bool:
        """See keys.Commands."""
        return command == LEAVE or self.cutting.can(command)

    def do(self, command: str) -> None:
        """See keys.Commands; the first Esc during a drag gives up only the box."""
        if command != LEAVE:
            self.cutting.do(command)
        elif self.tool.has_box:
            self.tool.give_up_box()
        else:
            self.leave()

    def wishes_changed(self) -> None:
        """Another layer, model or scale: what is in hand belongs to the former."""
        self.cutting.hover_site = None
        self.cutting.clear()
        self.look_ahead.cancel()
        self.look_ahead.restart()

    def scale_lock_changed(self) -> None:
        """Keep the scale of now, or follow the zoom again."""
        try:
            self._where.lock_scale()
        except GeoSiftError as error:
            self.troubled.emit(str(error))
        self.look_ahead.restart()

    def _connect(self) -> None:
        tool, cutting = self.tool, self.cutting
        self._switch.turned.connect(lambda on: self._turned_on() if on else self._turned_off())
        tool.hovered.connect(cutting.hover)
        tool.left.connect(cutting.end_hover)
        tool.clicked.connect(cutting.click)
        tool.dragging.connect(cutting.draw_box)
        tool.dragged.connect(cutting.drag)
        cutting.changed.connect(self._hand_changed)
        cutting.troubled.connect(self.troubled)
        cutting.accepted.connect(self._accept)
        self.look_ahead.began.connect(self.changed)
        self.look_ahead.idled.connect(self.changed)
        self.look_ahead.ended.connect(self._encoded)
        QgsProject.instance().layersWillBeRemoved.connect(self._layers_go)
        self._canvas.destinationCrsChanged.connect(cutting.show)

    def _turned_on(self) -> None:
        self.keys.turn_on()
        self._canvas.setFocus()
        self.look_ahead.start()
        self.changed.emit()

    def _turned_off(self) -> None:
        self.keys.turn_off()
        self.look_ahead.stop()
        self.cutting.clear()
        self.cutting.hover_site = None
        self.bench.forget()
        self.changed.emit()

    def _wanted(self) -> tuple[Site, QgsRectangle] | None:
        """What the map shows, to be encoded ahead; what is in hand keeps its scale."""
        if self._wishes.layer() is None:  # a click says so, nobody has asked for anything yet
            return None
        try:
            kept = self.cutting.in_hand.site
            self._is_kept = kept is not None
            self._at_work = kept or self._where.site()
            wanted = self._at_work, self._where.seen()
        except GeoSiftError as error:
            self.trouble = str(error)
            self.troubled.emit(self.trouble)
            return None
        self.trouble = ""
        return wanted

    def _encoded(self, task: EncodeTask) -> None:
        if task.error is not None:
            self.trouble = trouble_words(task.error, task.site)
            self.troubled.emit(self.trouble)
        elif not task.isCanceled() and self.is_on:
            self.cutting.hover_site = task.site
            self.sees_raster = task.sees_raster
            self.scale_known.emit(task.metres)
        self.changed.emit()

    def _hand_changed(self) -> None:
        """With nothing in hand any more, the scale is the map's again."""
        if self._is_kept and not self.cutting.in_hand:
            self._is_kept = False
            self.look_ahead.restart()
        self.changed.emit()

    def _accept(self) -> None:
        if self._is_adding:  # a second Enter, heard while QGIS adds the layer of the first
            return
        self._is_adding = True
        try:
            self._add_feature()
        except GeoSiftError as error:
            self.troubled.emit(str(error))
        finally:
            self._is_adding = False

    def _add_feature(self) -> None:
        hand, candidate = self.cutting.in_hand, self.cutting.in_hand.candidate
        raster = QgsProject.instance().mapLayer(hand.site.layer_id)
        result = self._result_layer(raster, hand.site)
        result.accept(
            [candidate.outline],
            label=self._wishes.label(),
            predicted_iou=candidate.cutout.predicted_iou,
            kind=hand.pointed.kind,
            source=hand.site.title,
        )
        self.cutting.clear()
        self.added.emit(result.layer)

    def _result_layer(self, raster: QgsRasterLayer, site: Site) -> ResultLayer:
        target, project = self._wishes.target(), QgsProject.instance()
        key = (raster.id(), "" if target is None else target.id(), site.crs.toWkt())
        if key not in self._results:
            self._results[key] = ResultLayer(raster, project=project, target=target, crs=site.crs)
        return self._results[key]

    def _layers_go(self, layer_ids: Sequence[str]) -> None:
        """Have nothing to do with layers that are being removed; say so where one was needed."""
        self._results = {
            key: each for key, each in self._results.items() if not set(key) & set(layer_ids)
        }
        site = self._at_work
        if site is None or site.layer_id not in layer_ids:
            return
        self._at_work = None
        self.look_ahead.cancel()
        self.cutting.hover_site = None
        self.cutting.clear()
        if self.is_on:
            words = tr("The layer '{0}' was removed: choose another raster to cut from.")
            self.troubled.emit(words.format(site.title))
