# SPDX-License-Identifier: GPL-2.0-or-later
"""The kinds of parameters and answers that algorithms have, each with its help."""

from __future__ import annotations

import sys

from qgis.core import (
    QgsProcessing,
    QgsProcessingOutputDefinition,
    QgsProcessingOutputNumber,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

Told = tuple[QgsProcessingOutputDefinition, str]
"""Something a run tells beside the files it makes, and what it means."""
NO_MAXIMUM = sys.float_info.max
"""Of a number parameter that may be as large as one likes."""
_VECTOR = QgsProcessing.SourceType


def numbers_told(*each: tuple[str, str, str]) -> list[Told]:
    """Numbers by name, with title and meaning."""
    return [(QgsProcessingOutputNumber(name, title), words) for name, title, words in each]


def helped(
    parameter: QgsProcessingParameterDefinition, text: str
) -> QgsProcessingParameterDefinition:
    """The parameter with its help."""
    parameter.setHelp(text)
    return parameter


def advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """The parameter, put where only those look who want it."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def choice(
    name: str, title: str, values: tuple[str, ...], text: str
) -> QgsProcessingParameterDefinition:
    """One of some words, which scripts give as they are; the first unless said otherwise."""
    kind = QgsProcessingParameterEnum(name, title, list(values), False, values[0], False, True)
    return helped(kind, text)


def switch(
    name: str, title: str, text: str, *, is_on: bool = False
) -> QgsProcessingParameterDefinition:
    """A box to tick."""
    return helped(QgsProcessingParameterBoolean(name, title, is_on), text)


def optional_text(name: str, title: str, text: str) -> QgsProcessingParameterDefinition:
    """Words that may be left out."""
    return helped(QgsProcessingParameterString(name, title, None, False, True), text)


def number(
    name: str,
    title: str,
    text: str,
    *,
    whole: bool = True,
    default: float | None = None,
    minimum: float = 0,
    maximum: float = NO_MAXIMUM,
) -> QgsProcessingParameterDefinition:
    """A number; may be left empty where there is no default."""
    types = QgsProcessingParameterNumber.Type
    parameter = QgsProcessingParameterNumber(
        name,
        title,
        types.Integer if whole else types.Double,
        default,
        default is None,
        minimum,
        maximum,
    )
    return helped(parameter, text)


def polygons(name: str, title: str, text: str) -> QgsProcessingParameterDefinition:
    """A layer of polygons that may be left out."""
    kinds = [_VECTOR.TypeVectorPolygon]
    return helped(QgsProcessingParameterFeatureSource(name, title, kinds, None, True), text)


def points_or_polygons(name: str, title: str, text: str) -> QgsProcessingParameterDefinition:
    """A layer of either that may be left out."""
    kinds = [_VECTOR.TypeVectorPoint, _VECTOR.TypeVectorPolygon]
    return helped(QgsProcessingParameterFeatureSource(name, title, kinds, None, True), text)


def field(name: str, title: str, text: str, *, of: str) -> QgsProcessingParameterDefinition:
    """A field of the layer `of` another parameter, which may be left out."""
    any_type = QgsProcessingParameterField.DataType.Any
    parameter = QgsProcessingParameterField(name, title, None, of, any_type, False, True)
    return helped(parameter, text)


def raster_result(name: str, title: str, text: str) -> QgsProcessingParameterDefinition:
    """A raster that is made where it is asked for."""
    return helped(QgsProcessingParameterRasterDestination(name, title, None, True, False), text)


def vector_result(
    name: str,
    title: str,
    text: str,
    *,
    kind: QgsProcessing.SourceType = _VECTOR.TypeVectorPolygon,
    is_usual: bool = False,
) -> QgsProcessingParameterDefinition:
    """A vector layer that is made where it is asked for, or unless it is declined (`is_usual`)."""
    result = QgsProcessingParameterVectorDestination(name, title, kind, None, True, is_usual)
    return helped(result, text)
