# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:teach`: rasters and labels on them in, a network that tells their classes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..models import FEATURES
from . import teach_parameters as names
from .checks import about_bands, about_choices, about_features, about_model, about_outputs
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .layer_checks import about_field, sources
from .raster_names import raster_layers

if TYPE_CHECKING:
    from .teach_inputs import TeachInputs


class TeachAlgorithm(GeoSiftAlgorithm):
    """A network from a few labels."""

    asks = names
    group_id = "training"
    example = "INPUTS=scene.tif LABELS=labels.gpkg CLASS_FIELD=class OUTPUT=mine.onnx"

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

    def complaint(self, given: Given) -> str:
        if not given.several(names.INPUTS):
            return tr("INPUTS is missing: give the raster that the labels lie on.")
        try:
            layers = raster_layers(given, names.INPUTS)
        except GeoSiftError as error:
            return str(error)
        rasters = {layer.source(): names.INPUTS for layer in layers}
        return (
            about_model(given, FEATURES)
            or about_bands(given, available=min(each.bandCount() for each in layers))
            or about_features(given)
            or _about_labels(given)
            or about_choices(given)
            or about_outputs(given, {**rasters, **sources(given, names.LABELS)})
        )

    def known(self, given: Given) -> dict[str, Any]:
        return {**given.parameters, names.INPUTS: raster_layers(given, names.INPUTS)}

    def read(self, given: Given) -> tuple[TeachInputs]:
        from .teach_inputs import read_inputs

        return (read_inputs(given),)

    def run_type(self) -> type:
        from .teach_run import TeachRun

        return TeachRun


def _about_labels(given: Given) -> str:
    if not given.has(names.LABELS):
        return tr("LABELS is missing: give a layer of labels.")
    return about_field(given, names.CLASS_FIELD, names.LABELS, usual=names.USUAL_FIELD)
