# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:traces`: an image of rock or a raster of fractures in, lines with numbers out."""

from __future__ import annotations

from ...inference.errors import GeoSiftError
from ...inference.traces.line_class import class_asked, line_class
from ..i18n import tr
from ..models import catalog
from . import traces_parameters as names
from .given import Given
from .raster_algorithm import RasterAlgorithm


class TracesAlgorithm(RasterAlgorithm):
    """A line for every fracture."""

    asks = names
    group_id = "geology"
    kind = "segmentation"
    features = names.MASK
    example = "INPUT=outcrop.jpg PIXEL_SIZE=0.002 OUTPUT=traces.gpkg REPORT=traces.html"
    only_near = True

    def name(self) -> str:
        return "traces"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Trace fractures and veins")

    def tags(self) -> list[str]:
        words = tr(
            "geology,fractures,joints,veins,lineaments,traces,lines,skeleton,centreline,vectorise,"
            "outcrop,orientation,azimuth,sets,rose,deep learning,onnx,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Makes lines of the fractures or veins in an image of rock, offline.")

    def intro(self) -> str:
        return tr(
            "Makes lines of fractures, veins or other thin structures: straight from an image of "
            "rock with a small neural network that runs on this computer, or from a raster that "
            "says where they are. What is likely enough is thinned to lines, lines are joined "
            "across gaps, crossings and tiles as a geologist would draw them, and each has its "
            "length, azimuth, width, confidence, set and ends. Works on images with and without "
            "georeference, and memory does not grow with the raster."
        )

    def own_complaint(self, given: Given) -> str:
        high, low = given.number(names.HIGH), given.number(names.LOW)
        if high is not None and low is not None and low > high:
            return tr(
                "LOW ({0:g}) is above HIGH ({1:g}): a line begins where it is likely and is "
                "followed where it is less so; give a lower LOW."
            ).format(low, high)
        model, wanted = given.model(), given.text(names.CLASS)
        try:
            card = catalog().find(model) if model else None
            asked = class_asked(card, wanted)
            if card is not None:
                line_class(card, asked)
        except GeoSiftError as error:
            return str(error)
        return ""

    def run_type(self) -> type:
        from .traces_run import TracesRun

        return TracesRun
