# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:fracturenumbers` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import INPUT
from .parameter_kinds import (
    Told,
    advanced,
    field,
    helped,
    number,
    numbers_told,
    polygons,
    raster_result,
    vector_result,
)

SET_FIELD, AREAS, AREA_FIELD = "SET_FIELD", "AREAS", "AREA_FIELD"
PIXEL_SIZE, SNAP, CELL, RADIUS = "PIXEL_SIZE", "SNAP", "CELL", "RADIUS"
TABLE, GRID, BLOCKS, NODES = "TABLE", "GRID", "BLOCKS", "NODES"
USUAL_SET_FIELD = "set"
COUNT, TOTAL, MEAN, P20, P21 = "COUNT", "TOTAL_LENGTH", "MEAN_LENGTH", "P20", "P21"
ENDS, ABUTMENTS, CROSSINGS = "I_NODES", "Y_NODES", "X_NODES"
CONNECTIONS, EXPONENT, BLOCK_COUNT = "CONNECTIONS", "EXPONENT", "BLOCK_COUNT"


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [*_what(), *_how(), *_results()]


def told() -> list[Told]:
    """The numbers of all areas together, and what they mean."""
    numbers = numbers_told(
        (COUNT, tr("Number of traces"), tr("Lines inside the areas.")),
        (TOTAL, tr("Total length"), tr("Of their parts inside the areas, in metres or pixels.")),
        (MEAN, tr("Mean length"), tr("Of a line, in metres or pixels.")),
        (P20, tr("Fracture density P20"), tr("Lines for each square metre, or square pixel.")),
        (
            P21,
            tr("Fracture intensity P21"),
            tr("Metres of line for each square metre, or pixels for each square pixel."),
        ),
        (ENDS, tr("Free ends (I)"), tr("Nodes at which one branch ends.")),
        (ABUTMENTS, tr("Abutments (Y)"), tr("Nodes at which three branches meet.")),
        (CROSSINGS, tr("Crossings (X)"), tr("Nodes at which four branches or more meet.")),
        (
            CONNECTIONS,
            tr("Connections per branch"),
            tr("From 0 (every line alone) to 2 (both ends of every branch meet another)."),
        ),
        (
            EXPONENT,
            tr("Exponent of the lengths"),
            tr("Of the power law that fits the longer lengths; empty where none can be fitted."),
        ),
        (BLOCK_COUNT, tr("Number of blocks"), tr("Pieces of rock that lines close in.")),
    )
    return [*numbers, common.seconds_told()]


def _what() -> list[QgsProcessingParameterDefinition]:
    lines = [QgsProcessing.SourceType.TypeVectorLine]
    return [
        helped(
            QgsProcessingParameterFeatureSource(INPUT, tr("Fracture lines"), lines),
            tr(
                "A line for each fracture: what geosift:traces made, or what somebody drew by "
                "hand. Where lines meet is found anew, so they need not be cut there."
            ),
        ),
        field(
            SET_FIELD,
            tr("Field with sets"),
            tr(
                "Says to which set of like direction a line belongs. Empty: the field called set, "
                "where there is one, else sets are found."
            ),
            of=INPUT,
        ),
        polygons(
            AREAS,
            tr("Sampling areas"),
            tr(
                "Polygons in which fractures were looked for, each with numbers of its own; what "
                "lies outside does not count. Empty: the hull around the lines, which makes "
                "densities a little too high."
            ),
        ),
        field(
            AREA_FIELD,
            tr("Field with names of areas"),
            tr("What the areas are called in the table and the report. Empty: their numbers."),
            of=AREAS,
        ),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    snap = tr(
        "Ends that come so close to a line or another end meet it: metres, or pixels where there "
        "is no scale. Empty: half a percent of the median length."
    )
    return [
        number(
            PIXEL_SIZE,
            tr("Metres per unit of lines without CRS"),
            tr(
                "The scale of lines traced on a photograph that does not lie on the map. Empty: "
                "their numbers are pixels. Lines with a CRS are measured on the ellipsoid."
            ),
            whole=False,
            minimum=1e-9,
        ),
        advanced(number(SNAP, tr("Snap (metres or pixels)"), snap, whole=False)),
        number(
            CELL,
            tr("Cell of the grid (metres or pixels)"),
            tr(
                "How wide and high a pixel of the intensity grid is. Empty: a quarter of the "
                "radius."
            ),
            whole=False,
            minimum=1e-9,
        ),
        number(
            RADIUS,
            tr("Radius of the grid (metres or pixels)"),
            tr(
                "Each cell tells the intensity in a circle of that radius around it; large circles "
                "make a smooth grid. Empty: a twentieth of the extent; where a cell is given, what "
                "is in the cell alone."
            ),
            whole=False,
            minimum=1e-9,
        ),
    ]


def _results() -> list[QgsProcessingParameterDefinition]:
    kinds = QgsProcessing.SourceType
    return [
        vector_result(
            TABLE,
            tr("Table of numbers"),
            tr("All numbers, a row for each area: CSV, or any table format of QGIS."),
            kind=kinds.TypeVector,
        ),
        raster_result(
            GRID,
            tr("Intensity grid"),
            tr(
                "P21 around each cell, and as further bands P20, nodes for each area, connections "
                "per branch and the share that was seen: a GeoTIFF (float), NaN outside the areas."
            ),
        ),
        vector_result(
            BLOCKS,
            tr("Blocks"),
            tr(
                "A polygon for each piece of rock that lines close in, with its area; edge is 1 "
                "where the edge of the sampling area closes it."
            ),
        ),
        vector_result(
            NODES,
            tr("Nodes"),
            tr("Where lines end or meet: I free ends, Y abutments, X crossings."),
            kind=kinds.TypeVectorPoint,
        ),
        common.report(
            tr(
                "The numbers with rose diagram, length histogram, power law and map: as a page "
                "(.html), or for programs (.json)."
            )
        ),
    ]
