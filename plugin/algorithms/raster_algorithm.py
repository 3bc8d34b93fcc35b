# SPDX-License-Identifier: GPL-2.0-or-later
"""What those of GeoSift's algorithms are that work on a raster: one call of the engine each."""

from __future__ import annotations

from typing import Any

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from . import common_parameters as names
from .checks import (
    about_bands,
    about_choices,
    about_features,
    about_model,
    about_outputs,
    about_raster,
)
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .inputs import RasterInputs, read_raster


class RasterAlgorithm(GeoSiftAlgorithm):
    """Runs the engine over a raster; each child says what for, and how."""

    kind = ""
    """The kind of model card it takes, '' where it takes none."""
    features = ""
    """The parameter that names a vector layer."""
    only_near = False
    """Whether features that do not touch the raster are left out."""

    def own_complaint(self, given: Given) -> str:
        """What else keeps a run of this algorithm from starting, or ''."""
        return ""

    def complaint(self, given: Given) -> str:
        return (
            about_raster(given)
            or about_model(given, self.kind)
            or about_bands(given, available=given.raster().bandCount())
            or about_features(given)
            or about_choices(given)
            or about_outputs(given, {given.raster().source(): names.INPUT})
            or self.own_complaint(given)
        )

    def known(self, given: Given) -> dict[str, Any]:
        known = {**given.parameters, names.INPUT: given.raster()}
        if isinstance(known.get(names.AUGMENT), int):  # QGIS would only take the text "8"
            known[names.AUGMENT] = str(known[names.AUGMENT])
        return known

    def read(self, given: Given) -> tuple[RasterInputs, LayerFeatures | None]:
        layer = given.raster()
        if layer is None:
            raise InputError(tr("INPUT is not a raster layer that can be read."))
        within = layer.extent() if self.only_near else None
        features = given.features(self.features, crs=layer.crs(), within=within)
        return read_raster(given, layer), features
