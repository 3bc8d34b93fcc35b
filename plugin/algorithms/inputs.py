# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingParameterDefinition,
    QgsRasterLayer,
    QgsRectangle,
)

from ...inference.errors import InputError
from ..i18n import tr
from ..layer_source import engine_source
from ..models import catalog
from . import common_parameters as names

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ...inference.raster.source import RasterSource


_POINT = QgsProcessing.SourceType.TypeVectorPoint


@dataclass(frozen=True)
class RasterInputs:
    """What every run reads, free of live layers; `extent` is in the raster's CRS.

    `card` is None where no network is asked. `band_names` are looked for where the user names no
    bands.
    """

    title: str
    card: ModelCard | None
    source: str | RasterSource
    bands: tuple[int, ...] | None
    extent: tuple[float, float, float, float] | None
    band_names: tuple[str, ...] = names.COLORS


def read_raster(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    layer: QgsRasterLayer,
) -> RasterInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    model = chosen_model(algorithm, parameters, context)
    card = catalog().find(model) if model else None
    extent = given_extent(algorithm, parameters, names.EXTENT, context, layer)
    metres = optional_number(algorithm, parameters, names.RESOLUTION, context)
    if metres is None and card is not None:
        metres = card.resolution_m
    return RasterInputs(
        title=layer.name() or tr("raster"),
        card=card,
        source=engine_source(layer, extent=extent, metres=metres),
        bands=tuple(algorithm.parameterAsInts(parameters, names.BANDS, context)) or None,
        extent=None if extent is None else corners(extent),
        band_names=names.COLORS if card is None else card.bands,
    )


def chosen_model(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> str:
    """The network MODEL names; '' where there is none, or where none is wanted."""
    definition = algorithm.parameterDefinition(names.MODEL)
    if definition is None:
        return ""
    text = algorithm.parameterAsString(parameters, names.MODEL, context).strip()
    optional = definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional
    return "" if optional and text == names.NO_MODEL else text


def input_layer(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> QgsRasterLayer | None:
    """The raster layer INPUT names, None where there is none.

    Processing finds layers and files; names of GDAL that are no file (/vsizip/..., GPKG:a.gpkg:b)
    it does not look up.
    """
    layer = algorithm.parameterAsRasterLayer(parameters, names.INPUT, context)
    return named_by_gdal(parameters.get(names.INPUT)) if layer is None else layer


def named_by_gdal(value: object) -> QgsRasterLayer | None:
    """A raster layer by a name of GDAL that is no file; None where there is none."""
    if not isinstance(value, str) or Path(value).exists():
        return None
    if not value.startswith("/vsi") and not re.match(r"\w{2,}:", value):
        return None
    named = QgsRasterLayer(value, Path(value).stem, "gdal")
    return named if named.isValid() else None


def optional_number(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    name: str,
    context: QgsProcessingContext,
) -> float | None:
    """The number the user gave, None where the parameter is empty."""
    if parameters.get(name) in (None, ""):
        return None
    return algorithm.parameterAsDouble(parameters, name, context)


def feature_source(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    name: str,
    context: QgsProcessingContext,
) -> QgsProcessingFeatureSource | None:
    """The features the parameter names, None where it is empty; raises InputError."""
    if parameters.get(name) in (None, ""):
        return None
    source = algorithm.parameterAsSource(parameters, name, context)
    if source is None:
        words = tr("{0} '{1}' is not a polygon layer that can be read; check its name.")
        if _POINT in algorithm.parameterDefinition(name).dataTypes():
            words = tr("{0} '{1}' is not a layer of points or polygons; check its name.")
        raise InputError(words.format(name, parameters[name]))
    return source


def given_extent(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    name: str,
    context: QgsProcessingContext,
    layer: QgsRasterLayer,
) -> QgsRectangle | None:
    """The extent the parameter names, in the layer's CRS; None where it is empty."""
    extent = algorithm.parameterAsExtent(parameters, name, context, layer.crs())
    if parameters.get(name) in (None, "") or extent.isNull():
        return None
    if not extent.intersects(layer.extent()):
        raise InputError(
            tr(
                "{0} does not touch the raster, which covers {1}: give an extent inside it, or "
                "check the CRS of the extent."
            ).format(name, layer.extent().toString(6))
        )
    return extent


def listed(parameters: dict[str, Any], name: str) -> tuple[Any, ...]:
    """The values of a parameter that may be given several times, or with semicolons between."""
    value = parameters.get(name)
    if isinstance(value, str):
        value = value.split(";")
    several = value if isinstance(value, (list, tuple)) else (value,)
    told = (each.strip() if isinstance(each, str) else each for each in several)
    return tuple(each for each in told if each not in (None, ""))


def corners(rectangle: QgsRectangle) -> tuple[float, float, float, float]:
    """xmin, ymin, xmax, ymax."""
    return (
        rectangle.xMinimum(),
        rectangle.yMinimum(),
        rectangle.xMaximum(),
        rectangle.yMaximum(),
    )
