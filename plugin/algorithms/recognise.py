# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:recognise`: a raster layer and an example in, how alike each place is out."""

from __future__ import annotations

from dataclasses import dataclass

from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from . import recognise_parameters as names
from .given import Given
from .inputs import Corners, RasterInputs, corners, extent_on
from .raster_algorithm import RasterAlgorithm
from .segment_parameters import MASK


@dataclass(frozen=True)
class RecogniseInputs(RasterInputs):
    """The `place` is where the example lies in the raster, in its CRS, if no picture is it."""

    place: Corners | None = None


class RecogniseAlgorithm(RasterAlgorithm):
    """How much each place is like an example."""

    asks = names
    group_id = "recognition"
    kind = "recognition"
    features = MASK
    example = "INPUT=ortho.tif MODEL=places.onnx EXAMPLE=parking.png OUTPUT=likeness.tif"
    only_near = True

    def name(self) -> str:
        return "recognise"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Recognise places like an example")

    def tags(self) -> list[str]:
        words = tr(
            "recognition,similarity,likeness,search,example,embedding,retrieval,deepness,"
            "deep learning,onnx,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Tells how much each place of a raster is like an example, offline.")

    def intro(self) -> str:
        return tr(
            "Tells how much each place of a raster is like an example: a neural network that runs "
            "on this computer describes every tile, and the example, by some numbers, and these "
            "are compared (by the cosine of the angle between them, 1 for the same). Tiles "
            "overlap and are blended, and memory does not grow with the raster. GeoSift brings no "
            "model for this: use one of yours, such as one made for Deepness."
        )

    def own_complaint(self, given: Given) -> str:
        if given.text(names.EXAMPLE) and given.has(names.PLACE):
            return tr("EXAMPLE and PLACE cannot both be the example: give one of the two.")
        return ""

    def read(self, given: Given) -> tuple[RecogniseInputs, LayerFeatures | None]:
        inputs, features = super().read(given)
        layer = given.raster()
        place = corners(extent_on(layer, given, names.PLACE)) or inputs.extent
        return RecogniseInputs(**vars(inputs), place=place or corners(layer.extent())), features

    def run_type(self) -> type:
        from .recognise_run import RecogniseRun

        return RecogniseRun
