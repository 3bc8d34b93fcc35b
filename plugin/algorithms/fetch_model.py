# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fetchmodel`: a model of a list, fetched, verified and installed without a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
)

from ...inference.errors import GeoSiftError, InputError
from .. import settings
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from ..model_news import NEWS
from . import fetch_model_parameters as names
from .common_parameters import MODEL
from .documented_algorithm import DocumentedAlgorithm

if TYPE_CHECKING:
    from ...inference.cards.registry import RegisteredModel, Registry


class FetchModelAlgorithm(DocumentedAlgorithm):
    """What the model manager does, for scripts."""

    asks = names
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

        place = self.parameterAsString(parameters, names.LIST, context).strip()
        wanted = self.parameterAsString(parameters, MODEL, context).strip()
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
        return {names.ID: card.id, names.FILE: str(card.path)}

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
