# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:prompt`: points, boxes or a word in, the outlines of what is meant out."""

from __future__ import annotations

from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..text_match import match_text
from . import prompt_parameters as names
from .given import Given
from .layer_checks import about_field, about_points_or_polygons
from .raster_algorithm import RasterAlgorithm


class PromptAlgorithm(RasterAlgorithm):
    """An outline for everything that is pointed at, or that a word stands for."""

    asks = names
    group_id = "segmentation"
    kind = "prompt"
    features = names.PROMPTS
    example = "INPUT=ortho.tif PROMPTS=boxes.gpkg OUTPUT=buildings.gpkg"

    def name(self) -> str:
        return "prompt"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Cut out objects by points, boxes or a word")

    def tags(self) -> list[str]:
        words = tr(
            "segmentation,prompt,point,box,text,segment anything,sam,interactive,digitise,"
            "outline,footprint,buildings,fields,deep learning,onnx,ai,polygons"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr(
            "Outlines whatever points, boxes or a word stand for, with a small neural network, "
            "offline."
        )

    def intro(self) -> str:
        return tr(
            "Outlines objects in a raster with a small neural network that runs on this computer: "
            "one for each point, group of points or box of a layer, or all that a word stands for. "
            "The raster is looked at once, and each point or box is answered from that, so "
            "thousands take minutes. Points and boxes that lie off the raster, or where it has no "
            "data, are left out and counted."
        )

    def own_complaint(self, given: Given) -> str:
        pointed, text = given.has(names.PROMPTS), given.text(names.TEXT)
        if pointed and text:
            return tr("PROMPTS and TEXT cannot be answered together: give one of the two.")
        if not (pointed or text):
            return tr("Nothing is pointed at: give points or boxes (PROMPTS), or a word (TEXT).")
        if text:
            return _about_text(text, given.text(names.CLASS_MODEL))
        return _about_prompts(given)

    def run_type(self) -> type:
        from .prompt_run import PromptRun

        return PromptRun


def _about_text(text: str, model: str) -> str:
    try:
        match_text(text, model)
    except GeoSiftError as error:
        return str(error)
    return ""


def _about_prompts(given: Given) -> str:
    geometry = about_points_or_polygons(names.PROMPTS, given.feature_source(names.PROMPTS))
    fields = (about_field(given, name, names.PROMPTS) for name in names.FIELDS)
    return geometry or next(filter(None, fields), "")
