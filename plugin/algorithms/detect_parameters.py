# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:detect` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterVectorDestination,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import Told, advanced, helped, number, numbers_told, polygons
from .segment_parameters import MASK, OVERLAP, SIMPLIFY

CONFIDENCE, IOU, COUNT = "CONFIDENCE", "IOU", "COUNT"
_SIMPLIFY = 0.8


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    fine = (_overlap(), _simplify(), common.threads())
    return [*_what_and_where(), *_how(), *map(advanced, fine), _result(), _report()]


def told() -> list[Told]:
    """What a run tells beside its files, and what that means."""
    words = tr("How many objects were found, of all classes together.")
    return [*common.told(), *numbers_told((COUNT, tr("Number of objects"), words))]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    mask = tr(
        "Objects whose middle lies outside these polygons do not count, and tiles that touch none "
        "of them are not even read. Any CRS. Empty: everything."
    )
    extent = tr(
        "The part of the raster to look at, in any CRS: an object counts where its middle is "
        "inside, so that neighbouring parts share none. Empty: all of it."
    )
    return [
        common.raster(tr("The raster to find objects in: any bands, data type, CRS, resolution.")),
        common.model("detection"),
        common.bands(),
        common.extent(extent),
        polygons(MASK, tr("Only inside these polygons"), mask),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    confidence = tr("Objects the model is less sure of are left out. Empty: the model's own.")
    iou = tr(
        "Of two objects of a class that overlap by more (intersection over union), the surer one "
        "counts. Empty: the model's own."
    )
    return [
        common.resolution(),
        number(CONFIDENCE, tr("Least score (percent)"), confidence, whole=False, maximum=100),
        number(IOU, tr("Most overlap of objects (percent)"), iou, whole=False, maximum=100),
    ]


def _overlap() -> QgsProcessingParameterDefinition:
    words = tr(
        "Pixels each tile sees beyond its own share on every side. Objects up to twice as long are "
        "seen whole by some tile; longer ones are joined from their parts. Empty: the model's own."
    )
    return number(OVERLAP, tr("Overlap of tiles (pixels)"), words)


def _simplify() -> QgsProcessingParameterDefinition:
    words = tr(
        "How far the outline of an instance mask may move from the pixel edges, in pixels. 0: "
        "exact. Boxes stay as they are."
    )
    title = tr("Simplify outlines of masks (pixels)")
    return number(SIMPLIFY, title, words, whole=False, default=_SIMPLIFY)


def _result() -> QgsProcessingParameterDefinition:
    polygon = QgsProcessing.SourceType.TypeVectorPolygon
    objects = QgsProcessingParameterVectorDestination(OUTPUT, tr("Objects"), polygon)
    words = tr(
        "A polygon for every object (its box, its oriented box or its mask) with class, score in "
        "percent and area in square metres; oriented boxes also with length, width and direction "
        "from true north. A GeoPackage is fastest; other vector formats are converted."
    )
    return helped(objects, words)


def _report() -> QgsProcessingParameterDefinition:
    words = tr(
        "How many objects of each class, the engine, the seconds of each stage and the warnings: "
        "as a page with a table and a chart (.html), or for programs (.json)."
    )
    return common.report(words)
