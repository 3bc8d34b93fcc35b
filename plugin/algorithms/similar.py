# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:similar`: an index and some examples in, the places that look like them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..i18n import tr
from . import published_parameters as published
from . import similar_parameters as names
from .checks import about_choices, about_features, about_model, about_outputs, about_wanted
from .embed_parameters import KINDS
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .layer_checks import about_field, about_points_or_polygons, sources

if TYPE_CHECKING:
    from .similar_inputs import SimilarInputs

_GOOD = (names.EXAMPLES, names.PLACE, names.PICTURE)


class SimilarAlgorithm(GeoSiftAlgorithm):
    """The patches of an index that are most like some examples, and least like others."""

    asks = names
    group_id = "search"
    example = "INDEX=fields EXAMPLES=clearings.gpkg COUNT=50 OUTPUT=alike.gpkg"

    def name(self) -> str:
        return "similar"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Find places that look alike")

    def tags(self) -> list[str]:
        words = tr(
            "similarity,similar,search,find,embedding,vectors,index,nearest neighbours,example,"
            "query,retrieval,heat map,pgvector,deep learning,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Finds the places of indexed rasters that look like some examples.")

    def intro(self) -> str:
        return tr(
            "Finds the places that look most like some examples, and least like others, in the "
            "rasters of an index: where, when and in which of them you say. Examples are points or "
            "polygons of a layer, a place, or pictures. What is found is a layer coloured by "
            "score, with ranks and thumbnails, and a raster that glows where a place is like the "
            "examples. Give what was found wrongly as bad examples, and search again: a million "
            "patches take a moment."
        )

    def complaint(self, given: Given) -> str:
        return (
            _about_index(given)
            or about_features(given)
            or _about_examples(given)
            or about_model(given, *KINDS)
            or about_choices(given)
            or about_outputs(given, sources(given, names.EXAMPLES, names.NOT_LIKE, names.MASK))
            or _about_heat(given)
            or about_wanted(given)
        )

    def known(self, given: Given) -> dict[str, Any]:
        """Without several places, and names of rasters that are no layers: QGIS knows none."""
        ours = (names.PLACE, names.NOT_PLACE, names.SOURCES, names.HEAT_OF)
        return {**given.parameters, **dict.fromkeys(ours)}

    def read(self, given: Given) -> tuple[SimilarInputs]:
        from .similar_inputs import read_inputs

        return (read_inputs(given),)

    def run_type(self) -> type:
        from .similar_run import SimilarRun

        return SimilarRun


def _about_index(given: Given) -> str:
    folder = given.several(names.INDEX)
    database = given.several(published.CONNECTION)
    if folder and database:
        return tr("INDEX and CONNECTION cannot both be searched: give one of the two.")
    if not (folder or database):
        return tr("INDEX is missing: give the folder that geosift:embed has made.")
    return published.about_published(given)


def _about_examples(given: Given) -> str:
    from .similar_inputs import wrong_place

    if not any(given.several(name) for name in _GOOD):
        return tr("There is no example: give EXAMPLES, a PLACE or a PICTURE to look for.")
    return (
        _about_layer(given, names.EXAMPLES)
        or about_field(given, names.SIGN_FIELD, names.EXAMPLES)
        or _about_layer(given, names.NOT_LIKE)
        or wrong_place(given)
    )


def _about_layer(given: Given, name: str) -> str:
    source = given.feature_source(name)
    return "" if source is None else about_points_or_polygons(name, source)


def _about_heat(given: Given) -> str:
    if given.wanted(names.HEAT) and given.several(published.CONNECTION):
        return tr("HEAT is drawn of an index in a folder: give INDEX in place of CONNECTION.")
    return ""
