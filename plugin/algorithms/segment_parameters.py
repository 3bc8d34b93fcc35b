# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:segment` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterRasterDestination,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import (
    advanced,
    choice,
    helped,
    number,
    optional_text,
    polygons,
    raster_result,
    vector_result,
)

MASK, GRID, OVERLAP, MIN_AREA, SIMPLIFY = "MASK", "GRID", "OVERLAP", "MIN_AREA", "SIMPLIFY"
ANSWER = "ANSWER"
CONFIDENCE, POLYGONS, AREAS = "CONFIDENCE", "POLYGONS", "AREAS"
GRIDS = ("input", "network")

told = common.told


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [*_what_and_where(), *_how(), *_fine_tuning(), *_results()]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    mask = tr(
        "Pixels outside these polygons get no class, and tiles that touch none of them are not "
        "even read. Any CRS. Empty: everything."
    )
    return [
        common.raster(tr("The raster to segment: any bands, data type, CRS and resolution.")),
        common.model("segmentation"),
        common.bands(),
        common.extent(tr("The part of the raster to segment, in any CRS. Empty: all of it.")),
        polygons(MASK, tr("Only inside these polygons"), mask),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    grid = tr(
        "input: the result has the pixels of the raster. network: it has the pixels the network "
        "works on, which is smaller and faster where the raster is finer."
    )
    return [
        choice(GRID, tr("Result on the pixels of"), GRIDS, grid),
        common.resolution(),
        number(
            MIN_AREA,
            tr("Smallest polygon (square metres)"),
            tr("Polygons with a smaller area (of pixels, where there is no CRS) are left out."),
            whole=False,
            default=0.0,
        ),
    ]


def _fine_tuning() -> list[QgsProcessingParameterDefinition]:
    simplify = number(
        SIMPLIFY,
        tr("Simplify polygons (pixels)"),
        tr("How far an outline may move from the pixel edges, in pixels. 0: exact."),
        whole=False,
        default=0.0,
    )
    fine = (common.views(), simplify, overlap(), common.threads(), _answer())
    return [advanced(each) for each in fine]


def overlap() -> QgsProcessingParameterDefinition:
    """What a tile sees beyond its share."""
    return number(
        OVERLAP,
        tr("Overlap of tiles (pixels)"),
        tr(
            "Pixels of context around each tile, as the network sees them. More is slower "
            "and hides tile edges better. Empty: what was measured best for the model."
        ),
    )


def _answer() -> QgsProcessingParameterDefinition:
    words = tr(
        "Some models answer several questions at once, such as buildings and roads: the name of "
        "the answer that is wanted, or its number from 0. Empty: the first."
    )
    return optional_text(ANSWER, tr("Answer of the model"), words)


def _results() -> list[QgsProcessingParameterDefinition]:
    any_vector = QgsProcessing.SourceType.TypeVector
    classes = QgsProcessingParameterRasterDestination(OUTPUT, tr("Classes"))
    areas = QgsProcessingParameterFeatureSink(
        AREAS, tr("Areas per class"), any_vector, None, True, False
    )
    return [
        helped(
            classes,
            tr("The class of each pixel: a cloud-optimised GeoTIFF, one byte each, 255 = no data."),
        ),
        raster_result(
            CONFIDENCE,
            tr("Confidence"),
            tr("How sure the model is of each pixel, in percent (GeoTIFF, 255 = no data)."),
        ),
        vector_result(
            POLYGONS,
            tr("Polygons"),
            tr(
                "The classes as polygons with class id, name, mean confidence and area in square "
                "metres. A GeoPackage is fastest; other vector formats are converted."
            ),
        ),
        helped(areas, tr("A table of pixels, square metres and share for each class.")),
        common.report(),
    ]
