# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the workers teach: the opened raster and what was learnt last, kept between questions.

Loading this module loads the engine.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

from qgis.core import QgsFeedback
from rasterio.errors import NotGeoreferencedWarning

from ...inference.errors import InputError
from ...inference.network.machine import use
from ...inference.raster.window import Window
from ...inference.teaching.next_places import best_places
from ...inference.teaching.preview import classify
from ...inference.teaching.scene import PREVIEW_SIDE, Scene
from ...inference.teaching.teach import Taught, examined, teach
from .. import settings
from ..layers.provider_source import ProviderSource
from .picture import pictures
from .question import Answer, Question

IsCancelled = Callable[[], bool]


class Classroom:
    """One question at a time; what asks a map server gives up when `feedback` is cancelled."""

    def __init__(self, feedback: QgsFeedback) -> None:
        self._feedback, self._busy = feedback, threading.Lock()
        self._scene: Scene | None = None
        self._scene_key: tuple[object, ...] = ()
        self._learnt: _Learnt | None = None

    def answer(
        self, question: Question, early: Callable[[Answer], None], cancelled: IsCancelled
    ) -> Answer:
        """The view classified by what the lesson teaches; raises GeoSiftError.

        Where it takes longer to find out how right that is, `early` is told the view before.
        """
        with self._busy:
            scene = self._scene_of(question)
            window, is_part = _window(scene, question)
            answer = Answer(question, is_part=is_part, is_beside=window is None)
            hint = question.lesson.why_not()
            if hint:
                if window is not None:
                    scene.encode(window, cancelled=cancelled)
                return replace(answer, hint=hint)
            learnt = self._learn(scene, question, cancelled)
            if not learnt.is_examined:
                early(_shown(replace(answer, is_last=False), scene, window, learnt, cancelled))
                learnt = self._examine(learnt, cancelled)  # by another ridge, maybe: shown anew
            return _shown(answer, scene, window, learnt, cancelled)

    def taught(self, question: Question, cancelled: IsCancelled) -> tuple[Scene, Taught]:
        """What is kept of a question's lesson, and the raster; raises GeoSiftError."""
        with self._busy:
            if question.lesson.why_not():
                raise InputError(question.lesson.why_not())
            scene = self._scene_of(question)
            learnt = self._learn(scene, question, cancelled)
            return scene, self._examine(learnt, cancelled).taught

    @property
    def is_empty(self) -> bool:
        """Whether no raster is open."""
        return self._scene is None

    def forget(self) -> None:
        """Let go of the raster and of what was learnt."""
        with self._busy:
            if self._scene is not None:
                self._scene.close()
            self._scene, self._learnt = None, None

    def _scene_of(self, question: Question) -> Scene:
        if self._scene is None or self._scene_key != question.scene_key:
            if self._scene is not None:
                self._scene.close()
            self._scene, self._learnt = None, None
            self._scene = _opened(question, self._feedback)
            self._scene_key = question.scene_key
        return self._scene

    def _learn(self, scene: Scene, question: Question, cancelled: IsCancelled) -> _Learnt:
        """What the lesson teaches; what is known already of the same labels is not learnt anew."""
        before = self._learnt
        if before is not None and before.question.lesson_key == question.lesson_key:
            return before
        former = None if before is None else before.taught
        taught = teach(
            [scene], question.lesson, before=former, with_accuracy=False, cancelled=cancelled
        )
        self._learnt = _Learnt(question, taught, is_examined=False)
        return self._learnt

    def _examine(self, learnt: _Learnt, cancelled: IsCancelled) -> _Learnt:
        if not learnt.is_examined:
            taught = examined(learnt.taught, cancelled=cancelled)
            self._learnt = replace(learnt, taught=taught, is_examined=True)
        return self._learnt


@dataclass(frozen=True)
class _Learnt:
    question: Question
    taught: Taught
    is_examined: bool
    """Whether it is known how right it is, as far as its labels can tell."""


def _shown(
    answer: Answer, scene: Scene, window: Window | None, learnt: _Learnt, cancelled: IsCancelled
) -> Answer:
    """The answer with what was learnt, and with images where the map shows the raster."""
    answer = replace(answer, taught=learnt.taught)
    if window is None:
        return answer
    preview = classify(scene, learnt.taught, window, cancelled=cancelled)
    question = answer.question
    classes, help_image = pictures(preview, question.lesson.classes, question.screen)
    places = tuple(best_places(preview))
    return replace(answer, classes=classes, help=help_image, places=places)


def _opened(question: Question, feedback: QgsFeedback) -> Scene:
    use(settings.machine())
    site, wishes = question.site, question.lesson.settings
    source = site.source
    if not isinstance(source, str):
        source = ProviderSource(
            source, bands=wishes.bands, names=site.card.bands, feedback=feedback
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        return Scene.open(
            source,
            site.card,
            bands=wishes.bands,
            resolution=wishes.resolution,
            threads=settings.threads(),
        )


def _window(scene: Scene, question: Question) -> tuple[Window | None, bool]:
    """The pixels the map shows, None: none; of too many the middle, which the second says."""
    try:
        whole = scene.window_of(question.seen)
    except InputError:
        return None, False
    height, width = min(whole.height, PREVIEW_SIDE), min(whole.width, PREVIEW_SIDE)
    middle = Window(
        whole.row_off + (whole.height - height) // 2,
        whole.col_off + (whole.width - width) // 2,
        height,
        width,
    )
    return middle, middle != whole
