# SPDX-License-Identifier: GPL-2.0-or-later
"""What every algorithm that runs a network over a raster asks for and answers."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..i18n import tr
from ..models import DEFAULTS
from .parameter_kinds import Told, choice, helped, number, optional_text

INPUT, MODEL, BANDS, EXTENT = "INPUT", "MODEL", "BANDS", "EXTENT"
RESOLUTION, AUGMENT, THREADS = "RESOLUTION", "AUGMENT", "THREADS"
NO_MODEL = "none"
"""Of MODEL where an algorithm can do without a network."""
OUTPUT, REPORT, ENGINE, SECONDS = "OUTPUT", "REPORT", "ENGINE", "SECONDS"
VIEWS = ("1", "4", "8")
RASTER_ENDINGS = (".tif", ".tiff")
COLORS = ("red", "green", "blue")
"""The bands of a picture for people, by their colour interpretation."""

_MODEL_WRAPPER = f"{__package__.rsplit('.', 1)[0]}.widgets.model_wrapper"


def told() -> list[Told]:
    """What every run tells."""
    engine = QgsProcessingOutputString(ENGINE, tr("Engine in words"))
    return [
        (engine, tr("What the network ran on, such as: CPU, 4 workers, INT8.")),
        seconds_told(),
    ]


def seconds_told() -> Told:
    """How long it took, which every run tells."""
    return (QgsProcessingOutputNumber(SECONDS, tr("Seconds taken")), tr("How long the run took."))


def raster(text: str) -> QgsProcessingParameterDefinition:
    """The raster layer to work on."""
    return helped(QgsProcessingParameterRasterLayer(INPUT, tr("Raster layer")), text)


def model(kind: str) -> QgsProcessingParameterDefinition:
    """A network of that kind, by id or path; dialogs show a list of those installed."""
    default = DEFAULTS.get(kind)
    parameter = listed_model(default, f"{kind.capitalize()}ModelWrapper")
    if default is None:
        words = tr(
            "The model to use: the id of an installed one, or the path of an .onnx file that says "
            "what it is, by a card (.json) beside it or by itself."
        )
        return helped(parameter, words)
    words = tr(
        "The model to use: the id of an installed one, such as {0}, or the path of an .onnx file "
        "that says what it is, by a card (.json) beside it or by itself."
    )
    return helped(parameter, words.format(default))


def listed_model(
    default: str | None, wrapper: str, *, optional: bool = False
) -> QgsProcessingParameterDefinition:
    """A network by id or path, without help; dialogs list what that wrapper offers."""
    parameter = QgsProcessingParameterString(MODEL, tr("Model"), default, False, optional)
    parameter.setMetadata({"widget_wrapper": {"class": f"{_MODEL_WRAPPER}.{wrapper}"}})
    return parameter


def bands() -> QgsProcessingParameterDefinition:
    """Which bands, in the order of the network, of a raster that has them."""
    words = tr(
        "The bands the model shall see, in its own order, such as 4;3;2 for red, green and blue of "
        "many satellite scenes. Empty: chosen by colour interpretation, else the first ones."
    )
    return ordered_bands(words)


def ordered_bands(text: str) -> QgsProcessingParameterDefinition:
    """Which bands, in the order of the network."""
    parameter = QgsProcessingParameterBand(
        BANDS, tr("Bands, in the order of the model"), None, INPUT, True, True
    )
    return helped(parameter, text)


def bands_of_all() -> QgsProcessingParameterDefinition:
    """Which bands, in the order of the network, of several rasters."""
    words = tr(
        "The bands the model shall see, in its own order, such as 4;3;2, the same of all rasters. "
        "Empty: chosen by colour interpretation, else the first ones."
    )
    return optional_text(BANDS, tr("Bands, in the order of the model"), words)


def extent(text: str) -> QgsProcessingParameterDefinition:
    """The part of the raster that counts."""
    return helped(QgsProcessingParameterExtent(EXTENT, tr("Extent"), None, True), text)


def resolution() -> QgsProcessingParameterDefinition:
    """Metres per pixel for the network."""
    return number(
        RESOLUTION,
        tr("Metres per pixel for the network"),
        tr("The ground resolution the network sees. Empty: the model's own."),
        whole=False,
        minimum=1e-6,
    )


def views() -> QgsProcessingParameterDefinition:
    """How often each tile is looked at."""
    words = tr(
        "1: fast. 4: the model also sees each tile turned by quarters, which takes four times as "
        "long. 8: mirrored, too, eight times as long. The mean of what it says decides, and is a "
        "little more often right."
    )
    return choice(AUGMENT, tr("Views of each tile (times the work)"), VIEWS, words)


def threads() -> QgsProcessingParameterDefinition:
    """How many workers."""
    return number(
        THREADS,
        tr("Workers"),
        tr(
            "How many tiles are computed at the same time. Empty: as set in GeoSift's "
            "options, or one for each core."
        ),
        minimum=1,
    )


def report(text: str = "") -> QgsProcessingParameterDefinition:
    """A page for people, or JSON for programs; `text` is help in place of the usual."""
    kinds = tr("Web pages (*.html *.htm);;JSON files (*.json)")
    parameter = QgsProcessingParameterFileDestination(
        REPORT, tr("Report"), kinds, None, True, False
    )
    words = tr(
        "The area of each class, the engine, the seconds of each stage and the warnings: as a page "
        "with a table and a chart (.html), or for programs (.json)."
    )
    return helped(parameter, text or words)
