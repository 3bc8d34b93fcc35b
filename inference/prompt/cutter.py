# SPDX-License-Identifier: GPL-2.0-or-later
"""The verb: what the user points at, as the pixels of an object."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import partial

from ..errors import Cancelled, InputError
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.prepare import View
from .asking import (
    ALIKE,
    Guess,
    Request,
    around,
    ask,
    closer_looks,
    first_looks,
    ranked,
)
from .cutout import Cutout
from .embedding import Embedding, EmbeddingCache
from .eye import Eye
from .look import Look
from .many import Answer, answer_many
from .network import MASKS
from .promptable import Promptable
from .prompts import Prompt
from .refine import outlined
from .refusals import require_inside, require_value
from .view_windows import Needed, needed_in

_WORTH = 0.5
"""Share of the first one's expected IoU below which a mask is not offered."""

Asked = Callable[[], bool]


class Cutter:
    """Cuts objects out of one raster; asked from any thread.

    `view` is level 0: its pixels are those of prompts and masks.
    """

    def __init__(
        self,
        view: View,
        network: Promptable,
        cache: EmbeddingCache,
        *,
        levels: Sequence[int] | None = None,
        watch: Stopwatch | None = None,
        edition: Hashable = None,
    ) -> None:
        """`edition` tells rasters apart that are called the same: a file before and after it was
        written anew, two layers of map servers. `levels` take the place of the sight's.
        """
        self.watch = watch or Stopwatch()
        self.eye = Eye(view, network, cache, self.watch, edition=edition)
        self.levels = tuple(network.sight.levels if levels is None else levels)

    def encode_ahead(self, window: Window, cancelled: Asked = lambda: False) -> None:
        """Encode all that points within a window (base pixels) will need; Cancelled in between."""
        for each in self._needed(window):
            if cancelled():
                raise Cancelled("Cancelled; what was encoded is kept.")
            self.eye.see(each.level, each.part, each.block)

    def is_ready(self, window: Window) -> bool:
        """Whether points anywhere in a window are answered without encoding."""
        return all(self.eye.find(each.level, each.part) for each in self._needed(window))

    def cut(
        self,
        prompt: Prompt,
        *,
        before: Cutout | None = None,
        masks: int = MASKS,
        only_ready: bool = False,
        cancelled: Asked = lambda: False,
    ) -> tuple[Cutout, ...]:
        """What may be meant, the surest first, at most `masks`; () where nothing was found.

        `before` is the answer that the prompt corrects. With `only_ready` nothing is encoded or
        read: () where that were needed. InputError outside the raster and where it has no value;
        Cancelled between the looks at points.
        """
        require_inside(prompt, self.eye.pyramid)
        if prompt.box is not None:
            guesses = self._ask(prompt, None, only_ready=only_ready)
            if before is not None:
                corrected = self._ask(prompt, before, only_ready=only_ready)
                guesses = ranked((guesses, corrected), prompt)
        else:
            # All clicks asked afresh find more than a mask that was wrong, corrected; that one
            # comes second, for who had chosen it.
            fresh = self._ask(prompt, None, only_ready=only_ready)
            if cancelled():
                raise Cancelled("Cancelled; what was encoded is kept.")
            guesses = self._look_closer(prompt, fresh, only_ready=only_ready)
            if before is not None and masks > 1:
                guesses[1:1] = self._ask(prompt, before, only_ready=only_ready)[:1]
        return self.finish(prompt, guesses, masks=masks, only_ready=only_ready)

    def cut_many(
        self,
        prompts: Sequence[Prompt],
        *,
        masks: int = 1,
        workers: int = 1,
        cancelled: Asked = lambda: False,
    ) -> Iterator[tuple[int, Answer]]:
        """The number of each prompt and what `cut` says of it, or the InputError it raises.

        Not in order: prompts near each other share one encoding. `workers` threads are at work, as
        many as the network was loaded for; `cancelled` is asked from this one.
        """
        return answer_many(
            self.eye, prompts, levels=self.levels, finish=partial(self.finish, masks=masks),
            workers=workers, cancelled=cancelled,
        )  # fmt: skip

    def finish(
        self, prompt: Prompt, guesses: Sequence[Guess], *, masks: int, only_ready: bool = False
    ) -> tuple[Cutout, ...]:
        """Guesses as outlines at base pixels, in their order, without those that are alike."""
        picture_of = partial(self.eye.picture, only_ready=only_ready)
        found: list[Cutout] = []
        for guess in guesses:
            if len(found) == masks:
                break
            if guess.iou < _WORTH * guesses[0].iou or any(map(guess.resembles, found)):
                continue
            with self.watch.stage("outline"):
                outline = outlined(guess, prompt, self.eye.pyramid, picture_of)
            if outline is None:
                continue
            window, mask = outline
            cutout = Cutout(window, mask, guess.iou, guess.probability, guess.look)
            if all(cutout.iou(other) <= ALIKE for other in found):
                found.append(cutout)
        return tuple(found)

    def _ask(self, prompt: Prompt, before: Cutout | None, *, only_ready: bool) -> list[Guess]:
        """All guesses of the first looks, the surest first."""
        requests, features = [], []
        for first in first_looks(self.eye.pyramid, prompt, before, self.levels):
            look = self.eye.instead(first, around(prompt, prompt.box))
            found = self._seen(look, only_ready=only_ready)
            if found is None:
                continue
            require_value(prompt, look, found)
            carried = None if before is None else look.carried(before.probability, before.seen_in)
            requests.append(Request(prompt, look, carried))
            features.append(found.under(look.window))
        if not requests:
            return []
        with self.watch.stage("decode"):
            answers = ask(self.eye.network, requests, features)
        return sorted((guess for each in answers for guess in each), key=lambda each: -each.iou)

    def _look_closer(
        self, prompt: Prompt, guesses: Sequence[Guess], *, only_ready: bool
    ) -> list[Guess]:
        """The surest guess of each look, seen from where its object is best seen."""
        answers: list[Sequence[Guess]] = [] if self.eye.sight.slides else [guesses]
        requests, features = [], []
        for guess, request in closer_looks(self.eye.pyramid, prompt, guesses):
            found = self._seen(request.look, only_ready=only_ready)
            if found is None:
                answers.append((guess,))
            else:
                requests.append(request)
                features.append(found.under(request.look.window))
        if requests:
            with self.watch.stage("decode"):
                answers += ask(self.eye.network, requests, features)
        return ranked(answers, prompt)

    def _seen(self, look: Look, *, only_ready: bool) -> Embedding | None:
        """What the encoder says of a look; None where it would have to be asked and may not."""
        found = self.eye.find(look.level, look.window)
        if found is None and not only_ready:
            return self.eye.see(look.level, look.window)
        return found

    def _needed(self, window: Window) -> Iterator[Needed]:
        """What of each level looks at places in a window take."""
        pyramid = self.eye.pyramid
        common = window.intersection(Window(0, 0, pyramid.height, pyramid.width))
        if common is None:
            raise InputError("What is to be encoded lies outside the raster.")
        return needed_in(pyramid, common, self.levels)
