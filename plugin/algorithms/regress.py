# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:regress`: a raster layer in, a raster of numbers out."""

from __future__ import annotations

from ..i18n import tr
from . import regress_parameters as names
from .raster_algorithm import RasterAlgorithm
from .segment_parameters import MASK


class RegressAlgorithm(RasterAlgorithm):
    """A number for every pixel."""

    asks = names
    group_id = "regression"
    kind = "regression"
    features = MASK
    example = "INPUT=ortho.tif MODEL=height.onnx OUTPUT=height.tif REPORT=height.html"
    only_near = True

    def name(self) -> str:
        return "regress"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Regress a raster")

    def tags(self) -> list[str]:
        words = tr(
            "regression,numbers,height,depth,biomass,cover,deepness,deep learning,onnx,ai,float"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Gives every pixel of a raster a number, with a neural network, offline.")

    def intro(self) -> str:
        return tr(
            "Gives every pixel of a raster a number (such as a height or a share of cover) with a "
            "neural network that runs on this computer. The raster is read in overlapping tiles, "
            "what the network says of them is blended, and memory does not grow with the raster. "
            "Pixels without data stay without data. GeoSift brings no model for this: use one of "
            "yours, such as one made for Deepness."
        )

    def run_type(self) -> type:
        from .regress_run import RegressRun

        return RegressRun
