# SPDX-License-Identifier: GPL-2.0-or-later
"""What the engine reads of a raster layer: a name of GDAL, or the layer's provider (worker)."""

from __future__ import annotations

from typing import Any

from qgis.core import QgsProcessingFeedback

from ..i18n import tr
from ..layers.layer_source import ProviderGrid


def read_by(
    source: Any,
    bands: tuple[int, ...] | None,
    names: tuple[str, ...],
    feedback: QgsProcessingFeedback,
) -> Any:
    """The source itself, or one that asks a provider for these bands, else for those names."""
    if not isinstance(source, ProviderGrid):
        return source
    from ..layers.provider_source import ProviderSource

    if source.provider.xSize() <= 0:
        feedback.pushInfo(
            tr("The layer comes from a server: what it does not deliver stays without data.")
        )
    return ProviderSource(source, bands=bands, names=names, feedback=feedback)
