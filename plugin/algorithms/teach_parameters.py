# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:teach` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
)

from ..i18n import tr
from ..models import DEFAULTS, FEATURES
from . import common_parameters as common
from .common_parameters import OUTPUT
from .parameter_kinds import (
    Told,
    advanced,
    field,
    helped,
    number,
    optional_text,
    raster_result,
    switch,
)

INPUTS, LABELS, CLASS_FIELD, WIDTH = "INPUTS", "LABELS", "CLASS_FIELD", "WIDTH"
NAME, KEEP, CLASSIFIED = "NAME", "KEEP", "CLASSIFIED"
ACCURACY, CELLS, MODEL_ID = "ACCURACY", "CELLS", "MODEL_ID"
USUAL_FIELD = "class"
"""What a lesson calls it; the same in every language."""


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    return [*_rasters_and_labels(), *_how(), *_results()]


def told() -> list[Told]:
    """What a run tells beside its files, and what that means."""
    accuracy = QgsProcessingOutputNumber(ACCURACY, tr("Right where strokes were left out (%)"))
    cells = QgsProcessingOutputNumber(CELLS, tr("Cells learnt from"))
    model_id = QgsProcessingOutputString(MODEL_ID, tr("Id of the network"))
    words = tr(
        "How much is told right of labels that were left out, whole ones at a time, the mean over "
        "the classes; -1 where a class has too few labels to leave any out."
    )
    return [
        (accuracy, words),
        (cells, tr("How many cells of 4 x 4 pixels, as the network sees them, were learnt from.")),
        (model_id, tr("What other algorithms call it by, once it is among your models.")),
        *common.told(),
    ]


def _rasters_and_labels() -> list[QgsProcessingParameterDefinition]:
    rasters = QgsProcessingParameterMultipleLayers(
        INPUTS, tr("Rasters"), QgsProcessing.SourceType.TypeRaster
    )
    labels = QgsProcessingParameterFeatureSource(
        LABELS, tr("Labels"), [QgsProcessing.SourceType.TypeVectorAnyGeometry]
    )
    return [
        helped(
            rasters,
            tr(
                "The raster the labels lie on, or several: any bands, data type and CRS. All are "
                "seen at one ground resolution."
            ),
        ),
        helped(
            labels,
            tr(
                "Points, lines or polygons in any CRS, each of one class: a few short strokes of "
                "every class, here and there, teach more than one large area. Where two classes "
                "overlap, the smaller label is on top."
            ),
        ),
        field(
            CLASS_FIELD,
            tr("Field with the class"),
            tr(
                "Says which class each label is of. Empty: the field called class. Names and "
                "colours come from the layer's style, where it is categorised by this field."
            ),
            of=LABELS,
        ),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    resolution = number(
        common.RESOLUTION,
        tr("Metres per pixel for the network"),
        tr(
            "The ground resolution the network sees, now and whenever it runs. Empty: that of the "
            "first raster."
        ),
        whole=False,
        minimum=1e-6,
    )
    width = number(
        WIDTH,
        tr("Width of lines and points"),
        tr(
            "How wide lines and how large points are, in units of the labels' CRS. 0: what they "
            "run through."
        ),
        whole=False,
        default=0,
    )
    return [
        resolution,
        width,
        common.bands_of_all(),
        advanced(_model()),
        advanced(common.threads()),
    ]


def _model() -> QgsProcessingParameterDefinition:
    parameter = common.listed_model(DEFAULTS[FEATURES], "DenseModelWrapper")
    words = tr(
        "The network of features that the new one is built on: the id of an installed one, such "
        "as features, or the path of an .onnx file that says what it is."
    )
    return helped(parameter, words)


def _results() -> list[QgsProcessingParameterDefinition]:
    network = QgsProcessingParameterFileDestination(OUTPUT, tr("Network"), tr("Networks (*.onnx)"))
    return [
        optional_text(
            NAME,
            tr("Name of the network"),
            tr("What it is called in lists. Empty: as the layer of the labels."),
        ),
        switch(
            KEEP,
            tr("Put the network among my models"),
            tr(
                "Copies it to where your models are, so that every algorithm and the panel offer "
                "it. Nothing is copied where there is one of that name."
            ),
        ),
        helped(
            network,
            tr(
                "An ordinary network (.onnx), its card (.json) beside it: a model that segments "
                "any raster of its kind, here or on another computer."
            ),
        ),
        raster_result(
            CLASSIFIED,
            tr("Classes"),
            tr("The classes of the first raster, told by the new network."),
        ),
        common.report(
            tr(
                "How well each class is told where its labels were left out, and what was taken "
                "for what: as a page (.html), or for programs (.json)."
            )
        ),
    ]
