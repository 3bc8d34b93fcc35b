# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the layers of a finished background run into the project, as the Toolbox does."""

from __future__ import annotations

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
)

from ..i18n import tr


def load_results(
    context: QgsProcessingContext, feedback: QgsProcessingFeedback
) -> tuple[list[QgsMapLayer], str]:
    """Add every result that is to be loaded, styled and filed; returns them, and what is wrong."""
    loaded: list[QgsMapLayer] = []
    missing = []
    for name, details in context.layersToLoadOnCompletion().items():
        found = QgsProcessingUtils.mapLayerFromString(name, context)
        layer = None if found is None else context.temporaryLayerStore().takeMapLayer(found)
        if layer is None:
            missing.append(name)
            continue
        details.setOutputLayerName(layer)
        details.project.addMapLayer(layer)
        if details.postProcessor() is not None:
            details.postProcessor().postProcessLayer(layer, context, feedback)
        loaded.append(layer)
    if missing:
        words = tr("The result was written, but cannot be loaded: {0}")
        return loaded, words.format(", ".join(missing))
    return loaded, ""
