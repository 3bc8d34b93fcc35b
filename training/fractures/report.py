# SPDX-License-Identifier: GPL-2.0-or-later
"""What the report of an evaluation shows: curves, every picture's figure, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluation import Line, Pages, Panel, Part, PictureRow, Swatch
from ..report_pictures import rgb, shrunk
from .answers import Answer
from .classical import Tuned
from .curve import Curve, Tally, within
from .faces import Face

_SIDE = 640
_RIGHT, _FOUND, _MISSED, _NOWHERE = "#1B4F72", "#7FB3D5", "#D6249F", "#E08E0B"
LEGEND = (
    Swatch(_RIGHT, "answered, rightly"),
    Swatch(_NOWHERE, "answered, but not marked"),
    Swatch(_FOUND, "marked and found"),
    Swatch(_MISSED, "marked, but missed"),
)
_COLORS = ("#C0392B", "#27AE60", "#8E44AD", "#7F8C8D", "#B8860B")


@dataclass(frozen=True)
class Measured:
    """One picture, what the network says of it, and its tallies: by percent, and as decided."""

    face: Face
    answer: Answer
    every: Tally
    decided: Tally
    f1: float


def pages(
    measured: Sequence[Measured], curve: Curve, tools: Sequence[Tuned], *, tolerance: int
) -> Pages:
    """The page without its figures."""
    best = max(tools, key=lambda tool: tool.f1)
    return Pages(
        truths=(),
        answers=(),
        truth_colors=(),
        matrix=np.zeros((0, 0), np.int64),
        per_class={},
        reliability=None,
        parts=tuple(Part(one.face.name, one.f1, one.face.truth.size) for one in measured),
        part_figure="F1",
        examples=tuple(_row(one, best, tolerance) for one in _chosen(measured)),
        legend=LEGEND,
        shown=(),
        curves=(_line("The network", curve, "#2E86C1"), *_tool_lines(tools)),
    )


def _tool_lines(tools: Sequence[Tuned]) -> list[Line]:
    return [_line(tool.name.capitalize(), tool.curve, color) for tool, color in zip(tools, _COLORS)]


def _line(name: str, curve: Curve, color: str) -> Line:
    return Line(
        name, color, tuple(curve.recall.tolist()), tuple(curve.precision.tolist()),
        f"average precision {curve.average_precision():.3f}",
    )  # fmt: skip


def _chosen(measured: Sequence[Measured]) -> list[Measured]:
    """Best, median and worst picture, each once."""
    order = sorted(measured, key=lambda one: one.f1, reverse=True)
    return [order[place] for place in sorted({0, len(order) // 2, len(order) - 1})]


def _row(one: Measured, tool: Tuned, tolerance: int) -> PictureRow:
    image = one.face.image
    percent = np.repeat(np.uint8(one.answer.percent * 2.55)[..., None], 3, axis=2)
    panels = [
        Panel("Image", shrunk(image, _SIDE), is_photograph=True),
        Panel("Probability of a fracture", shrunk(percent, _SIDE), is_photograph=True),
        Panel("Answer of the network", _compared(one.face, one.answer.fractures, tolerance)),
    ]
    if one.face.name in tool.pictures:
        mask = tool.masks[tool.pictures.index(one.face.name)]
        panels.append(
            Panel(f"The best classical tool, {tool.name}", _compared(one.face, mask, tolerance))
        )
    return PictureRow(one.face.name, f"F1 {one.f1:.3f}", tuple(panels))


def _compared(face: Face, mask: np.ndarray, tolerance: int) -> np.ndarray:
    """The grey picture with what is answered and what is marked, as both are counted."""
    grey = face.image.mean(axis=2, keepdims=True)
    painted = np.repeat(255 - 0.5 * (255 - grey), 3, axis=2).astype(np.uint8)
    true = face.truth > 0
    painted[true & within(mask, tolerance)] = rgb(_FOUND)
    painted[true & ~within(mask, tolerance)] = rgb(_MISSED)
    painted[mask & ~within(true, tolerance)] = rgb(_NOWHERE)
    painted[mask & within(true, tolerance)] = rgb(_RIGHT)
    return shrunk(painted, _SIDE)
