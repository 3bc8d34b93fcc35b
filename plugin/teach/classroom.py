# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the workers teach: the opened raster and what was learnt last, kept between questions.

Loading this module loads the engine.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from dataclasses import replace

from qgis.core import QgsFeedback
from rasterio.errors import NotGeoreferencedWarning

from ...inference.errors import InputError
from ...inference.network.machine import use
from ...inference.raster.window import Window
from ...inference.teaching.preview import classify
from ...inference.teaching.scene import PREVIEW_SIDE, Scene
from ...inference.teaching.teach import Taught, teach
from .. import settings
from ..provider_source import ProviderSource
from .picture import pictures
from .question import Answer, Question

IsCancelled = Callable[[], bool]


class Classroom:
    """One question at a time; what asks a map server gives up when `feedback` is cancelled."""

    def __init__(self, feedback: QgsFeedback) -> None:
        self._feedback, self._busy = feedback, threading.Lock()
        self._scene: Scene | None = None
        self._scene_key: tuple[object, ...] = ()
        self._taught: Taught | None = None
        self._question: Question | None = None

    def answer(self, question: Question, cancelled: IsCancelled) -> Answer:
        """The view classified by what the lesson teaches; raises GeoSiftError."""
        with self._busy:
            scene = self._scene_of(question)
            answer = Answer(question, metres=scene.frame.pixel_size_m())
            window, is_part = _window(scene, question)
            answer = replace(answer, is_part=is_part, is_beside=window is None)
            hint = question.lesson.why_not()
            if hint:
                if window is not None:
                    scene.encode(window, cancelled=cancelled)
                return replace(answer, hint=hint)
            taught = self._taught_by(scene, question, cancelled)
            answer = replace(answer, taught=taught)
            if window is None:
                return answer
            preview = classify(scene, taught, window, cancelled=cancelled)
            classes, help_image = pictures(preview, question.lesson.classes, question.screen)
            return replace(answer, classes=classes, help=help_image)

    def scene(self, question: Question) -> tuple[Scene, Taught]:
        """What a question was answered with; raises InputError where it can be none."""
        with self._busy:
            if question.lesson.why_not():
                raise InputError(question.lesson.why_not())
            scene = self._scene_of(question)
            return scene, self._taught_by(scene, question, lambda: False)

    def forget(self) -> None:
        """Let go of the raster and of what was learnt."""
        with self._busy:
            if self._scene is not None:
                self._scene.close()
            self._scene, self._taught, self._question = None, None, None
            self._scene_key = ()

    def _scene_of(self, question: Question) -> Scene:
        if self._scene is None or self._scene_key != question.scene_key:
            if self._scene is not None:
                self._scene.close()
            self._scene = self._taught = None
            self._scene = _opened(question, self._feedback)
            self._scene_key = question.scene_key
        return self._scene

    def _taught_by(self, scene: Scene, question: Question, cancelled: IsCancelled) -> Taught:
        before = self._question
        if self._taught is None or before is None or before.lesson_key != question.lesson_key:
            self._taught = teach([scene], question.lesson, before=self._taught, cancelled=cancelled)
            self._question = question
        return self._taught


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
