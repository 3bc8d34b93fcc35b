# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of teaching for QGIS: its job for the engine, and what is told of it (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasterio.crs import CRS

from ...inference.cards.model_folder import ModelFolder
from ...inference.teaching.job import TeachJob, TeachResult
from ...inference.teaching.keep import require_free
from ...inference.teaching.lesson import Lesson, LessonSettings
from ...inference.teaching.lesson_layer import Look, lesson_of
from ...inference.teaching.run import run_teach
from ..i18n import tr, tr_count
from ..models import DEFAULTS, FEATURES, catalog
from ..results.post_process import dress_on_arrival
from ..settings import model_folder
from . import common_parameters as common
from . import teach_parameters as names
from .provider_grids import read_by
from .run_parameters import RunParameters
from .teach_inputs import TeachInputs


class TeachRun(RunParameters):
    """Labels become a network, which may tell the classes of the first raster at once."""

    def execute(self, inputs: TeachInputs) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        answers = self.destinations()
        lesson, folder = self._lesson(inputs), ModelFolder(model_folder())
        card = catalog().find(self.text(common.MODEL) or DEFAULTS[FEATURES])
        output = Path(answers[names.OUTPUT])
        if self.flag(names.KEEP):
            require_free(lesson.name, folder)
        job = TeachJob(
            rasters=tuple(
                read_by(each, inputs.bands, card.bands, self.feedback) for each in inputs.rasters
            ),
            lesson=lesson,
            card=card,
            output=output,
            classified=_path(answers, names.CLASSIFIED),
            report=_path(answers, common.REPORT),
            threads=self.threads(),
        )
        result = run_teach(
            job,
            progress=self.feedback.setProgress,
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )
        if self.flag(names.KEEP):
            folder.add(result.card.path)
        self._dress(answers, result, inputs)
        return {**answers, **self._told(result)}

    def _lesson(self, inputs: TeachInputs) -> Lesson:
        if inputs.shapeless:
            words = tr_count(
                "{0} feature in LABELS has no shape; it is left out.",
                "{0} features in LABELS have no shape; they are left out.",
                inputs.shapeless,
            )
            self.feedback.pushWarning(words.format(inputs.shapeless))
        settings = LessonSettings(resolution=self.number(common.RESOLUTION), bands=inputs.bands)
        return lesson_of(
            inputs.labels,
            name=self.text(names.NAME) or inputs.title,
            crs=CRS.from_wkt(inputs.crs_wkt) if inputs.crs_wkt else None,
            settings=settings,
            width=self.number(names.WIDTH) or 0.0,
            looks={value: Look(*look) for value, look in inputs.looks.items()},
        )

    def _dress(self, answers: dict[str, str], result: TeachResult, inputs: TeachInputs) -> None:
        if names.CLASSIFIED in answers:
            layer = answers[names.CLASSIFIED]
            dress_on_arrival(layer, "classes", self.context, title=inputs.title, card=result.card)

    def _told(self, result: TeachResult) -> dict[str, Any]:
        """What came of it, also in the log."""
        accuracy = result.accuracy
        share = -1.0 if accuracy is None else round(100 * accuracy["stroke_accuracy"], 1)
        info = self.feedback.pushInfo
        for name, count in result.cells.items():
            info(tr("{0}: cells learnt from: {1}").format(name, f"{count:,}"))
        if accuracy is None:
            info(tr("Too few labels to leave some out: nobody knows how well it tells."))
        else:
            info(tr("Right where strokes were left out: {0} %").format(share))
        return {
            names.ACCURACY: share,
            names.CELLS: sum(result.cells.values()),
            names.MODEL_ID: result.card.id,
            common.ENGINE: result.engine,
        }


def _path(answers: dict[str, str], name: str) -> Path | None:
    return Path(answers[name]) if name in answers else None
