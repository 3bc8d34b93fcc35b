# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:detect`: a raster layer in, objects as boxes, oriented boxes or masks out."""

from __future__ import annotations

from ..i18n import tr
from . import detect_parameters as names
from .raster_algorithm import RasterAlgorithm


class DetectAlgorithm(RasterAlgorithm):
    """A polygon for every object."""

    asks = names
    group_id = "detection"
    kind = "detection"
    features = names.MASK
    example = "INPUT=ortho.tif MODEL=cars.onnx CONFIDENCE=40 OUTPUT=cars.gpkg REPORT=cars.html"
    only_near = True

    def name(self) -> str:
        return "detect"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Detect objects in a raster")

    def tags(self) -> list[str]:
        words = tr(
            "detection,objects,boxes,oriented boxes,obb,instances,masks,yolo,ultralytics,deepness,"
            "cars,ships,trees,count,deep learning,onnx,ai,polygons"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Finds objects such as cars, ships or trees, with a neural network, offline.")

    def intro(self) -> str:
        return tr(
            "Finds objects in a raster (such as cars, ships or trees) with a neural network that "
            "runs on this computer: boxes, oriented boxes or instance masks, as YOLO networks tell "
            "them. The raster is read in overlapping tiles. Each object comes once and whole, "
            "however the tiles cut it, and memory does not grow with the raster. GeoSift brings no "
            "model for this: use one of yours, such as an export of Ultralytics or one made for "
            "Deepness."
        )

    def run_type(self) -> type:
        from .detect_run import DetectRun

        return DetectRun
