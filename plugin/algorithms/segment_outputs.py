# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the engine once and hands its files and tables to QGIS (worker thread)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsWkbTypes,
)

from ...inference.job import SegmentJob, SegmentResult, run
from ..area_table import area_fields, write_areas
from ..i18n import tr
from ..layer_source import ProviderGrid
from ..post_process import dress_on_arrival
from ..vector_output import vector_target
from ..words import share_words
from . import segment_parameters as names
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
        polygons = None
        if names.POLYGONS in answers:
            polygons = vector_target(answers[names.POLYGONS], self._context)
        job = self._job(inputs, answers, None if polygons is None else polygons.engine_path)
        feedback = self._feedback
        result = run(
            job,
            progress=feedback.setProgress,
            message=feedback.pushWarning,
            cancelled=feedback.isCanceled,
        )
        self._tell(result)
        if polygons is not None:
            answers[names.POLYGONS] = polygons.finish(self._context, feedback)
        answers.update(self._area_table(result))
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

    def _job(
        self, inputs: SegmentInputs, answers: dict[str, str], polygons: Path | None
    ) -> SegmentJob:
        confidence, report = answers.get(names.CONFIDENCE), answers.get(names.REPORT)
        overlap, threads = self._number(names.OVERLAP), self._number(names.THREADS)
        return SegmentJob(
            source=self._source(inputs),
            card=inputs.card,
            output=Path(answers[names.OUTPUT]),
            confidence=Path(confidence) if confidence else None,
            polygons=polygons,
            report=Path(report) if report else None,
            bands=inputs.bands,
            extent=inputs.extent,
            mask=inputs.mask,
            grid=self._algorithm.parameterAsEnumString(self._parameters, names.GRID, self._context),
            resolution=self._number(names.RESOLUTION),
            overlap=None if overlap is None else int(overlap),
            threads=None if threads is None else int(threads),
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

    def _tell(self, result: SegmentResult) -> None:
        """The outcome in the log, which is all that batch users see."""
        self._feedback.pushInfo(tr("Engine: {0}").format(result.engine))
        for area in result.areas:
            size = "" if area.area_m2 is None else f", {area.area_m2:,.0f} m²"
            self._feedback.pushInfo(
                f"{area.name}: {share_words(area.share)} ({area.pixels:,} px{size})"
            )

    def _area_table(self, result: SegmentResult) -> dict[str, str]:
        """The sink the user asked for, filled; empty when none was."""
        if not self._parameters.get(names.AREAS):
            return {}
        sink, layer_id = self._algorithm.parameterAsSink(
            self._parameters,
            names.AREAS,
            self._context,
            area_fields(),
            QgsWkbTypes.Type.NoGeometry,
            QgsCoordinateReferenceSystem(),
        )
        if sink is None:  # batch dialogs give a destination without a place: not wanted
            return {}
        write_areas(sink, result.areas)
        del sink
        return {names.AREAS: layer_id}
