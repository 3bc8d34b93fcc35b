# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:classify`: a raster layer in, a map of land use as grid, polygons or raster out."""

from __future__ import annotations

from ..i18n import tr
from . import classify_parameters as names
from .checks import about_wanted
from .given import Given
from .raster_algorithm import RasterAlgorithm


class ClassifyAlgorithm(RasterAlgorithm):
    """A class for every tile, blended into cells or polygons."""

    asks = names
    group_id = "classification"
    kind = "classification"
    features = names.ZONES
    example = "INPUT=sentinel2.tif BANDS=3 BANDS=2 BANDS=1 OUTPUT=landuse.gpkg REPORT=landuse.html"

    def name(self) -> str:
        return "classify"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Classify scenes of a raster")

    def tags(self) -> list[str]:
        words = tr(
            "classification,classify,scene,land use,eurosat,sentinel-2,satellite,deep learning,"
            "onnx,ai,grid,zones,forest,crop"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr(
            "Gives each part of a satellite scene a land use, with a small neural network, offline."
        )

    def intro(self) -> str:
        return tr(
            "Gives every part of a raster a land use (such as forest, crops or housing) with a "
            "small neural network that runs on this computer. The network names whole tiles; "
            "overlapping tiles are blended into a grid, or into one answer for each polygon of "
            "yours. Memory does not grow with the raster. Where there is no data, there is no "
            "answer."
        )

    def own_complaint(self, given: Given) -> str:
        return about_wanted(given)

    def run_type(self) -> type:
        from .classify_run import ClassifyRun

        return ClassifyRun
