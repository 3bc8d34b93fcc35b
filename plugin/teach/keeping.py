# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes an ordinary network of what was taught, and runs it over the whole layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
)
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...inference.errors import GeoSiftError
from .. import settings
from ..algorithms import common_parameters as names
from ..background.runs import Run
from ..background.work_task import WorkTask
from ..i18n import tr
from ..layers.layer_source import has_pixels
from ..model_news import NEWS
from ..models import algorithm_of
from ..widgets.task_runner import TaskRunner
from .answering import Answering
from .question import Question

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


class Keeping(QObject):
    """One network at a time."""

    changed = pyqtSignal()
    kept = pyqtSignal(object)
    """The card of the new network, which all lists of models show already."""
    failed = pyqtSignal(str)

    def __init__(self, answering: Answering) -> None:
        super().__init__()
        self._answering = answering
        self._runner = TaskRunner(self)
        self._runner.changed.connect(self.changed)
        self._runner.failed.connect(self.failed)

    @property
    def is_busy(self) -> bool:
        """Whether a network is being written."""
        return self._runner.is_busy

    def keep(self, question: Question, name: str) -> None:
        """Write what the question's lesson teaches into the user's catalogue, in the background."""
        room, folder = self._answering.room, settings.model_folder()

        def work(task: WorkTask) -> ModelCard:
            from ...inference.cards.model_folder import ModelFolder  # loads the engine
            from ...inference.teaching.keep import keep

            scene, taught = room().taught(question, task.isCanceled)
            return keep(taught, question.lesson, [scene], ModelFolder(folder), name=name)

        task = WorkTask(tr("Keeping {0}").format(name), work, foreseen=GeoSiftError)
        self._runner.start(task, self._done)

    def leave(self) -> None:
        """Cancel, and wait until the worker is out."""
        self._runner.leave()

    def _done(self, card: ModelCard) -> None:
        NEWS.changed.emit()
        self.kept.emit(card)


def run_over(layer: QgsRasterLayer, card: ModelCard, canvas: QgsMapCanvas) -> Run:
    """The network over the whole layer; of a map server, over what the map shows."""
    parameters = {
        names.INPUT: layer.id(),
        names.MODEL: card.id,
        names.REPORT: QgsProcessingUtils.generateTempFilename("report.html"),
        names.OUTPUT: QgsProcessingOutputLayerDefinition(
            QgsProcessing.TEMPORARY_OUTPUT, QgsProject.instance()
        ),
    }
    if not has_pixels(layer):
        seen = canvas.mapSettings()
        parameters[names.EXTENT] = QgsReferencedRectangle(
            seen.visibleExtent(), seen.destinationCrs()
        )
    return Run(f"{layer.name()} · {card.name}", algorithm_of(card.kind), parameters)
