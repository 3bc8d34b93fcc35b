# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:teach`: rasters and labels on them in, a network that tells their classes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext

from ...inference.errors import GeoSiftError
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from ..models import FEATURES
from . import teach_parameters as names
from .checks import about_bands, about_choices, about_features, about_model, about_outputs
from .engine_algorithm import EngineAlgorithm
from .inputs import feature_source, listed

if TYPE_CHECKING:
    from .teach_inputs import TeachInputs
    from .teach_run import TeachRun


class TeachAlgorithm(EngineAlgorithm):
    """A network from a few labels."""

    asks = names
    group_id = "training"
    example = "INPUTS=scene.tif LABELS=labels.gpkg CLASS_FIELD=class OUTPUT=mine.onnx"

    def __init__(self) -> None:
        super().__init__()
        self._inputs: TeachInputs | None = None

    def name(self) -> str:
        return "teach"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Teach a network from labels")

    def tags(self) -> list[str]:
        words = tr(
            "teach,train,classify,supervised classification,few labels,training samples,regions of "
            "interest,logistic regression,random forest,scp,dzetsaka,deep learning,onnx,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Makes a network of your own from a few labels on a raster.")

    def intro(self) -> str:
        return tr(
            "Makes a network that tells classes of your own (rock, burnt, solar panels) from a few "
            "labels, in seconds: a small neural network on this computer describes every few "
            "pixels, and a linear reader of that is fitted to your labels. The result is an "
            "ordinary network: one file that runs over any raster of its kind. How well it tells "
            "what it had not seen is measured by leaving out whole labels."
        )

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        from .teach_inputs import raster_layers

        complaint = packages_complaint() or self._complaint(parameters, context)
        if complaint:
            return False, complaint
        known = {**parameters, names.INPUTS: raster_layers(parameters, context)}
        return super().checkParameterValues(known, context)

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        from .teach_inputs import read_inputs

        self._inputs = read_inputs(self, parameters, context)

    def execute(self, run: TeachRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._inputs)

    def run_type(self) -> type[TeachRun]:
        from .teach_run import TeachRun

        return TeachRun

    def _complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        from .teach_inputs import raster_layers

        if not listed(parameters, names.INPUTS):
            return tr("INPUTS is missing: give the raster that the labels lie on.")
        try:
            layers = raster_layers(parameters, context)
        except GeoSiftError as error:
            return str(error)
        sources = {names.INPUTS: layers[0].source()}
        return (
            about_model(self, parameters, context, FEATURES)
            or about_bands(
                self, parameters, context, available=min(each.bandCount() for each in layers)
            )
            or about_features(self, parameters, context)
            or self._about_labels(parameters, context)
            or about_choices(self, parameters)
            or about_outputs(self, parameters, context, sources)
        )

    def _about_labels(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        from .teach_inputs import class_field

        source = feature_source(self, parameters, names.LABELS, context)
        if source is None:
            return tr("LABELS is missing: give a layer of labels.")
        field = class_field(self, parameters, context)
        if source.fields().lookupField(field) >= 0:
            return ""
        return tr("CLASS_FIELD '{0}' is no field of LABELS; there is: {1}.").format(
            field, ", ".join(source.fields().names()) or tr("none")
        )
