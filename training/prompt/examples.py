# SPDX-License-Identifier: GPL-2.0-or-later
"""Objects that a report shows: what was pointed at, and every answer as an outline."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ...inference.prompt.prompts import Prompt
from ...inference.raster.window import Window
from ..evaluation import Panel, PictureRow, Swatch
from ..report_pictures import rgb
from .classical import Picture
from .figures import Measured
from .trial import Answer, Trial, after

TRUTH, ANSWER, BOX, ON, BESIDE = "#FFD21F", "#00E5FF", "#FFFFFF", "#2BE03C", "#FF3B30"
LEGEND = (
    Swatch(TRUTH, "as labelled"),
    Swatch(ANSWER, "answer"),
    Swatch(BOX, "box drawn"),
    Swatch(ON, "click on the object"),
    Swatch(BESIDE, "click beside it"),
)
_AROUND = 0.35
"""What is shown around an object, as a share of its longer side."""
_LEAST_AROUND = 16
_SIDE = 420
"""Pixels along the longer side of a panel."""


def chosen(measured: Sequence[Measured]) -> list[tuple[str, Measured]]:
    """The best, the median and the worst of one class, each at most once, with a title."""
    order = sorted(measured, key=lambda one: one.rank, reverse=True)
    places = {0: "best"}
    if len(order) > 2:
        places[len(order) // 2] = "median"
    if len(order) > 1:
        places[len(order) - 1] = "worst"
    return [
        (f"{order[place].instance.name}: {word}", order[place]) for place, word in places.items()
    ]


def example_row(title: str, trial: Trial) -> PictureRow:
    """The object as labelled, then what came from a box, from clicks, and without a network."""
    instance = trial.instance
    crop = _crop(trial)
    seen = trial.picture[crop.slices()]
    by_click = [(count, after(trial.clicked, count)) for count in (1, 5)]
    panels = [
        _panel("Labelled", seen, crop, truth=trial.truth),
        _panel(_words("Box", trial.boxed), seen, crop, answer=trial.boxed),
        *(
            _panel(_words(f"{count} click{'s' * (count > 1)}", answer), seen, crop, answer=answer)
            for count, answer in by_click
        ),
        _panel(
            _words("GrabCut from the box", trial.by_box["grabcut_box_iou"]), seen, crop,
            answer=trial.by_box["grabcut_box_iou"],
        ),
        _panel(
            _words("Magic wand, 5 clicks", after(trial.wanded, 5)), seen, crop,
            answer=after(trial.wanded, 5),
        ),
    ]  # fmt: skip
    words = (
        f"{instance.image.name}, {instance.window.width:,} × {instance.window.height:,} pixels "
        f"from row {instance.window.row_off:,}, column {instance.window.col_off:,}; "
        f"{trial.figures['clicks_to_80']:.0f} clicks to 0.8"
    )
    return PictureRow(title, words, tuple(panels))


def _crop(trial: Trial) -> Window:
    """The object and what is around it, counted from `within`."""
    box = trial.instance.window.relative_to(trial.instance.within)
    around = max(_LEAST_AROUND, round(_AROUND * max(box.height, box.width)))
    whole = Window(0, 0, *trial.truth.shape)
    return box.padded(around).intersection(whole) or whole


def _words(what: str, answer: Answer) -> str:
    said = "" if answer.said is None else f", {answer.said:.2f} expected"
    return f"{what}: {answer.iou:.2f}{said}"


def _panel(
    caption: str, seen: Picture, crop: Window, *,
    truth: np.ndarray | None = None, answer: Answer | None = None,
) -> Panel:  # fmt: skip
    """The crop enlarged to whole pixels on screen, with outlines and prompt drawn over it."""
    factor = _SIDE / max(crop.height, crop.width)
    size = round(crop.width * factor), round(crop.height * factor)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    drawn = cv2.resize(np.ascontiguousarray(seen), size, interpolation=how)
    if truth is not None:
        _outline(drawn, truth[crop.slices()], TRUTH)
    if answer is not None:
        _outline(drawn, answer.mask[crop.slices()], ANSWER)
        _draw_prompt(drawn, answer.prompt.moved(crop.col_off, crop.row_off), factor)
    return Panel(caption, drawn, is_photograph=True)


def _outline(drawn: Picture, mask: np.ndarray, color: str) -> None:
    """Along the edge of the mask's pixels, dark beneath so that it shows on any ground."""
    height, width = drawn.shape[:2]
    large = cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(large, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(drawn, lines, -1, (0, 0, 0), 4)
    cv2.drawContours(drawn, lines, -1, rgb(color), 2)


def _draw_prompt(drawn: Picture, prompt: Prompt, factor: float) -> None:
    if prompt.box is not None:
        box = prompt.box
        corners = [(round(x * factor), round(y * factor)) for x, y in
                   ((box.left, box.top), (box.right, box.bottom))]  # fmt: skip
        cv2.rectangle(drawn, *corners, rgb(BOX), 1)
    for click in prompt.clicks:
        centre = round(click.x * factor), round(click.y * factor)
        cv2.circle(drawn, centre, 6, (0, 0, 0), -1, cv2.LINE_AA)
        cv2.circle(drawn, centre, 5, rgb(ON if click.positive else BESIDE), -1, cv2.LINE_AA)
