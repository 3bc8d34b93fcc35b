# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user gave an algorithm, by the names of its parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessing,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeatureSource,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingParameterDefinition,
    QgsRasterLayer,
    QgsRectangle,
)

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_features import LayerFeatures, read_features
from . import common_parameters as names

_POINT = QgsProcessing.SourceType.TypeVectorPoint


@dataclass(frozen=True)
class Given:
    """The parameters of one call; its layers and extents are for the main thread alone."""

    algorithm: QgsProcessingAlgorithm
    parameters: dict[str, Any]
    context: QgsProcessingContext

    def has(self, name: str) -> bool:
        """Whether there is anything."""
        return self.parameters.get(name) not in (None, "")

    def text(self, name: str) -> str:
        """A text, '' where it is empty."""
        return self.field(name).strip()

    def field(self, name: str) -> str:
        """The name of a field, which may begin with a blank; '' where it is empty."""
        return self.algorithm.parameterAsString(self.parameters, name, self.context)

    def several(self, name: str) -> tuple[Any, ...]:
        """Of what may be given several times, or with semicolons between."""
        value = self.parameters.get(name)
        if isinstance(value, str):
            value = value.split(";")
        listed = value if isinstance(value, (list, tuple)) else (value,)
        told = (each.strip() if isinstance(each, str) else each for each in listed)
        return tuple(each for each in told if each not in (None, ""))

    def number(self, name: str) -> float | None:
        """A number, None where it is empty."""
        return self.preset(name) if self.has(name) else None

    def preset(self, name: str) -> float:
        """A number, its default where it is empty."""
        return self.algorithm.parameterAsDouble(self.parameters, name, self.context)

    def whole(self, name: str) -> int | None:
        """A number that counts, None where it is empty."""
        number = self.number(name)
        return None if number is None else int(number)

    def choice(self, name: str) -> str:
        """One of some words."""
        return self.algorithm.parameterAsEnumString(self.parameters, name, self.context)

    def flag(self, name: str) -> bool:
        """A box to tick."""
        return self.algorithm.parameterAsBoolean(self.parameters, name, self.context)

    def bands(self) -> tuple[int, ...] | None:
        """The numbers in BANDS, from 1; None where it is empty."""
        bands = self.algorithm.parameterAsInts(self.parameters, names.BANDS, self.context)
        return tuple(bands) or None

    def model(self) -> str:
        """The network MODEL names; '' where there is none, or where none is wanted."""
        definition = self.algorithm.parameterDefinition(names.MODEL)
        text = "" if definition is None else self.text(names.MODEL)
        return "" if text == names.NO_MODEL and may_be_empty(definition) else text

    def extent(self, name: str, crs: QgsCoordinateReferenceSystem) -> QgsRectangle | None:
        """An extent, in that CRS; None where it is empty."""
        extent = self.algorithm.parameterAsExtent(self.parameters, name, self.context, crs)
        return extent if self.has(name) and not extent.isNull() else None

    def extent_crs(self, name: str) -> QgsCoordinateReferenceSystem | None:
        """That in which an extent is told; None where it is empty, or does not tell."""
        told = self.parameters.get(name)
        if not self.has(name) or (isinstance(told, str) and "[" not in told):
            return None
        return self.algorithm.parameterAsExtentCrs(self.parameters, name, self.context)

    def raster(self) -> QgsRasterLayer | None:
        """The raster layer INPUT names, None where there is none.

        Processing finds layers and files; names of GDAL that are no file (/vsizip/...,
        GPKG:a.gpkg:b) it does not look up.
        """
        layer = self.algorithm.parameterAsRasterLayer(self.parameters, names.INPUT, self.context)
        return named_by_gdal(self.parameters.get(names.INPUT)) if layer is None else layer

    def source_or_none(self, name: str) -> QgsProcessingFeatureSource | None:
        """Features of a layer, None where there is none."""
        return self.algorithm.parameterAsSource(self.parameters, name, self.context)

    def feature_source(self, name: str) -> QgsProcessingFeatureSource | None:
        """Features of a layer, None where it is empty; raises InputError."""
        if not self.has(name):
            return None
        source = self.source_or_none(name)
        if source is None:
            words = tr("{0} '{1}' is not a polygon layer that can be read; check its name.")
            if _POINT in self.algorithm.parameterDefinition(name).dataTypes():
                words = tr("{0} '{1}' is not a layer of points or polygons; check its name.")
            raise InputError(words.format(name, self.parameters[name]))
        return source

    def features(
        self,
        name: str,
        *,
        crs: QgsCoordinateReferenceSystem,
        within: QgsRectangle | None = None,
    ) -> LayerFeatures | None:
        """What read_features gives of a layer, None where it is empty; raises InputError."""
        source = self.feature_source(name)
        if source is None:
            return None
        transforms = self.context.transformContext()
        return read_features(source, crs=crs, transforms=transforms, within=within)

    def wanted(self, name: str) -> str:
        """The place the user gave an output, '' when it is not wanted."""
        value = self.parameters.get(name)
        if isinstance(value, QgsProcessingOutputLayerDefinition):
            value = value.sink.valueAsString(self.context.expressionContext())[0]
        return str(value or "").strip()

    def named_place(self, name: str) -> str:
        """The same, but also '' when it goes to a temporary place."""
        place = self.wanted(name)
        return "" if place in ("TEMPORARY_OUTPUT", "memory:") else place

    def wanted_outputs(self) -> list[str]:
        """The names of outputs that get a place."""
        outputs = self.algorithm.destinationParameterDefinitions()
        return [each.name() for each in outputs if self.wanted(each.name())]


def may_be_empty(definition: QgsProcessingParameterDefinition) -> bool:
    """Whether a parameter is optional."""
    return bool(definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional)


def named_by_gdal(value: object) -> QgsRasterLayer | None:
    """A raster layer by a name of GDAL that is no file; None where there is none."""
    if not isinstance(value, str) or Path(value).exists():
        return None
    if not value.startswith("/vsi") and not re.match(r"\w{2,}:", value):
        return None
    named = QgsRasterLayer(value, Path(value).stem, "gdal")
    return named if named.isValid() else None
