# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:traces` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterVectorDestination,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import (
    Told,
    advanced,
    helped,
    number,
    numbers_told,
    optional_text,
    polygons,
    raster_result,
    vector_result,
)
from .segment_parameters import MASK, overlap

CLASS, HIGH, LOW = "CLASS", "HIGH", "LOW"
LENGTH, SPUR, GAP, SETS, PIXEL_SIZE = "LENGTH", "SPUR", "GAP", "SETS", "PIXEL_SIZE"
NODES, PROBABILITY = "NODES", "PROBABILITY"
COUNT, TOTAL, P21 = "COUNT", "TOTAL_LENGTH", "P21"
MODEL = "fractures"
MOST_SETS = 5


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    fine = (_spur(), _gap(), _sets(), common.resolution(), overlap(), common.threads())
    return [*_what_and_where(), *_how(), *map(advanced, fine), *_results()]


def told() -> list[Told]:
    """What a run tells beside its files, and what that means."""
    numbers = numbers_told(
        (COUNT, tr("Number of traces"), tr("How many lines there are.")),
        (
            TOTAL,
            tr("Total length"),
            tr("Of all lines together, in metres; in pixels where nobody knows their size."),
        ),
        (
            P21,
            tr("Fracture intensity P21"),
            tr(
                "Length of all lines for each unit of the area that was looked at: metres for each "
                "square metre (or pixels for each square pixel)."
            ),
        ),
    )
    return [*common.told(), *numbers]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    raster = tr(
        "An image of rock, in which the model finds the lines: an orthophoto, a scan, a photograph "
        "without georeference. Without a model: a raster of fractures somebody else made, which "
        "are pixels of a class, or of high probability."
    )
    model = common.listed_model(MODEL, "TracesModelWrapper", optional=True)
    words = tr(
        "The model that finds the lines: the id of an installed one, such as {0}, or the path of "
        "an .onnx file that says what it is. none: no model, the raster itself says where lines "
        "are."
    )
    mask = tr(
        "Only what lies inside these polygons is traced, and they are the area that densities are "
        "of. Any CRS. Empty: everything."
    )
    return [
        common.raster(raster),
        helped(model, words.format(MODEL)),
        common.ordered_bands(
            tr(
                "The bands the model shall see, in its own order. Empty: chosen by colour "
                "interpretation, else the first ones; of a raster of one band, that band three "
                "times."
            )
        ),
        _class(),
        common.extent(tr("The part of the raster to trace, in any CRS. Empty: all of it.")),
        polygons(MASK, tr("Only inside these polygons"), mask),
    ]


def _class() -> QgsProcessingParameterDefinition:
    words = tr(
        "Which class is traced: its name, or its number. Empty: the one the model says is of thin "
        "lines. Of a raster without a model: the number of its class; empty, if the raster is a "
        "probability (0 to 1, 0 to 100 or 0 to 255) or a mask of 0 and 1."
    )
    return optional_text(CLASS, tr("Class of the lines"), words)


def _how() -> list[QgsProcessingParameterDefinition]:
    high = tr(
        "A line needs a place where it is at least that likely. Empty: what the model says, else "
        "50 percent."
    )
    low = tr(
        "From there it goes on as long as it is at least that likely. Empty: six tenths of where "
        "it begins."
    )
    length = tr(
        "Shorter lines with a free end are left out: metres, or pixels where there is no scale. "
        "Empty: 30 pixels."
    )
    size = tr(
        "The scale of a photograph that does not lie on the map: then all lengths are metres. The "
        "lines stay on the picture. Empty: lengths of such a picture are pixels."
    )
    return [
        number(HIGH, tr("Begin a line at (percent)"), high, whole=False, maximum=100),
        number(LOW, tr("Follow it down to (percent)"), low, whole=False, maximum=100),
        number(LENGTH, tr("Shortest line (metres or pixels)"), length, whole=False),
        number(PIXEL_SIZE, tr("Metres per pixel of a photograph"), size, whole=False, minimum=1e-9),
    ]


def _spur() -> QgsProcessingParameterDefinition:
    words = tr(
        "Side branches with a free end that are shorter are taken for noise of the outline: "
        "metres, or pixels where there is no scale. Empty: by the width of the line."
    )
    return number(SPUR, tr("Shortest side branch (metres or pixels)"), words, whole=False)


def _gap() -> QgsProcessingParameterDefinition:
    words = tr(
        "Two ends that point at each other are joined if they are no further apart: metres, or "
        "pixels where there is no scale. 0: nothing is joined. Empty: 30 pixels."
    )
    return number(GAP, tr("Widest gap to close (metres or pixels)"), words, whole=False)


def _sets() -> QgsProcessingParameterDefinition:
    words = tr(
        "Into how many sets of like direction the lines are sorted. 0: as many as stand out from "
        "each other."
    )
    title = tr("Number of sets")
    return number(SETS, title, words, default=0, maximum=MOST_SETS)


def _results() -> list[QgsProcessingParameterDefinition]:
    sources = QgsProcessing.SourceType
    lines = QgsProcessingParameterVectorDestination(OUTPUT, tr("Traces"), sources.TypeVectorLine)
    return [
        helped(
            lines,
            tr(
                "A line for each trace with length, azimuth (0 to 180 degrees clockwise from true "
                "north), mean width, confidence in percent, set, and what is at its ends: I "
                "nothing, Y a line it abuts on, X a line it crosses. A GeoPackage also holds nodes "
                "and branches; other vector formats hold the lines."
            ),
        ),
        vector_result(
            NODES,
            tr("Nodes"),
            tr(
                "Where lines end or meet: I free ends, Y abutments, X crossings, and how many "
                "branches meet there."
            ),
            kind=sources.TypeVectorPoint,
        ),
        raster_result(
            PROBABILITY,
            tr("Probability"),
            tr("How likely each pixel is of a line, in percent (GeoTIFF, 255 = no data)."),
        ),
        common.report(
            tr(
                "Numbers of the network, rose diagram, lengths and map, the engine and the seconds "
                "of each stage: as a page (.html), or for programs (.json)."
            )
        ),
    ]
