# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:classify` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingParameterDefinition,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import advanced, number, polygons, raster_result, switch, vector_result

ZONES, STEP, PROBABILITIES, OFFSET, RASTER = "ZONES", "STEP", "PROBABILITIES", "OFFSET", "RASTER"

told = common.told


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [*_what_and_where(), *_how(), *_fine_tuning(), *_results()]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    zones = tr(
        "Each of these polygons gets one answer, from the tiles inside, weighted by area, and "
        "keeps its own attributes; only the selected ones where you say so. Any CRS. Empty: a grid "
        "of squares all over the raster."
    )
    return [
        common.raster(
            tr(
                "The raster to classify, such as a Sentinel-2 scene: any bands, data type, CRS and "
                "resolution."
            )
        ),
        common.model("classification"),
        common.bands(),
        common.extent(tr("The part of the raster to classify, in any CRS. Empty: all of it.")),
        polygons(ZONES, tr("One answer for each of these polygons"), zones),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    step = number(
        STEP,
        tr("Side of a cell (pixels of the network)"),
        tr(
            "The network names whole tiles; overlapping tiles, so many pixels apart, are blended "
            "into cells of this side. Smaller: a finer map for more time. Empty: half a tile."
        ),
        minimum=1,
    )
    probabilities = switch(
        PROBABILITIES,
        tr("Probability of every class"),
        tr("Adds a field p_... for each class with its probability in percent."),
    )
    return [step, common.resolution(), probabilities]


def _fine_tuning() -> list[QgsProcessingParameterDefinition]:
    offset = number(
        OFFSET,
        tr("Offset of reflectance"),
        tr(
            "What every band holds too much: 1000 in Sentinel-2 products since January 2022, else "
            "0. Empty: found out from the values, and the run says what it found."
        ),
        whole=False,
    )
    return [advanced(each) for each in (offset, common.views(), common.threads())]


def _results() -> list[QgsProcessingParameterDefinition]:
    return [
        vector_result(
            OUTPUT,
            tr("Grid or polygons with classes"),
            tr(
                "A square for each cell, or your polygons: class id, name, confidence, second best "
                "class and margin between the two (percent), area in square metres. A GeoPackage "
                "is fastest; other vector formats are converted."
            ),
            is_usual=True,
        ),
        raster_result(
            RASTER,
            tr("Raster of classes"),
            tr(
                "The class of each cell as one pixel: a cloud-optimised GeoTIFF, one byte each, "
                "255 = no data."
            ),
        ),
        common.report(),
    ]
