# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
)

from ..example_features import MapExamples, examples_of
from ..i18n import tr
from ..layer_features import LayerFeatures, read_features
from ..mask import mask_geometries
from . import common_parameters as common
from . import similar_parameters as names
from .inputs import corners, feature_source, listed
from .published_parameters import published_place
from .raster_names import raster_names

if TYPE_CHECKING:
    from ...inference.embedding.filters import Extent
    from ..published_search import PublishedPlace

_DEGREES = "EPSG:4326"
"""What patches lie in that lie on the ground."""


@dataclass(frozen=True)
class SimilarInputs:
    """Examples and filters in the coordinates of the index; `left_out` features had no place.

    The index is in a `folder`, else behind a connection (`place`). `dates` are the first and the
    last day, ISO 8601, '' for none.
    """

    folder: Path
    place: PublishedPlace | None
    positive: MapExamples
    negative: MapExamples
    left_out: int
    extent: Extent | None
    mask: tuple[Mapping[str, Any], ...] | None
    dates: tuple[str, str]
    sources: tuple[str, ...]
    heat_of: str


def read_inputs(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> SimilarInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    place = published_place(algorithm, parameters, context)
    folder = Path(algorithm.parameterAsString(parameters, names.INDEX, context).strip())
    crs = QgsCoordinateReferenceSystem(_DEGREES) if place is not None else _crs_of_index(folder)
    given = _Given(algorithm, parameters, context, crs)
    sign = algorithm.parameterAsString(parameters, names.SIGN_FIELD, context)
    good = examples_of(given.features(names.EXAMPLES), sign=sign)
    bad = examples_of(given.features(names.NOT_LIKE))
    mask = given.features(names.MASK)
    return SimilarInputs(
        folder=folder,
        place=place,
        positive=good.good.joined(MapExamples(places=given.places(names.PLACE))),
        negative=good.bad.joined(bad.good).joined(
            MapExamples(places=given.places(names.NOT_PLACE))
        ),
        left_out=good.left_out + bad.left_out,
        extent=given.extent(),
        mask=None if mask is None else mask_geometries(mask),
        dates=(given.day(names.FROM_DATE), given.day(names.TO_DATE)),
        sources=raster_names(parameters, names.SOURCES, context),
        heat_of="".join(raster_names(parameters, names.HEAT_OF, context)[:1]),
    )


@dataclass(frozen=True)
class _Given:
    """Parameters that are read in the coordinates of the index."""

    algorithm: QgsProcessingAlgorithm
    parameters: dict[str, Any]
    context: QgsProcessingContext
    crs: QgsCoordinateReferenceSystem

    def features(self, name: str) -> LayerFeatures | None:
        source = feature_source(self.algorithm, self.parameters, name, self.context)
        if source is None:
            return None
        transforms = self.context.transformContext()
        return read_features(source, crs=self.crs, transforms=transforms, within=None)

    def places(self, name: str) -> tuple[tuple[float, float], ...]:
        return tuple(self._places(name))

    def _places(self, name: str) -> Iterator[tuple[float, float]]:
        for value in listed(self.parameters, name):
            point = self.algorithm.parameterAsPoint({name: value}, name, self.context, self.crs)
            yield point.x(), point.y()

    def extent(self) -> Extent | None:
        name = common.EXTENT
        found = self.algorithm.parameterAsExtent(self.parameters, name, self.context, self.crs)
        is_given = self.parameters.get(name) not in (None, "") and not found.isNull()
        return corners(found) if is_given else None

    def day(self, name: str) -> str:
        moment = self.algorithm.parameterAsDateTime(self.parameters, name, self.context)
        return moment.date().toString("yyyy-MM-dd") if moment.isValid() else ""


def wrong_place(algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any]) -> str:
    """What is no point among those that are told as text, or no day; else ''."""
    wanted = (
        (names.PLACE, tr("{0} is x,y [EPSG:code], such as 13.4,52.5 [EPSG:4326], not '{1}'.")),
        (names.NOT_PLACE, tr("{0} is x,y [EPSG:code], such as 13.4,52.5 [EPSG:4326], not '{1}'.")),
        (names.FROM_DATE, tr("{0} is a day, such as 2021-05-01, not '{1}'.")),
        (names.TO_DATE, tr("{0} is a day, such as 2021-05-01, not '{1}'.")),
    )
    for name, words in wanted:
        definition = algorithm.parameterDefinition(name)
        for value in listed(parameters, name):
            if not definition.checkValueIsAcceptable(value):
                return words.format(name, value)
    return ""


def _crs_of_index(folder: Path) -> QgsCoordinateReferenceSystem:
    """What its patches lie in; an invalid one where their rasters lie nowhere on the ground."""
    from ...inference.embedding.index_files import IndexFiles

    crs = IndexFiles(folder).read_info().making.crs
    return QgsCoordinateReferenceSystem(_DEGREES if crs else "")
