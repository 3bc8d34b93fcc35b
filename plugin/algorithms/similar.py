# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:similar`: an index and some examples in, the places that look like them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext

from ...inference.errors import GeoSiftError
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from . import published_parameters as published
from . import similar_parameters as names
from .checks import about_choices, about_features, about_model, about_outputs, wanted_text
from .embed_parameters import KINDS
from .engine_algorithm import EngineAlgorithm
from .inputs import feature_source, listed
from .layer_checks import about_field, about_points_or_polygons

if TYPE_CHECKING:
    from .similar_inputs import SimilarInputs
    from .similar_run import SimilarRun

_GOOD = (names.EXAMPLES, names.PLACE, names.PICTURE)


class SimilarAlgorithm(EngineAlgorithm):
    """The patches of an index that are most like some examples, and least like others."""

    asks = names
    group_id = "search"
    example = "INDEX=fields EXAMPLES=clearings.gpkg COUNT=50 OUTPUT=alike.gpkg"

    def __init__(self) -> None:
        super().__init__()
        self._inputs: SimilarInputs | None = None

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

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = packages_complaint() or self._complaint(parameters, context)
        if complaint:
            return False, complaint
        # Several places, and names of rasters that are no layers, are looked at above and later.
        ours = (names.PLACE, names.NOT_PLACE, names.SOURCES, names.HEAT_OF)
        return super().checkParameterValues({**parameters, **dict.fromkeys(ours)}, context)

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        from .similar_inputs import read_inputs

        self._inputs = read_inputs(self, parameters, context)

    def execute(self, run: SimilarRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._inputs)

    def run_type(self) -> type[SimilarRun]:
        from .similar_run import SimilarRun

        return SimilarRun

    def _complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        return (
            self._about_index(parameters, context)
            or about_features(self, parameters, context)
            or self._about_examples(parameters, context)
            or about_model(self, parameters, context, *KINDS)
            or about_choices(self, parameters)
            or about_outputs(self, parameters, context, self._sources(parameters, context))
            or self._about_results(parameters, context)
        )

    def _about_index(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        folder = bool(listed(parameters, names.INDEX))
        database = bool(listed(parameters, published.CONNECTION))
        if folder and database:
            return tr("INDEX and CONNECTION cannot both be searched: give one of the two.")
        if not (folder or database):
            return tr("INDEX is missing: give the folder that geosift:embed has made.")
        return published.about_published(self, parameters, context)

    def _about_examples(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        from .similar_inputs import wrong_place

        if not any(listed(parameters, name) for name in _GOOD):
            return tr("There is no example: give EXAMPLES, a PLACE or a PICTURE to look for.")
        try:
            for name in (names.EXAMPLES, names.NOT_LIKE):
                source = feature_source(self, parameters, name, context)
                complaint = "" if source is None else about_points_or_polygons(name, source)
                if name == names.EXAMPLES:
                    complaint = complaint or about_field(
                        self, parameters, context, field=names.SIGN_FIELD, layer=name, source=source
                    )
                if complaint:
                    return complaint
        except GeoSiftError as error:
            return str(error)
        return wrong_place(self, parameters)

    def _sources(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        """Where layers that are read lie, which no result may replace."""
        read = (names.EXAMPLES, names.NOT_LIKE, names.MASK)
        layers = {name: self.parameterAsVectorLayer(parameters, name, context) for name in read}
        return {name: layer.source() for name, layer in layers.items() if layer is not None}

    def _about_results(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        wanted = {
            each.name()
            for each in self.destinationParameterDefinitions()
            if wanted_text(each, parameters, context)
        }
        if names.HEAT in wanted and listed(parameters, published.CONNECTION):
            return tr("HEAT is drawn of an index in a folder: give INDEX in place of CONNECTION.")
        if wanted:
            return ""
        return tr("Nothing is to be written: give OUTPUT or HEAT a place.")
