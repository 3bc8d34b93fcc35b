# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:labels`: a raster and outlines on it in, pictures and masks to train a network out."""

from __future__ import annotations

from ..i18n import tr
from . import labels_parameters as names
from .given import Given
from .layer_checks import about_field
from .raster_algorithm import RasterAlgorithm


class LabelsAlgorithm(RasterAlgorithm):
    """Tiles of a raster, and what its outlines say of each pixel."""

    asks = names
    group_id = "training"
    features = names.OUTLINES
    example = "INPUT=scene.tif OUTLINES=outlines.gpkg TILE=512 OUTPUT=training/scene"

    def name(self) -> str:
        return "labels"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Export outlines as training data")

    def tags(self) -> list[str]:
        words = tr(
            "labels,training data,export,tiles,chips,masks,instances,annotation,dataset,"
            "deep learning,ai,segmentation,rasterize"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Cuts a raster into pictures, and paints the outlines on it as their masks.")

    def intro(self) -> str:
        return tr(
            "Turns outlines and the raster they were drawn on into data to train a network with: "
            "pictures, masks with a colour for each label, and the number of the object at each "
            "pixel. Only tiles are written that an outline meets. What no outline covers is "
            "unlabelled, unless you say what it is. Memory does not grow with the raster, and "
            "the folder is whole or not there at all."
        )

    def own_complaint(self, given: Given) -> str:
        if not given.has(names.OUTLINES):
            return tr("OUTLINES is missing: give a layer of polygons.")
        return about_field(given, names.LABEL_FIELD, names.OUTLINES)

    def run_type(self) -> type:
        from .labels_run import LabelsRun

        return LabelsRun
