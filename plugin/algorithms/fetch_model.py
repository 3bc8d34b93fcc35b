# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fetchmodel`: a model of a list, fetched, verified and installed without a window."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingFeedback

from ..i18n import tr
from ..model_news import NEWS
from . import fetch_model_parameters as names
from .geosift_algorithm import GeoSiftAlgorithm


class FetchModelAlgorithm(GeoSiftAlgorithm):
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

    def run_type(self) -> type:
        from .fetch_model_run import FetchModelRun

        return FetchModelRun

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Have open lists of models show it (main thread)."""
        NEWS.changed.emit()
        return {}
