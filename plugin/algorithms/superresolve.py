# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:superresolve`: a raster layer in, the same with more pixels out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsProcessingParameterDefinition

from ..i18n import tr
from . import common_parameters as common
from . import surface_parameters as names
from .network_algorithm import NetworkAlgorithm

if TYPE_CHECKING:
    from .superresolve_run import SuperresolveRun


class SuperresolveAlgorithm(NetworkAlgorithm):
    """A finer picture."""

    group_id = "superresolution"
    kind = "superresolution"
    features = names.MASK
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

    def definitions(self) -> list[QgsProcessingParameterDefinition]:
        raster = tr("The raster to draw more finely: any bands, data type, CRS and resolution.")
        result = tr(
            "The finer raster, as a cloud-optimised GeoTIFF with the numbers of the raster: one "
            "byte each where it has that (0 = no data, where some lack it), else four (float, NaN "
            "= no data)."
        )
        return [
            *names.what_and_where(self.kind, raster),
            common.resolution(),
            *names.fine_tuning(),
            *names.results(tr("Finer raster"), result),
        ]

    def run_type(self) -> type[SuperresolveRun]:
        from .superresolve_run import SuperresolveRun

        return SuperresolveRun
