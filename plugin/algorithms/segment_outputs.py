# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the engine once and hands its files and tables to QGIS (worker thread)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeatureSink,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsWkbTypes,
)

from ...inference.errors import OutputError
from ...inference.job import SegmentJob, SegmentResult, run
from ..area_table import AreaSink, area_fields, area_layer
from ..i18n import tr
from ..layer_source import ProviderGrid
from ..post_process import dress_on_arrival
from ..vector_output import (
    MakeLayer,
    PolygonsInMemory,
    VectorFile,
    is_vector_file,
    polygons_of_engine,
)
from ..words import share_words
from . import segment_parameters as names
from .segment_checks import destination_text
from .segment_inputs import SegmentInputs, optional_number

_KINDS = {
    names.OUTPUT: "classes",
    names.CONFIDENCE: "confidence",
    names.POLYGONS: "polygons",
    names.AREAS: "areas",
}


class SegmentRun:
    """One call of the engine for one call of the algorithm."""

    def __init__(
        self,
        algorithm: QgsProcessingAlgorithm,
        parameters: dict[str, Any],
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        self._algorithm, self._parameters = algorithm, parameters
        self._context, self._feedback = context, feedback

    def execute(self, inputs: SegmentInputs) -> dict[str, Any]:
        """Segment, and return the results by output name; raises GeoSiftError."""
        start = time.monotonic()
        answers = self._destinations()
        companions = {**self._polygons(answers), **self._areas()}
        feedback = self._feedback
        result = run(
            self._job(inputs, answers, companions.get(names.POLYGONS)),
            companions=tuple(companions.values()),
            progress=feedback.setProgress,
            message=feedback.pushWarning,
            cancelled=feedback.isCanceled,
        )
        self._tell(result)
        answers.update({name: each.answer for name, each in companions.items() if each.answer})
        for name, kind in _KINDS.items():
            if name in answers:
                dress_on_arrival(
                    answers[name], kind, self._context, title=inputs.title, card=inputs.card
                )
        seconds = round(time.monotonic() - start, 3)
        return {**answers, names.ENGINE: result.engine, names.SECONDS: seconds}

    def _destinations(self) -> dict[str, str]:
        """The paths of the files the user wants, by output name."""
        paths = {
            name: self._algorithm.parameterAsOutputLayer(self._parameters, name, self._context)
            for name in (names.OUTPUT, names.CONFIDENCE, names.POLYGONS)
            if self._parameters.get(name)
        }
        paths[names.REPORT] = self._algorithm.parameterAsFileOutput(
            self._parameters, names.REPORT, self._context
        )
        return {name: path for name, path in paths.items() if path}

    def _polygons(self, answers: dict[str, str]) -> dict[str, VectorFile | PolygonsInMemory]:
        """What brings the engine's GeoPackage where it is wanted, if it is wanted elsewhere."""
        wanted = answers.get(names.POLYGONS, "")
        if not wanted or _is_geopackage(wanted):
            return {}
        if wanted.startswith("memory:"):
            title = wanted[len("memory:") :]
            return {names.POLYGONS: PolygonsInMemory(title, self._context, self._feedback)}
        if is_vector_file(wanted):
            file = self._vector_file(names.POLYGONS, wanted, polygons_of_engine, "Polygon")
            return {names.POLYGONS: file}
        raise OutputError(
            tr(
                "POLYGONS cannot be written to '{0}': give a file name ending in .gpkg or another "
                "vector format of QGIS."
            ).format(wanted)
        )

    def _areas(self) -> dict[str, VectorFile | AreaSink]:
        """What writes the table of areas, if it is wanted."""
        if not self._parameters.get(names.AREAS):
            return {}
        definition = self._algorithm.parameterDefinition(names.AREAS)
        if not is_vector_file(destination_text(definition, self._parameters, self._context)):
            return {names.AREAS: AreaSink(self._area_sink)}
        path = self._algorithm.parameterAsOutputLayer(self._parameters, names.AREAS, self._context)
        return {names.AREAS: self._vector_file(names.AREAS, path, area_layer, "NoGeometry")}

    def _vector_file(self, name: str, path: str, make: MakeLayer, geometry: str) -> VectorFile:
        return VectorFile(
            name, path, make, geometry=geometry, context=self._context, feedback=self._feedback
        )

    def _area_sink(self) -> tuple[QgsFeatureSink | None, str]:
        return self._algorithm.parameterAsSink(
            self._parameters,
            names.AREAS,
            self._context,
            area_fields(),
            QgsWkbTypes.Type.NoGeometry,
            QgsCoordinateReferenceSystem(),
        )

    def _job(
        self, inputs: SegmentInputs, answers: dict[str, str], converted: object | None
    ) -> SegmentJob:
        """`converted` is what makes other polygons of the engine's, if anything does."""
        confidence, report = answers.get(names.CONFIDENCE), answers.get(names.REPORT)
        polygons = answers.get(names.POLYGONS)
        if converted is not None:
            polygons = QgsProcessingUtils.generateTempFilename("polygons.gpkg")
        overlap, threads = self._number(names.OVERLAP), self._number(names.THREADS)
        return SegmentJob(
            source=self._source(inputs),
            card=inputs.card,
            output=Path(answers[names.OUTPUT]),
            confidence=Path(confidence) if confidence else None,
            polygons=Path(polygons) if polygons else None,
            report=Path(report) if report else None,
            bands=inputs.bands,
            extent=inputs.extent,
            mask=inputs.mask,
            grid=self._choice(names.GRID),
            resolution=self._number(names.RESOLUTION),
            overlap=None if overlap is None else int(overlap),
            threads=None if threads is None else int(threads),
            augment=int(self._choice(names.AUGMENT)),
            min_area=self._number(names.MIN_AREA) or 0.0,
            simplify=self._number(names.SIMPLIFY) or 0.0,
        )

    def _source(self, inputs: SegmentInputs) -> object:
        if not isinstance(inputs.source, ProviderGrid):
            return inputs.source
        from ..provider_source import ProviderSource

        if inputs.source.provider.xSize() <= 0:
            self._feedback.pushInfo(
                tr("The layer comes from a server: what it does not deliver stays without data.")
            )
        return ProviderSource(
            inputs.source, bands=inputs.bands, names=inputs.card.bands, feedback=self._feedback
        )

    def _number(self, name: str) -> float | None:
        return optional_number(self._algorithm, self._parameters, name, self._context)

    def _choice(self, name: str) -> str:
        return self._algorithm.parameterAsEnumString(self._parameters, name, self._context)

    def _tell(self, result: SegmentResult) -> None:
        """The outcome in the log, which is all that batch users see."""
        self._feedback.pushInfo(tr("Engine: {0}").format(result.engine))
        for area in result.areas:
            size = "" if area.area_m2 is None else f", {area.area_m2:,.0f} m²"
            self._feedback.pushInfo(
                f"{area.name}: {share_words(area.share)} ({area.pixels:,} px{size})"
            )


def _is_geopackage(path: str) -> bool:
    """Whether the engine itself can write it."""
    return Path(path).suffix.lower() == ".gpkg" and not path.lower().startswith("ogr:")
