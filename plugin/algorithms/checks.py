# SPDX-License-Identifier: GPL-2.0-or-later
"""What can be said before a run starts: each complaint is one sentence that tells what to do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from qgis.core import QgsProcessingParameterDefinition

from ...inference.errors import GeoSiftError
from ..i18n import tr
from ..models import algorithm_of, catalog
from . import common_parameters as names
from .given import Given, may_be_empty
from .parameter_kinds import NO_MAXIMUM


def about_raster(given: Given) -> str:
    """Whether INPUT names a raster that can be read."""
    value = given.parameters.get(names.INPUT)
    if given.raster() is not None:
        return ""
    if not value:
        return tr("INPUT is missing: give a raster layer, or the path of a raster file.")
    if not isinstance(value, str):
        return tr("INPUT is not a raster layer: give a raster layer, or the path of a raster file.")
    if Path(value).is_file():
        return tr(
            "INPUT '{0}' cannot be read as a raster: it is damaged or of another kind; try to open "
            "it in QGIS, or give another file."
        ).format(value)
    return tr(
        "INPUT '{0}' is neither a raster layer of the project nor a file that exists; "
        "check its name."
    ).format(value)


def about_model(given: Given, *kinds: str) -> str:
    """Whether MODEL names a whole network of one of these kinds; it may be left empty if it may."""
    definition = given.algorithm.parameterDefinition(names.MODEL)
    model = given.model()
    if definition is None or (not model and may_be_empty(definition)):
        return ""
    if not model:
        return tr("MODEL is missing: give the id of an installed model, or the path of an .onnx.")
    try:
        card = catalog().find(model)
        if not card.path.is_file():
            card.verify()
    except GeoSiftError as error:
        return str(error)
    if card.kind in kinds:
        return ""
    return tr("MODEL '{0}' is for {1}, not for {2}: give it to {3}, or choose another.").format(
        card.id, card.kind, tr(" or ").join(kinds), algorithm_of(card.kind)
    )


def about_bands(given: Given, *, available: int | None = None) -> str:
    """Whether BANDS names bands, and of a raster that has so many some that it has."""
    value = given.parameters.get(names.BANDS)
    if isinstance(value, str) and not re.fullmatch(r"[\d\s;]*", value):
        return tr(
            "BANDS is band numbers with semicolons between them, such as 4;3;2, not '{0}'."
        ).format(value)
    bands = given.bands() or ()
    wrong = [band for band in bands if band < 1 or (available and band > available)]
    if wrong and available is None:
        return tr("BANDS counts from 1, and there is no band {0}.").format(wrong[0])
    if wrong:
        return tr("BANDS names band {0}, but the raster has bands 1 to {1}.").format(
            wrong[0], available
        )
    return ""


def about_features(given: Given) -> str:
    """Whether the vector layers that are named can be read."""
    try:
        for definition in given.algorithm.parameterDefinitions():
            if definition.type() == "source":
                given.feature_source(definition.name())
    except GeoSiftError as error:
        return str(error)
    return ""


def about_choices(given: Given) -> str:
    """Whether words and numbers are among those that a parameter takes."""
    for definition in given.algorithm.parameterDefinitions():
        name, kind = definition.name(), definition.type()
        value = given.parameters.get(name)
        if not isinstance(value, (str, int, float)):
            continue
        if kind == "enum" and str(value) not in definition.options():
            choices = tr("' or '").join(definition.options())
            return tr("{0} is '{1}', not '{2}'.").format(name, choices, value)
        if kind == "number" and value != "" and not _is_number_within(value, definition):
            least, most = definition.minimum(), definition.maximum()
            if most >= NO_MAXIMUM:
                return tr("{0} is a number, at least {1:g}, not '{2}'.").format(name, least, value)
            return tr("{0} is a number from {1:g} to {2:g}, not '{3}'.").format(
                name, least, most, value
            )
    return ""


def _is_number_within(value: str | float, definition: QgsProcessingParameterDefinition) -> bool:
    try:
        return definition.minimum() <= float(value) <= definition.maximum()
    except ValueError:
        return False


def about_outputs(given: Given, sources: Mapping[str, str]) -> str:
    """Whether results can be written where they are wanted; `sources` say what reads which layer.

    They are parameters by the source of a layer.
    """
    taken = {_same(source.split("|")[0]): name for source, name in sources.items()}
    for definition in given.algorithm.destinationParameterDefinitions():
        name = definition.name()
        target = given.named_place(name)
        if not target:
            continue
        endings = _endings(definition)
        if endings and not target.lower().endswith(endings):
            return tr("{0} needs a file name ending in {1}, not '{2}'.").format(
                name, tr(" or ").join(endings), target
            )
        if _same(target) in taken:
            return tr("{0} is the same file as {1} ('{2}'): give another name.").format(
                name, taken[_same(target)], target
            )
        if _folder_is_missing(target):
            return tr("{0} cannot be written to '{1}': there is no such folder; create it.").format(
                name, target
            )
        taken[_same(target)] = name
    return ""


def about_wanted(given: Given) -> str:
    """Whether any result has a place."""
    if given.wanted_outputs():
        return ""
    outputs = [each.name() for each in given.algorithm.destinationParameterDefinitions()]
    listed = tr(" or ").join((", ".join(outputs[:-1]), outputs[-1]))
    return tr("Nothing is to be written: give {0} a place.").format(listed)


def _endings(definition: QgsProcessingParameterDefinition) -> tuple[str, ...]:
    """What the engine itself writes; QGIS writes any vector format, so none is asked for."""
    if definition.type() == "rasterDestination":
        return names.RASTER_ENDINGS
    if definition.type() == "fileDestination":
        return tuple(re.findall(r"\*(\.\w+)", definition.fileFilter()))
    return ()


def _folder_is_missing(target: str) -> bool:
    """Whether a path leads nowhere; of databases and layers in memory nobody asks that."""
    if re.match(r"\w{2,}:", target):
        return False
    return not Path(target).resolve().parent.is_dir()


def _same(path: str) -> str:
    """One spelling for one file, links followed."""
    return os.path.normcase(os.path.realpath(path))
