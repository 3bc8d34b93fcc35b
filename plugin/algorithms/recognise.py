# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:recognise`: a raster layer and an example in, how alike each place is out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingContext,
    QgsRasterLayer,
)

from ..i18n import tr
from . import common_parameters as common
from . import recognise_parameters as names
from .inputs import corners, given_extent
from .raster_algorithm import RasterAlgorithm
from .segment_parameters import MASK

if TYPE_CHECKING:
    from .recognise_run import RecogniseRun


class RecogniseAlgorithm(RasterAlgorithm):
    """How much each place is like an example."""

    asks = names
    group_id = "recognition"
    kind = "recognition"
    features = MASK
    example = "INPUT=ortho.tif MODEL=places.onnx EXAMPLE=parking.png OUTPUT=likeness.tif"
    only_near = True

    def __init__(self) -> None:
        super().__init__()
        self.place: tuple[float, float, float, float] | None = None
        """Where the example lies in the raster, in its CRS."""

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

    def own_complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        picture = self.parameterAsString(parameters, names.EXAMPLE, context).strip()
        if picture and parameters.get(names.PLACE) not in (None, ""):
            return tr("EXAMPLE and PLACE cannot both be the example: give one of the two.")
        return ""

    def read_more(
        self, parameters: dict[str, Any], context: QgsProcessingContext, layer: QgsRasterLayer
    ) -> None:
        for name in (names.PLACE, common.EXTENT):
            found = given_extent(self, parameters, name, context, layer)
            if found is not None:
                break
        self.place = corners(layer.extent() if found is None else found)

    def run_type(self) -> type[RecogniseRun]:
        from .recognise_run import RecogniseRun

        return RecogniseRun
