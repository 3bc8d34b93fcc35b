# SPDX-License-Identifier: GPL-2.0-or-later
"""A first look at a model: its algorithm, run on what the map shows, as a temporary layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingOutputLayerDefinition,
    QgsProject,
    QgsRasterLayer,
    QgsReferencedRectangle,
    QgsVectorLayer,
)

from ...inference.errors import InputError
from ..algorithms import common_parameters as names
from ..algorithms.prompt_parameters import PROMPTS
from ..background.runs import Run
from ..i18n import tr
from ..models import FEATURES, PROMPT, algorithm_of
from ..results.layer_tree import is_result

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ...inference.cards.card import ModelCard


def trial(card: ModelCard, iface: QgisInterface, *, before: str = "") -> Run:
    """The run of the model, not yet started; InputError where there is nothing to run it on.

    `before` is the id of the layer that was tried on last, '' for none.
    """
    if card.kind == FEATURES:
        raise InputError(
            tr(
                "'{0}' tells what looks alike and makes no layer by itself: try another model."
            ).format(card.name)
        )
    layer = _raster(iface, before)
    settings = iface.mapCanvas().mapSettings()
    seen = QgsReferencedRectangle(settings.visibleExtent(), settings.destinationCrs())
    parameters: dict[str, Any] = {
        names.INPUT: layer.id(),
        names.MODEL: card.id,
        names.EXTENT: seen,
        names.OUTPUT: QgsProcessingOutputLayerDefinition(
            QgsProcessing.TEMPORARY_OUTPUT, QgsProject.instance()
        ),
    }
    if card.kind == PROMPT:
        parameters[PROMPTS] = _middle(seen)
    return Run(f"{layer.name()} · {card.name}", algorithm_of(card.kind), parameters)


def _raster(iface: QgisInterface, before: str) -> QgsRasterLayer:
    """The active raster layer; where that is a result of ours, the one it was likely made of."""
    project, shown = QgsProject.instance(), iface.mapCanvas().layers()
    for layer in (
        iface.activeLayer(), project.mapLayer(before), *shown, *project.mapLayers().values(),
    ):  # fmt: skip
        if isinstance(layer, QgsRasterLayer) and not is_result(layer):
            return layer
    raise InputError(tr("There is no raster layer in the project to try it on: add one first."))


def _middle(seen: QgsReferencedRectangle) -> QgsVectorLayer:
    """A click in the middle of the view, for what answers clicks."""
    layer = QgsVectorLayer(f"Point?crs={seen.crs().authid()}", "click", "memory")
    layer.setCrs(seen.crs())
    feature = QgsFeature()
    feature.setGeometry(QgsGeometry.fromPointXY(seen.center()))
    layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer
