# SPDX-License-Identifier: GPL-2.0-or-later
"""One model on its way into the folder of models (worker thread)."""

from __future__ import annotations

from typing import Any

from ...inference.cards.registry import RegisteredModel, Registry
from ...inference.errors import InputError
from .. import settings
from ..i18n import tr
from ..registry.fetch_model import fetch_model
from ..registry.place import read_registry
from . import fetch_model_parameters as names
from .common_parameters import MODEL
from .run_parameters import RunParameters


class FetchModelRun(RunParameters):
    """Read the list, and fetch the one that is wanted."""

    def execute(self) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        cancelled = self.feedback.isCanceled
        place = self.text(names.LIST) or settings.registry_place()
        card = fetch_model(
            _model(read_registry(place, is_cancelled=cancelled), self.text(MODEL)),
            settings.model_folder(),
            progress=self.feedback.setProgress,
            is_cancelled=cancelled,
        )
        return {names.ID: card.id, names.FILE: str(card.path)}


def _model(registry: Registry, wanted: str) -> RegisteredModel:
    for model in registry.models:
        if model.id == wanted:
            return model
    known = ", ".join(model.id for model in registry.models) or tr("none")
    words = tr("The list has no model '{0}'; it has: {1}.")
    raise InputError(words.format(wanted, known))
