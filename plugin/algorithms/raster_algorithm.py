# SPDX-License-Identifier: GPL-2.0-or-later
"""What those of GeoSift's algorithms are that work on a raster: one call of the engine each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext, QgsRasterLayer

from ...inference.errors import InputError
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from ..layer_features import LayerFeatures, read_features
from . import common_parameters as names
from .checks import first_complaint
from .engine_algorithm import EngineAlgorithm
from .inputs import RasterInputs, feature_source, input_layer, read_raster

if TYPE_CHECKING:
    from .engine_run import EngineRun


class RasterAlgorithm(EngineAlgorithm):
    """Runs the engine over a raster; each child says what for, and how."""

    kind = ""
    """The kind of model card it takes, '' where it takes none."""
    features = ""
    """The parameter that names a vector layer."""
    only_near = False
    """Whether features that do not touch the raster are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: RasterInputs | None = None
        self._features: LayerFeatures | None = None

    def own_complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """What else keeps a run of this algorithm from starting, or ''."""
        return ""

    def read_more(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layer: QgsRasterLayer
    ) -> None:
        """Read what else must be read on the main thread; may raise GeoSiftError."""

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = packages_complaint() or first_complaint(self, parameters, context)
        complaint = complaint or self.own_complaint(parameters, context)
        if complaint:
            return False, complaint
        found = {**parameters, names.INPUT: input_layer(self, parameters, context)}
        if isinstance(parameters.get(names.AUGMENT), int):  # QGIS would only take the text "8"
            found[names.AUGMENT] = str(parameters[names.AUGMENT])
        return super().checkParameterValues(found, context)

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        layer = input_layer(self, parameters, context)
        if layer is None:
            raise InputError(tr("INPUT is not a raster layer that can be read."))
        self._features = self._read_features(parameters, context, layer)
        self.read_more(parameters, context, layer)
        self._inputs = read_raster(self, parameters, context, layer)

    def execute(self, run: EngineRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._inputs, self._features)

    def _read_features(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layer: QgsRasterLayer
    ) -> LayerFeatures | None:
        source = feature_source(self, parameters, self.features, context)
        if source is None:
            return None
        within = layer.extent() if self.only_near else None
        transforms = context.transformContext()
        return read_features(source, crs=layer.crs(), transforms=transforms, within=within)
