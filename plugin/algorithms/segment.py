# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:segment`: a raster layer in, classes, confidence, polygons and areas out."""

from __future__ import annotations

from ...inference.errors import GeoSiftError
from ...inference.network.which_answer import answering
from ..i18n import tr
from ..models import catalog
from . import segment_parameters as names
from .given import Given
from .raster_algorithm import RasterAlgorithm


class SegmentAlgorithm(RasterAlgorithm):
    """A class for every pixel."""

    asks = names
    group_id = "segmentation"
    kind = "segmentation"
    features = names.MASK
    example = "INPUT=ortho.tif OUTPUT=classes.tif POLYGONS=classes.gpkg REPORT=classes.html"
    only_near = True

    def name(self) -> str:
        return "segment"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Segment a raster")

    def tags(self) -> list[str]:
        words = tr(
            "segmentation,land cover,classify,deep learning,onnx,ai,buildings,roads,polygons"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Gives every pixel of a raster a class, with a small neural network, offline.")

    def intro(self) -> str:
        return tr(
            "Gives every pixel of a raster a class (such as building, road or water) with a small "
            "neural network that runs on this computer. The raster is read in overlapping tiles, "
            "their scores are blended before a class is chosen, and memory does not grow with the "
            "raster. Pixels without data stay without data."
        )

    def own_complaint(self, given: Given) -> str:
        try:
            answering(catalog().find(given.model()), given.text(names.ANSWER))
        except GeoSiftError as error:
            return str(error)
        return ""

    def run_type(self) -> type:
        from .segment_run import SegmentRun

        return SegmentRun
