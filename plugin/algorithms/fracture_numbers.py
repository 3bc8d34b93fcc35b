# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:fracturenumbers`: fracture lines in, densities, lengths, blocks and topology out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsWkbTypes,
)

from ...inference.errors import InputError
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from ..layer_features import LayerFeatures, read_features
from ..line_features import known_crs
from . import common_parameters as common
from . import fracture_numbers_parameters as names
from .checks import about_choices, about_outputs, wanted_text
from .engine_algorithm import EngineAlgorithm
from .inputs import feature_source
from .layer_checks import about_field, about_layer

if TYPE_CHECKING:
    from .fracture_numbers_run import FractureNumbersRun

_USUAL_SET_FIELD = "set"


class FractureNumbersAlgorithm(EngineAlgorithm):
    """What a network of fracture lines amounts to."""

    asks = names
    group_id = "geology"
    example = "INPUT=traces.gpkg AREAS=outcrops.gpkg TABLE=numbers.csv REPORT=numbers.html"

    def __init__(self) -> None:
        super().__init__()
        self._lines: LayerFeatures | None = None
        self._areas: LayerFeatures | None = None
        self._crs = QgsCoordinateReferenceSystem()

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

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = (
            packages_complaint()
            or self._about_layers(parameters, context)
            or about_choices(self, parameters)
            or about_outputs(self, parameters, context, self._sources(parameters, context))
            or self._about_nothing(parameters, context)
        )
        return (
            (False, complaint) if complaint else super().checkParameterValues(parameters, context)
        )

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        source = self.parameterAsSource(parameters, common.INPUT, context)
        if source is None:
            raise InputError(tr("INPUT is not a line layer that can be read."))
        self._crs = known_crs(source.sourceCrs())
        transforms = context.transformContext()
        self._lines = read_features(source, crs=self._crs, transforms=transforms, within=None)
        areas = feature_source(self, parameters, names.AREAS, context)
        if areas is not None:
            self._areas = read_features(areas, crs=self._crs, transforms=transforms, within=None)

    def execute(self, run: FractureNumbersRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._lines, self._areas, self._crs)

    def run_type(self) -> type[FractureNumbersRun]:
        from .fracture_numbers_run import FractureNumbersRun

        return FractureNumbersRun

    def set_field(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        """The field of sets that counts; '' where there is none."""
        return self.parameterAsString(parameters, names.SET_FIELD, context) or _USUAL_SET_FIELD

    def _about_layers(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        kinds = QgsWkbTypes.GeometryType
        for layer, field, kind in (
            (common.INPUT, names.SET_FIELD, kinds.LineGeometry),
            (names.AREAS, names.AREA_FIELD, kinds.PolygonGeometry),
        ):
            complaint = ""
            if layer == common.INPUT or parameters.get(layer) not in (None, ""):
                complaint = about_layer(self, parameters, context, name=layer, geometry=kind)
            complaint = complaint or about_field(
                self, parameters, context, field=field, layer=layer,
                source=feature_source(self, parameters, layer, context),
            )  # fmt: skip
            if complaint:
                return complaint
        return ""

    def _sources(self, parameters: dict[str, Any], context: QgsProcessingContext) -> dict[str, str]:
        """Where layers that are read lie, which no result may replace."""
        layers = {
            name: self.parameterAsVectorLayer(parameters, name, context)
            for name in (common.INPUT, names.AREAS)
        }
        return {name: layer.source() for name, layer in layers.items() if layer is not None}

    def _about_nothing(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        outputs = self.destinationParameterDefinitions()
        if any(wanted_text(each, parameters, context) for each in outputs):
            return ""
        return tr("Nothing is to be written: give TABLE, GRID, BLOCKS, NODES or REPORT a place.")
