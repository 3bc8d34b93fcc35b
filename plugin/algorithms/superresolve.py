# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:superresolve`: a raster layer in, the same with more pixels out."""

from __future__ import annotations

from ..i18n import tr
from . import superresolve_parameters as names
from .raster_algorithm import RasterAlgorithm
from .segment_parameters import MASK


class SuperresolveAlgorithm(RasterAlgorithm):
    """A finer picture."""

    asks = names
    group_id = "superresolution"
    kind = "superresolution"
    features = MASK
    example = "INPUT=sentinel2.tif MODEL=finer.onnx OUTPUT=finer.tif"
    only_near = True

    def name(self) -> str:
        return "superresolve"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Superresolve a raster")

    def tags(self) -> list[str]:
        words = tr(
            "super-resolution,superresolution,sharpen,upscale,finer,pansharpen,deepness,"
            "deep learning,onnx,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Draws a raster with more and smaller pixels, with a neural network, offline.")

    def intro(self) -> str:
        return tr(
            "Draws a raster with more and smaller pixels, with a neural network that runs on this "
            "computer. The raster is read in overlapping tiles, what the network draws is blended, "
            "and memory does not grow with the raster. What is drawn looks likely, and was not "
            "seen by any camera: do not measure in it. GeoSift brings no model for this: use one "
            "of yours, such as one made for Deepness."
        )

    def run_type(self) -> type:
        from .superresolve_run import SuperresolveRun

        return SuperresolveRun
