# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole run of prompts, files to files: the sibling of segmentation's and `run_classify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ..errors import Cancelled, InputError
from ..network.engine import engine_in_words
from ..network.memory import share_of
from ..raster.source import RasterSource
from ..raster.window import Window
from ..runs.outputs import Companion, Outputs
from ..runs.stopwatch import Stopwatch
from ..runs.whole_run import Asked, Message, Progress, do_whole_run, open_source
from ..tiles.plan import window_of_extent
from ..tiles.prepare import View
from ..tiles.reflectance import stretch_for
from .class_map import class_objects
from .class_object import ClassObject
from .cutout import Cutout
from .cutter import Cutter
from .embedding import EmbeddingCache
from .job import PlacedPrompt, PromptJob, PromptResult
from .network import MASKS
from .opening import load_promptable
from .outline_layer import TEXT, Found, OutlineLayer
from .place import base_shape
from .prompts import Prompt
from .text_prompts import text_objects

__all__ = ["PlacedPrompt", "PromptJob", "PromptResult", "run_prompts"]

_CACHE_BYTES = 192 << 20
_CLASS_SHARE = 0.6
"""Of the progress of a word, until it is known where its class is."""
_NOTHING = "Nothing was found there."
_TOO_SMALL = "What was found there is below the least area."
_BEYOND = "What is pointed at lies outside the raster or the extent; check its coordinate system."


