# SPDX-License-Identifier: GPL-2.0-or-later
"""What a search needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsCoordinateReferenceSystem

from ..i18n import tr
from ..layers.example_features import MapExamples, examples_of
from ..layers.mask import mask_geometries
from . import common_parameters as common
from . import similar_parameters as names
from .given import Given
from .inputs import corners
from .published_parameters import published_place
from .raster_names import raster_names

if TYPE_CHECKING:
    from ...inference.embedding.filters import Extent
    from ..published_search import PublishedPlace

_DEGREES = "EPSG:4326"
"""What patches lie in that lie on the ground."""


@dataclass(frozen=True)
class SimilarInputs:
    """Examples in the coordinates of the index; `left_out` features had no place.

    Extent and mask are in `crs_wkt`, '' for the coordinates of the index, too. The index is in a
    `folder`, else behind a connection (`place`). `dates` are the first and the last day, ISO 8601,
    '' for none.
    """

    folder: Path
    place: PublishedPlace | None
    positive: MapExamples
    negative: MapExamples
    left_out: int
    extent: Extent | None
    mask: tuple[Mapping[str, Any], ...] | None
    crs_wkt: str
    dates: tuple[str, str]
    sources: tuple[str, ...]
    heat_of: str


def read_inputs(given: Given) -> SimilarInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    place = published_place(given)
    folder = Path(given.text(names.INDEX))
    crs = QgsCoordinateReferenceSystem(_DEGREES) if place is not None else _crs_of_index(folder)
    sign = given.field(names.SIGN_FIELD)
    good = examples_of(given.features(names.EXAMPLES, crs=crs), sign=sign)
    bad = examples_of(given.features(names.NOT_LIKE, crs=crs))
    where = _crs_of_filters(given, crs)
    return SimilarInputs(
        folder=folder,
        place=place,
        positive=good.good.joined(_places(given, names.PLACE, crs)),
        negative=good.bad.joined(bad.good).joined(_places(given, names.NOT_PLACE, crs)),
        left_out=good.left_out + bad.left_out,
        extent=corners(given.extent(common.EXTENT, where)),
        mask=mask_geometries(given.features(names.MASK, crs=where)),
        crs_wkt="" if where == crs else where.toWkt(),
        dates=(_day(given, names.FROM_DATE), _day(given, names.TO_DATE)),
        sources=raster_names(given, names.SOURCES),
        heat_of="".join(raster_names(given, names.HEAT_OF)[:1]),
    )


def _crs_of_filters(
    given: Given, index: QgsCoordinateReferenceSystem
) -> QgsCoordinateReferenceSystem:
    """That of the extent: QGIS would turn it into the box around it in degrees, which is larger."""
    told = given.extent_crs(common.EXTENT)
    return told if told is not None and told.isValid() and index.isValid() else index


def _places(given: Given, name: str, crs: QgsCoordinateReferenceSystem) -> MapExamples:
    """Points that are told as text, as many as there are."""
    algorithm, context = given.algorithm, given.context
    points = (
        algorithm.parameterAsPoint({name: value}, name, context, crs)
        for value in given.several(name)
    )
    return MapExamples(places=tuple((point.x(), point.y()) for point in points))


def _day(given: Given, name: str) -> str:
    moment = given.algorithm.parameterAsDateTime(given.parameters, name, given.context)
    return moment.date().toString("yyyy-MM-dd") if moment.isValid() else ""


def wrong_place(given: Given) -> str:
    """What is no point among those that are told as text, or no day; else ''."""
    wanted = (
        (names.PLACE, tr("{0} is x,y [EPSG:code], such as 13.4,52.5 [EPSG:4326], not '{1}'.")),
        (names.NOT_PLACE, tr("{0} is x,y [EPSG:code], such as 13.4,52.5 [EPSG:4326], not '{1}'.")),
        (names.FROM_DATE, tr("{0} is a day, such as 2021-05-01, not '{1}'.")),
        (names.TO_DATE, tr("{0} is a day, such as 2021-05-01, not '{1}'.")),
    )
    for name, words in wanted:
        definition = given.algorithm.parameterDefinition(name)
        for value in given.several(name):
            if not definition.checkValueIsAcceptable(value):
                return words.format(name, value)
    return ""


def _crs_of_index(folder: Path) -> QgsCoordinateReferenceSystem:
    """What its patches lie in; an invalid one where their rasters lie nowhere on the ground."""
    from ...inference.embedding.index_files import IndexFiles

    crs = IndexFiles(folder).read_info().making.crs
    return QgsCoordinateReferenceSystem(_DEGREES if crs else "")
