# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:labels` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterString,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import Told, field, helped, number, numbers_told, optional_text

OUTLINES, LABEL_FIELD, LABEL, REST, TILE = "OUTLINES", "LABEL_FIELD", "LABEL", "REST", "TILE"
TILES, OBJECTS = "TILES", "OBJECTS"
OBJECT = "object"
"""What a thing is called that nobody calls anything; the same in every language, like a class."""
SMALLEST_TILE, LARGEST_TILE = 32, 8192


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    raster = common.raster(
        tr("The raster the outlines were drawn on: any data type, CRS and size.")
    )
    return [raster, *_labels(), *_pictures(), _result()]


def told() -> list[Told]:
    """What a run tells beside its folder, and what that means."""
    return numbers_told(
        (TILES, tr("Number of tiles"), tr("How many pictures were written, each with a mask.")),
        (OBJECTS, tr("Number of objects"), tr("How many of the outlines lie in them.")),
    )


def _labels() -> list[QgsProcessingParameterDefinition]:
    polygons = [QgsProcessing.SourceType.TypeVectorPolygon]
    return [
        helped(
            QgsProcessingParameterFeatureSource(OUTLINES, tr("Outlines"), polygons),
            tr(
                "Polygons of objects in any CRS, such as outlines you accepted, or what a word "
                "found. Where they overlap, the smaller one is on top."
            ),
        ),
        field(
            LABEL_FIELD,
            tr("Field with labels"),
            tr(
                "Says what each object is. Empty: the field called label, where there is one. "
                "Words for building, land, road, vegetation and water in English, German, French "
                "or Spanish become these classes of land cover; any other word is a class of its "
                "own."
            ),
            of=OUTLINES,
        ),
        helped(
            QgsProcessingParameterString(LABEL, tr("Label of all others"), OBJECT),
            tr("What an object is whose field is empty, or all of them, without a field."),
        ),
        optional_text(
            REST,
            tr("Label of the rest"),
            tr(
                "What lies around the outlines, if you know: give it only where every object has "
                "its outline. Empty: nothing is said of it, and training leaves it out."
            ),
        ),
    ]


def _pictures() -> list[QgsProcessingParameterDefinition]:
    colors = QgsProcessingParameterBand(
        common.BANDS, tr("Red, green and blue band"), None, common.INPUT, True, True
    )
    return [
        helped(
            colors,
            tr(
                "The three bands of the pictures, such as 4;3;2 of many satellite scenes, or 1;1;1 "
                "where there is one only. Empty: chosen by colour interpretation."
            ),
        ),
        common.extent(tr("Only tiles of this part of the raster. Empty: of all of it.")),
        number(
            TILE,
            tr("Side of a tile (pixels)"),
            tr("How wide and high the pictures are; those at the raster's edge may be smaller."),
            default=512,
            minimum=SMALLEST_TILE,
            maximum=LARGEST_TILE,
        ),
        number(
            common.RESOLUTION,
            tr("Metres per pixel of the pictures"),
            tr("The ground resolution a network shall learn at. Empty: the raster's own."),
            whole=False,
            minimum=1e-6,
        ),
    ]


def _result() -> QgsProcessingParameterDefinition:
    folder = QgsProcessingParameterFolderDestination(OUTPUT, tr("Folder for the labels"))
    return helped(
        folder,
        tr(
            "A new or empty folder, one for each raster; one of an earlier run is replaced, unless "
            "something else lies in it. It gets images, masks and instances (the number of the "
            "object at each pixel), a PNG of the same name in each for every tile, and "
            "classes.json, which says what the colours of the masks mean."
        ),
    )
