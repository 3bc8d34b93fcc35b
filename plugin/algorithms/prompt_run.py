# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of prompts for QGIS: its job for the engine (worker thread)."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...inference.errors import InputError
from ...inference.prompt.class_map import ClassQuery
from ...inference.prompt.place import base_frame, placed
from ...inference.prompt.run import PlacedPrompt, PromptJob, run_prompts
from ...inference.prompt.shape import ShapeOptions
from ...inference.raster.frame import Frame
from ...inference.raster.source import FileSource, RasterSource
from ..i18n import tr, tr_count
from ..layers.layer_features import LayerFeatures
from ..layers.prompt_features import MapPrompts, PromptFields, prompts_of
from ..text_match import match_text
from . import common_parameters as common
from . import prompt_parameters as names
from .inputs import RasterInputs
from .network_run import NetworkRun


class PromptRun(NetworkRun):
    """Outlines of what is pointed at, or of what a word stands for."""

    engine = staticmethod(run_prompts)
    vector = common.OUTPUT

    def kinds(self, features: LayerFeatures | None, made: Collection[str]) -> dict[str, str]:
        return {common.OUTPUT: "outlines"}

    def counted(self, features: LayerFeatures | None) -> str:
        return tr("outlines")

    def told(self, result: Any) -> dict[str, Any]:
        seconds = {stage: round(spent, 3) for stage, spent in result.timings.items()}
        return {names.OBJECTS: result.objects, names.TIMINGS: json.dumps(seconds)}

    def outcome(self, result: Any, counted: str) -> Iterator[str]:
        yield tr("{0}: {1}").format(counted, f"{result.objects:,}")
        for stage, spent in result.timings.items():
            yield tr("{0}: {1} s").format(stage, f"{spent:.2f}")

    def job(
        self, inputs: RasterInputs, features: LayerFeatures | None, paths: Mapping[str, Path]
    ) -> PromptJob:
        source, resolution = self.source(inputs), self.number(common.RESOLUTION)
        frame = _frame(source, inputs, resolution)
        asked = self._text(frame) if features is None else self._prompts(features, frame)
        return PromptJob(
            source=source,
            card=inputs.card,
            output=paths[common.OUTPUT],
            bands=inputs.bands,
            extent=inputs.extent,
            resolution=resolution,
            threads=self.threads(),
            masks=int(self.preset(names.MASKS)),
            rle=self.flag(names.RLE),
            shape=self._shape(frame),
            **asked,
        )

    def _prompts(self, features: LayerFeatures, frame: Frame) -> dict[str, Any]:
        """What is pointed at, in pixels of `frame`."""
        wanted = (self.field(name) for name in names.FIELDS)
        found = prompts_of(features, PromptFields(*wanted))
        prompts = tuple(
            PlacedPrompt(prompt, label=each.label, values=each.values, kind=each.kind)
            for each in found.each
            for prompt in [placed(each, frame)]
            if prompt is not None
        )
        if not prompts:
            raise InputError(
                tr(
                    "No feature of PROMPTS ('{0}') points at anything: each needs a place and an "
                    "area, or a click on the object."
                ).format(features.name)
            )
        self._tell_left_out(found, len(prompts))
        return {"prompts": prompts, "prompt_fields": found.fields}

    def _tell_left_out(self, found: MapPrompts, kept: int) -> None:
        everything = len(found.each) + found.left_out
        if kept < everything:
            words = tr_count(
                "{0} of {1} features in PROMPTS has no place, no area or no click on an object; "
                "it is left out.",
                "{0} of {1} features in PROMPTS have no place, no area or no click on an object; "
                "they are left out.",
                everything - kept,
            )
            self.feedback.pushWarning(words.format(everything - kept, everything))

    def _text(self, frame: Frame) -> dict[str, Any]:
        """What the word stands for; the log tells how well."""
        match = match_text(self.text(names.TEXT), self.text(names.CLASS_MODEL))
        self.feedback.pushInfo(match.in_words())
        least = self.number(names.MIN_AREA)
        query = ClassQuery(
            match.card,
            match.info,
            least_percent=self.preset(names.PROBABILITY),
            **({} if least is None else {"least_area": least}),
        )
        return {"text": query}

    def _shape(self, frame: Frame) -> ShapeOptions:
        size = frame.pixel_size_m()
        per_pixel = 1.0 if size is None else size[0] * size[1]
        return ShapeOptions(
            simplify_px=self.preset(names.SIMPLIFY),
            smooth=int(self.preset(names.SMOOTH)),
            fill_holes_px=self.preset(names.FILL_HOLES) / per_pixel,
            least_area_px=(self.number(names.MIN_AREA) or 0.0) / per_pixel,
            orthogonal=self.flag(names.ORTHOGONAL),
            all_parts=self.flag(names.ALL_PARTS),
        )


def _frame(source: str | RasterSource, inputs: RasterInputs, resolution: float | None) -> Frame:
    """The pixels the engine takes prompts in."""
    if not isinstance(source, str):
        return base_frame(source, resolution)
    with FileSource(source, bands=inputs.bands, names=inputs.card.bands) as opened:
        return base_frame(opened, resolution)
