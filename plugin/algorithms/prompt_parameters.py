# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:prompt` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterVectorDestination,
)

from ..i18n import tr
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import (
    Told,
    advanced,
    field,
    helped,
    number,
    numbers_told,
    optional_text,
    points_or_polygons,
    switch,
)

PROMPTS, TEXT, CLASS_MODEL = "PROMPTS", "TEXT", "CLASS_MODEL"
LABEL_FIELD, GROUP_FIELD, SIGN_FIELD = "LABEL_FIELD", "GROUP_FIELD", "SIGN_FIELD"
FIELDS = (LABEL_FIELD, GROUP_FIELD, SIGN_FIELD)
MASKS, RLE, PROBABILITY, MIN_AREA = "MASKS", "RLE", "PROBABILITY", "MIN_AREA"
SIMPLIFY, SMOOTH, FILL_HOLES = "SIMPLIFY", "SMOOTH", "FILL_HOLES"
ORTHOGONAL, ALL_PARTS = "ORTHOGONAL", "ALL_PARTS"
OBJECTS, TIMINGS = "OBJECTS", "TIMINGS"
MOST_MASKS, MOST_SMOOTHING = 3, 5


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    how = (*_where(), *_pointed(), *_named(), *_how(), *_shape())
    return [*how, advanced(common.threads()), _result()]


def told() -> list[Told]:
    """What a run tells beside its file, and what that means."""
    objects = (OBJECTS, tr("Number of outlines"), tr("How many outlines were made."))
    timings = QgsProcessingOutputString(TIMINGS, tr("Seconds of each stage"))
    return [
        *common.told(),
        *numbers_told(objects),
        (timings, tr("Where the time went, as JSON; stages of several threads are added up.")),
    ]


def _where() -> list[QgsProcessingParameterDefinition]:
    model = common.model("prompt")
    words = tr(
        "The model to use: the id of an installed one, such as prompt, or a promptable pair of "
        "others (SAM, MobileSAM, EdgeSAM, SAM 2): the folder of its two files, the path of one of "
        "them, or both with a semicolon between."
    )
    return [
        common.raster(
            tr("The raster to cut objects out of: any bands, data type, CRS and resolution.")
        ),
        helped(model, words),
        common.bands(),
        common.extent(
            tr("Only what is pointed at, or found, in this part of the raster. Empty: all of it.")
        ),
    ]


def _pointed() -> list[QgsProcessingParameterDefinition]:
    text = tr(
        "Points on objects, or polygons whose bounding rectangles are boxes around objects, "
        "thousands if need be, in any CRS. Each becomes an outline that keeps its attributes. A "
        "feature of several points is one object."
    )
    return [
        points_or_polygons(PROMPTS, tr("Points or boxes to cut out"), text),
        field(
            LABEL_FIELD, tr("Field with labels"),
            tr("Its value becomes the label of the outline. Empty: no label."),
            of=PROMPTS,
        ),
        field(
            GROUP_FIELD, tr("Field with groups of points"),
            tr(
                "Points with the same value are clicks on one object, which keeps the attributes "
                "of the first. Empty: each point is an object."
            ),
            of=PROMPTS,
        ),
        field(
            SIGN_FIELD, tr("Field that tells clicks beside the object"),
            tr(
                "A point where it is 0, negative or false lies beside the object of its group, and "
                "takes away what is there. Empty: every point lies on its object."
            ),
            of=PROMPTS,
        ),
    ]  # fmt: skip


def _named() -> list[QgsProcessingParameterDefinition]:
    words = tr(
        "Instead of points or boxes: a word in English, German, French or Spanish, such as "
        "buildings, Wasser, forêt or carretera. It stands for a class of an installed model; "
        "the log tells which and how well it fits. A word that fits none is refused, and the "
        "nearest ones are named."
    )
    which = tr(
        "The segmentation model whose classes the word may stand for, by id or path. Empty: of "
        "those installed the one with the best match."
    )
    probability = number(
        PROBABILITY,
        tr("Least probability of a word's class (percent)"),
        tr("Where the class of a word is less likely than that, there is no object."),
        whole=False,
        default=50.0,
        minimum=1.0,
        maximum=100.0,
    )
    return [
        optional_text(TEXT, tr("Or a word for what to cut out"), words),
        advanced(optional_text(CLASS_MODEL, tr("Model that knows the word"), which)),
        advanced(probability),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    masks = number(
        MASKS,
        tr("Outlines for each point or box"),
        tr(
            "1: the one the model is surest of. 2 or 3: others as well that may be meant, such as "
            "a part or the whole, each a feature. A word gives one outline an object."
        ),
        default=1,
        minimum=1,
        maximum=MOST_MASKS,
    )
    mask_words = tr(
        "Adds a field rle with the mask of the whole raster as compressed COCO run lengths, for "
        "programs that train networks."
    )
    return [masks, common.resolution(), switch(RLE, tr("Add masks in a field"), mask_words)]


def _shape() -> list[QgsProcessingParameterDefinition]:
    """How outlines are drawn."""
    settings = [
        number(
            MIN_AREA,
            tr("Smallest object (square metres)"),
            tr(
                "Smaller objects are left out (of pixels, where there is no CRS). Empty: none of "
                "what is pointed at, and what is smaller than 10 where a word is given."
            ),
            whole=False,
        ),
        number(
            SIMPLIFY,
            tr("Simplify outlines (pixels)"),
            tr("How far an outline may move from the edges of the pixels. 0: exact."),
            whole=False,
            default=0.8,
        ),
        number(
            SMOOTH,
            tr("Smooth outlines (times)"),
            tr("How often the corners are cut. 0: not at all."),
            default=0,
            maximum=MOST_SMOOTHING,
        ),
        number(
            FILL_HOLES,
            tr("Fill holes up to (square metres)"),
            tr("Holes up to this area (of pixels, where there is no CRS) are filled."),
            whole=False,
            default=0.0,
        ),
        switch(
            ORTHOGONAL,
            tr("Right angles"),
            tr("Squares the corners of buildings where that changes little."),
        ),
        switch(
            ALL_PARTS,
            tr("All parts of an object"),
            tr("Keeps every part of an object, else the largest alone."),
        ),
    ]
    return [advanced(each) for each in settings]


def _result() -> QgsProcessingParameterDefinition:
    polygon = QgsProcessing.SourceType.TypeVectorPolygon
    outlines = QgsProcessingParameterVectorDestination(OUTPUT, tr("Outlines"), polygon)
    return helped(
        outlines,
        tr(
            "A polygon for each object: label, predicted IoU (percent; how well the model expects "
            "to have cut it), area in square metres and pixels, how it was pointed at, source, "
            "date, and the attributes of its point or box. A GeoPackage is fastest; other vector "
            "formats are converted."
        ),
    )
