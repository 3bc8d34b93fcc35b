# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fracturenumbers`: fracture lines in, densities, lengths, blocks and topology out."""

from __future__ import annotations

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsWkbTypes,
)

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_features import LayerFeatures
from ..layers.line_features import known_crs
from . import common_parameters as common
from . import fracture_numbers_parameters as names
from .checks import about_choices, about_outputs, about_wanted
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .layer_checks import about_field, about_layer, sources

_KINDS = QgsWkbTypes.GeometryType


class FractureNumbersAlgorithm(GeoSiftAlgorithm):
    """What a network of fracture lines amounts to."""

    asks = names
    group_id = "geology"
    example = "INPUT=traces.gpkg AREAS=outcrops.gpkg TABLE=numbers.csv REPORT=numbers.html"

    def name(self) -> str:
        return "fracturenumbers"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Numbers of a fracture network")

    def tags(self) -> list[str]:
        words = tr(
            "geology,fractures,joints,veins,lineaments,P20,P21,density,intensity,topology,"
            "connectivity,blocks,rose,power law,length distribution,statistics"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Density, intensity, lengths, blocks and topology of fracture lines.")

    def intro(self) -> str:
        return tr(
            "Measures a network of fracture lines, traced by GeoSift or drawn by hand: how many "
            "lines (P20) and how much length (P21) there is for each area, how the lengths are "
            "distributed, how lines end and cross, how well they are connected, which blocks they "
            "close in, and where they run (rose diagram). Each sampling area gets numbers of its "
            "own. Lengths and areas are of the ground, whatever the map's projection."
        )

    def complaint(self, given: Given) -> str:
        return (
            about_layer(given, common.INPUT, _KINDS.LineGeometry)
            or about_field(given, names.SET_FIELD, common.INPUT)
            or (given.has(names.AREAS) and about_layer(given, names.AREAS, _KINDS.PolygonGeometry))
            or about_field(given, names.AREA_FIELD, names.AREAS)
            or about_choices(given)
            or about_outputs(given, sources(given, common.INPUT, names.AREAS))
            or about_wanted(given)
        )

    def read(
        self, given: Given
    ) -> tuple[LayerFeatures, LayerFeatures | None, QgsCoordinateReferenceSystem]:
        source = given.source_or_none(common.INPUT)
        if source is None:
            raise InputError(tr("INPUT is not a line layer that can be read."))
        crs = known_crs(source.sourceCrs())
        lines, areas = (given.features(name, crs=crs) for name in (common.INPUT, names.AREAS))
        return lines, areas, crs

    def run_type(self) -> type:
        from .fracture_numbers_run import FractureNumbersRun

        return FractureNumbersRun
