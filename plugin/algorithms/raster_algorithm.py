# SPDX-License-Identifier: GPL-2.0-or-later
"""What those of GeoSift's algorithms are that work on a raster: one call of the engine each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsRasterLayer,
)

from ...inference.errors import GeoSiftError, InputError
from ..dependencies import complaint as packages_complaint
from ..dependencies import lacks_package, missing_package_words
from ..i18n import tr
from ..layer_features import LayerFeatures, read_features
from . import common_parameters as names
from .checks import first_complaint
from .documented_algorithm import DocumentedAlgorithm
from .inputs import RasterInputs, feature_source, input_layer, read_raster

if TYPE_CHECKING:
    from .engine_run import EngineRun


class RasterAlgorithm(DocumentedAlgorithm):
    """Runs the engine over a raster; each child says what for, and how."""

    features = ""
    """The parameter that names a vector layer."""
    only_near = False
    """Whether features that do not touch the raster are left out."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: RasterInputs | None = None
        self._features: LayerFeatures | None = None
        self._trouble = ""

    def own_complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """What else keeps a run of this algorithm from starting, or ''."""
        return ""

    def read_more(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layer: QgsRasterLayer
    ) -> None:
        """Read what else must be read on the main thread; may raise GeoSiftError."""

    def run_type(self) -> type[EngineRun]:
        """What does the run; imported late, since it loads the engine."""
        raise NotImplementedError

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

    def prepareAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> bool:
        """Read layers on the main thread.

        Trouble is kept for processAlgorithm: of what is raised here, callers of `processing.run`
        would only see "There were errors executing the algorithm".
        """
        try:
            layer = input_layer(self, parameters, context)
            if layer is None:
                raise InputError(tr("INPUT is not a raster layer that can be read."))
            self._features = self._read_features(parameters, context, layer)
            self.read_more(parameters, context, layer)
            self._inputs = read_raster(self, parameters, context, layer)
        except GeoSiftError as error:
            self._trouble = str(error)
        return True

    def _read_features(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layer: QgsRasterLayer
    ) -> LayerFeatures | None:
        source = feature_source(self, parameters, self.features, context)
        if source is None:
            return None
        within = layer.extent() if self.only_near else None
        transforms = context.transformContext()
        return read_features(source, crs=layer.crs(), transforms=transforms, within=within)

    def _loaded_run_type(self) -> type[EngineRun]:
        """`run_type`; libraries that do not fit each other fail to load in several ways."""
        try:
            return self.run_type()
        except (ValueError, AttributeError, OSError, SystemError) as error:
            if isinstance(error, GeoSiftError):
                raise
            raise ImportError(str(error)).with_traceback(error.__traceback__) from error

    def processAlgorithm(  # noqa: N802
        self,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> dict[str, Any]:
        if self._inputs is None:
            raise QgsProcessingException(self._trouble)
        try:
            run = self._loaded_run_type()(self, parameters, context, feedback)
            return run.execute(self._inputs, self._features)
        except ImportError as error:  # before GeoSiftError: MissingDependency is both
            if not lacks_package(error):
                raise
            raise QgsProcessingException(missing_package_words(error)) from error
        except GeoSiftError as error:
            raise QgsProcessingException(str(error)) from error