def run_prompts(job: PromptJob, **calls: Any) -> PromptResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`."""
    return do_whole_run(partial(_Run.open, job), **calls)


@dataclass
class _Run:
    """A job with everything open that it needs."""

    job: PromptJob
    cutter: Cutter
    layer: OutlineLayer
    outputs: Outputs
    wanted: Window
    workers: int
    watch: Stopwatch
    warn: Message
    asked: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    """How many prompts have no outline, by the reason."""

    @classmethod
    def open(
        cls,
        job: PromptJob,
        companions: Sequence[Companion],
        stack: ExitStack,
        warn: Message,
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            source = open_source(job.source, job.card, job.bands, stack)
            view = _base(job, source, warn)
            frame = source.frame.resampled(view.height, view.width)
            wanted = frame.window if job.extent is None else window_of_extent(frame, job.extent)
            share = share_of(job.card, job.threads)
            network = load_promptable(
                job.card, callers=share.workers, threads_per_call=share.threads_per_call
            )
            outputs = Outputs.open(
                stack, job.card, frame, polygons=job.output, report=job.report,
                companions=companions,
            )  # fmt: skip
            layer = OutlineLayer(outputs.polygons.partial, job, frame, source.name, watch)
            stack.callback(layer.close)
        cutter = Cutter(view, network, EmbeddingCache(_CACHE_BYTES), watch=watch)
        return cls(job, cutter, layer, outputs, wanted, share.workers, watch, warn)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Ask the network and write the outlines; InputError where no prompt can be answered."""
        if self.job.text is None:
            self._cut_out(progress, cancelled)
        else:
            self._cut_out_class(progress, cancelled)
        self._tell_left_out()

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make the layer whole, under its temporary name."""
        with self.watch.stage("finish"):
            self.layer.finish()

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> PromptResult:
        return PromptResult(
            output=self.job.output,
            objects=self.layer.count,
            asked=self.asked,
            left_out=sum(self.left_out.values()),
            timings=timings,
            engine=engine_in_words(self.job.card, self.workers),
            warnings=told,
        )

    def page(self, result: PromptResult) -> str:
        """The same as JSON: what a page would show is in the layer."""
        return result.to_json()

    def _tell_left_out(self) -> None:
        """One warning for all that has no outline; InputError where all lack one for one reason."""
        for sentence, count in self.left_out.items():
            if count == self.asked and sentence not in (_NOTHING, _TOO_SMALL):
                raise InputError(sentence)
        if self.left_out:
            total = sum(self.left_out.values())
            reasons: Counter[str] = Counter()
            for sentence, count in self.left_out.items():
                reasons[_in_short(sentence)] += count
            told = ", ".join(f"{count:,} {reason}" for reason, count in reasons.items())
            self.warn(f"{total:,} of {self.asked:,} prompts have no outline: {told}.")

    def _cut_out(self, progress: Progress, cancelled: Asked) -> None:
        placed = self.job.prompts
        self.asked = len(placed)
        inside = [each for each in enumerate(placed) if _lies_in(each[1].prompt, self.wanted)]
        beyond = len(placed) - len(inside)
        if beyond:
            self.left_out[_BEYOND] = beyond
        answers = self.cutter.cut_many(
            [each.prompt for _, each in inside],
            masks=self.job.masks, workers=self.workers, cancelled=cancelled,
        )  # fmt: skip
        for done, (index, answer) in enumerate(answers, start=1):
            self._take(*inside[index], answer)
            progress(100.0 * done / len(inside))

    def _take(
        self, number: int, placed: PlacedPrompt, answer: Sequence[Cutout] | InputError
    ) -> None:
        """Write the outlines of a prompt, or count why there are none."""
        if isinstance(answer, InputError):
            self.left_out[str(answer)] += 1
            return
        written = [
            self.layer.add(
                Found(number + 1, placed.label, placed.kind, cutout, mask_number, placed.values)
            )
            for mask_number, cutout in enumerate(answer)
        ]
        if not any(written):
            self.left_out[_TOO_SMALL if written else _NOTHING] += 1

    def _cut_out_class(self, progress: Progress, cancelled: Asked) -> None:
        found = class_objects(
            self.cutter.eye.view, self.job.text, self.wanted, watch=self.watch,
            threads=self.job.threads, message=self.warn, cancelled=cancelled,
            progress=lambda done: progress(100.0 * _CLASS_SHARE * done),
        )  # fmt: skip
        self.asked = len(found)
        if not found:
            self.warn(f"No '{self.job.text.info.name}' was found there; the layer is empty.")
        rest = 100.0 * (1.0 - _CLASS_SHARE)
        each_region = self._told(found, progress, rest)
        objects = text_objects(each_region, partial(self._answers, cancelled=cancelled))
        for number, each in enumerate(objects, start=1):
            if cancelled():
                raise Cancelled("Cancelled; nothing was written.")
            region, more = each.region, (each.outline, each.region.percent)
            self.layer.add(Found(number, region.label, TEXT, each, more=more, rings=each.rings))

    def _told(
        self, found: Sequence[ClassObject], progress: Progress, rest: float
    ) -> Iterator[ClassObject]:
        """The same regions, telling on the way how many are behind."""
        for done, region in enumerate(found):
            progress(100.0 - rest + rest * done / len(found))
            yield region

    def _answers(
        self, prompts: Sequence[Prompt], *, cancelled: Asked
    ) -> Iterator[tuple[int, Sequence[Cutout]]]:
        answers = self.cutter.cut_many(
            prompts, masks=MASKS, workers=self.workers, cancelled=cancelled
        )
        return ((index, each) for index, each in answers if not isinstance(each, InputError))


def _in_short(sentence: str) -> str:
    """Why prompts have no outline, to be counted."""
    if sentence == _NOTHING:
        return "where nothing was found"
    if sentence == _TOO_SMALL:
        return "where what was found is below the least area"
    if "no value" in sentence:
        return "where the raster has no value (nodata, transparent or NaN)"
    return "outside the raster or the extent"


def _base(job: PromptJob, source: RasterSource, warn: Message) -> View:
    """The raster as level 0."""
    shape = base_shape(source, job.resolution, warn)
    return View(source, job.card, stretch_for(source, job.card, message=warn), *shape)


def _lies_in(prompt: Prompt, window: Window) -> bool:
    """Whether the box, or a click on the object, touches a window."""
    on_it = [
        window.col_off <= click.x < window.col_end and window.row_off <= click.y < window.row_end
        for click in prompt.clicks
        if click.positive
    ]
    box = prompt.box
    return any(on_it) or (
        box is not None
        and box.left < window.col_end
        and box.right > window.col_off
        and box.top < window.row_end
        and box.bottom > window.row_off
    )
