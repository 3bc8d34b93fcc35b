# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fetchmodel`: a model of a list, fetched, verified and installed without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterString,
)

from ...inference.errors import GeoSiftError, InputError
from .. import settings
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from ..model_news import NEWS
from . import common_parameters as names
from .common_parameters import helped
from .documented_algorithm import DocumentedAlgorithm

if TYPE_CHECKING:
    from ...inference.cards.registry import RegisteredModel, Registry

LIST, ID, FILE = "LIST", "ID", "FILE"


class FetchModelAlgorithm(DocumentedAlgorithm):
    """What the model manager does, for scripts."""

    group_id = "models"
    example = "MODEL=roofs LIST=https://models.example.org/registry.json"

    def name(self) -> str:
        return "fetchmodel"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Fetch a model")

    def intro(self) -> str:
        return tr(
            "Downloads a model that a list of models names, checks every file against its SHA-256 "
            "and installs it into your folder of models. What is there already is not fetched "
            "again; what broke off goes on where it ended."
        )

    def definitions(self) -> list[QgsProcessingParameterDefinition]:
        model = QgsProcessingParameterString(names.MODEL, tr("Model"))
        place = QgsProcessingParameterString(LIST, tr("List of models"), None, False, True)
        words = tr(
            "Address (https://, http://, file://) or path of the list. Empty: the one set in the "
            "model manager, else GeoSift's own."
        )
        return [
            helped(model, tr("The id the list gives the model, such as roofs.")),
            helped(place, words),
        ]

    def told(self) -> list[names.Told]:
        return [
            (
                QgsProcessingOutputString(ID, tr("Id of the installed model")),
                tr("What to give other algorithms as MODEL."),
            ),
            (
                QgsProcessingOutputFile(FILE, tr("File of the network")),
                tr("Where the network lies, which may be given as MODEL, too."),
            ),
        ]

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = packages_complaint()
        return (
            (False, complaint) if complaint else super().checkParameterValues(parameters, context)
        )

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        from ..registry.fetch_model import fetch_model  # not when QGIS starts
        from ..registry.place import read_registry

        place = self.parameterAsString(parameters, LIST, context).strip()
        wanted = self.parameterAsString(parameters, names.MODEL, context).strip()
        try:
            registry = read_registry(
                place or settings.registry_place(), is_cancelled=feedback.isCanceled
            )
            card = fetch_model(
                _model(registry, wanted),
                settings.model_folder(),
                progress=feedback.setProgress,
                is_cancelled=feedback.isCanceled,
            )
        except GeoSiftError as error:
            raise QgsProcessingException(str(error)) from error
        return {ID: card.id, FILE: str(card.path)}

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Have open lists of models show it (main thread)."""
        NEWS.changed.emit()
        return {}


def _model(registry: Registry, wanted: str) -> RegisteredModel:
    for model in registry.models:
        if model.id == wanted:
            return model
    known = ", ".join(model.id for model in registry.models) or tr("none")
    words = tr("The list has no model '{0}'; it has: {1}.")
    raise InputError(words.format(wanted, known))
