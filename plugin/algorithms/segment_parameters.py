# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:segment` asks for and answers: its parameters, outputs and their help."""

from __future__ import annotations

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterBand,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..i18n import tr
from ..models import DEFAULT_MODEL

INPUT, MODEL, BANDS, EXTENT, MASK = "INPUT", "MODEL", "BANDS", "EXTENT", "MASK"
GRID, RESOLUTION, OVERLAP, THREADS = "GRID", "RESOLUTION", "OVERLAP", "THREADS"
AUGMENT, MIN_AREA, SIMPLIFY = "AUGMENT", "MIN_AREA", "SIMPLIFY"
OUTPUT, CONFIDENCE, POLYGONS = "OUTPUT", "CONFIDENCE", "POLYGONS"
AREAS, REPORT, ENGINE, SECONDS = "AREAS", "REPORT", "ENGINE", "SECONDS"
GRIDS = ("input", "network")
VIEWS = ("1", "4", "8")

_MODEL_WRAPPER = f"{__package__.rsplit('.', 1)[0]}.widgets.model_wrapper.ModelWrapper"


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog, help included."""
    return [*_what_and_where(), *_how(), *_fine_tuning(), *_results()]


def outputs() -> list[QgsProcessingOutputString | QgsProcessingOutputNumber]:
    """What a run tells beside the files it makes."""
    return [
        QgsProcessingOutputString(ENGINE, tr("Engine in words")),
        QgsProcessingOutputNumber(SECONDS, tr("Seconds taken")),
    ]


def _what_and_where() -> list[QgsProcessingParameterDefinition]:
    raster = QgsProcessingParameterRasterLayer(INPUT, tr("Raster layer"))
    model = QgsProcessingParameterString(MODEL, tr("Model"), DEFAULT_MODEL)
    model.setMetadata({"widget_wrapper": {"class": _MODEL_WRAPPER}})
    bands = QgsProcessingParameterBand(
        BANDS, tr("Bands, in the order of the model"), None, INPUT, True, True
    )
    extent = QgsProcessingParameterExtent(EXTENT, tr("Extent"), None, True)
    polygon = QgsProcessing.SourceType.TypeVectorPolygon
    mask = QgsProcessingParameterFeatureSource(
        MASK, tr("Only inside these polygons"), [polygon], None, True
    )
    return [
        _helped(raster, tr("The raster to segment: any bands, data type, CRS and resolution.")),
        _helped(
            model,
            tr(
                "The model to use: the id of an installed one, such as landcover, or the path of "
                "an .onnx file with its card (.json) beside it."
            ),
        ),
        _helped(
            bands,
            tr(
                "The bands the model shall see, in its own order (such as 4 3 2 for red, green "
                "and blue of many satellite scenes). Empty: chosen by colour interpretation."
            ),
        ),
        _helped(extent, tr("The part of the raster to segment, in any CRS. Empty: all of it.")),
        _helped(
            mask,
            tr(
                "Pixels outside these polygons get no class, and tiles that touch none of them are "
                "not even read. Any CRS. Empty: everything."
            ),
        ),
    ]


def _how() -> list[QgsProcessingParameterDefinition]:
    grid = _choice(GRID, tr("Result on the pixels of"), GRIDS)
    return [
        _helped(
            grid,
            tr(
                "input: the result has the pixels of the raster. network: it has the pixels the "
                "network works on, which is smaller and faster where the raster is finer."
            ),
        ),
        _number(
            RESOLUTION,
            tr("Metres per pixel for the network"),
            tr("The ground resolution the network sees. Empty: the model's own."),
            whole=False,
            minimum=1e-6,
        ),
        _number(
            MIN_AREA,
            tr("Smallest polygon (square metres)"),
            tr("Polygons with a smaller area (of pixels, where there is no CRS) are left out."),
            whole=False,
            default=0.0,
        ),
    ]


def _fine_tuning() -> list[QgsProcessingParameterDefinition]:
    views = _choice(AUGMENT, tr("Views of each tile (times the work)"), VIEWS)
    simplify = _number(
        SIMPLIFY,
        tr("Simplify polygons (pixels)"),
        tr("How far an outline may move from the pixel edges, in pixels. 0: exact."),
        whole=False,
        default=0.0,
    )
    overlap = _number(
        OVERLAP,
        tr("Overlap of tiles (pixels)"),
        tr(
            "Pixels of context around each tile, as the network sees them. More is slower "
            "and hides tile edges better. Empty: what was measured best for the model."
        ),
    )
    threads = _number(
        THREADS,
        tr("Workers"),
        tr("How many tiles are computed at the same time. Empty: one for each core."),
        minimum=1,
    )
    words = tr(
        "1: fast. 4: the model also sees each tile turned by quarters, which takes four times as "
        "long. 8: mirrored, too, eight times as long. The mean of what it says decides, and is a "
        "little more often right."
    )
    return [_advanced(each) for each in (_helped(views, words), simplify, overlap, threads)]


def _results() -> list[QgsProcessingParameterDefinition]:
    any_vector = QgsProcessing.SourceType.TypeVector
    polygon = QgsProcessing.SourceType.TypeVectorPolygon
    classes = QgsProcessingParameterRasterDestination(OUTPUT, tr("Classes"))
    confidence = QgsProcessingParameterRasterDestination(
        CONFIDENCE, tr("Confidence"), None, True, False
    )
    polygons = QgsProcessingParameterVectorDestination(
        POLYGONS, tr("Polygons"), polygon, None, True, False
    )
    areas = QgsProcessingParameterFeatureSink(
        AREAS, tr("Areas per class"), any_vector, None, True, False
    )
    report = QgsProcessingParameterFileDestination(
        REPORT, tr("Report"), tr("JSON files (*.json)"), None, True, False
    )
    return [
        _helped(
            classes,
            tr("The class of each pixel: a cloud-optimised GeoTIFF, one byte each, 255 = no data."),
        ),
        _helped(
            confidence,
            tr("How sure the model is of each pixel, in percent (GeoTIFF, 255 = no data)."),
        ),
        _helped(
            polygons,
            tr(
                "The classes as polygons with class id, name, mean confidence and area in square "
                "metres. A GeoPackage is fastest; other vector formats are converted."
            ),
        ),
        _helped(areas, tr("A table of pixels, square metres and share for each class.")),
        _helped(
            report,
            tr("A JSON file with the areas, the seconds of each stage, the engine and warnings."),
        ),
    ]


def _helped(
    parameter: QgsProcessingParameterDefinition, text: str
) -> QgsProcessingParameterDefinition:
    parameter.setHelp(text)
    return parameter


def _choice(name: str, title: str, values: tuple[str, ...]) -> QgsProcessingParameterEnum:
    """One of some words, which scripts give as they are; the first unless said otherwise."""
    return QgsProcessingParameterEnum(name, title, list(values), False, values[0], False, True)


def _advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def _number(
    name: str,
    title: str,
    text: str,
    *,
    whole: bool = True,
    default: float | None = None,
    minimum: float = 0,
) -> QgsProcessingParameterDefinition:
    types = QgsProcessingParameterNumber.Type
    parameter = QgsProcessingParameterNumber(
        name, title, types.Integer if whole else types.Double, default, default is None, minimum
    )
    return _helped(parameter, text)
