# SPDX-License-Identifier: GPL-2.0-or-later
"""Tools that have learnt nothing, each made as good as it can be on the very pictures measured.

Parameters and threshold of Frangi, Sato, Meijering and Canny are chosen for the highest F1, and
again for the highest average precision, on the pictures they are then measured on: the comparison
favours them, the network is tuned on none of these. All masks count as they are, as the network's
do; of each tool the thinned lines (skeletons) are measured as well, and the better of both is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from .curve import Curve, Tally
from .edges import EdgeTool
from .faces import Face
from .ridges import RidgeTool, require_skimage

MOST = 24
"""Pictures that tools are tuned and measured on; of more, as many at even distances."""
_THIN_STEP = 4
"""Every so many thresholds are tried with thinned lines, which takes time."""


class Tool(Protocol):
    """A way to say of every pixel at how many thresholds, from 0 on, it is a line."""

    name: str

    def settings(self) -> Iterator[Any]: ...
    def prepare(self, pictures: Sequence[NDArray[np.float32]]) -> list[Any]: ...
    def levels(self, prepared: Sequence[Any], setting: Any) -> list[NDArray[np.uint8]]: ...


TOOLS: tuple[Tool, ...] = (
    RidgeTool("frangi"), RidgeTool("sato"), RidgeTool("meijering"), EdgeTool()
)  # fmt: skip


@dataclass(frozen=True)
class Tuned:
    """A tool at its best: `f1` with its setting and threshold, `masks` of the `pictures` there,
    `average_precision` with the setting of its own, and the curve of that.
    """

    name: str
    f1: float
    f1_setting: str
    masks: tuple[NDArray[np.bool_], ...]
    pictures: tuple[str, ...]
    average_precision: float
    precision_setting: str
    curve: Curve


@dataclass(frozen=True)
class _Tried:
    """What one setting gives: a curve, and the masks (H, W) of all pictures by level."""

    words: str
    curve: Curve
    masks: Callable[[int], list[NDArray[np.bool_]]]


def tuned(tool: Tool, faces: Sequence[Face], *, tolerance: int) -> Tuned:
    """The tool with the settings that are best on these pictures."""
    prepared = tool.prepare([_grey(face.image) for face in faces])
    best_f1 = best_area = None
    for setting in tool.settings():
        tried = _try(tool.levels(prepared, setting), faces, str(setting), tolerance)
        best_f1, best_area = _better(best_f1, best_area, tried)
        del tried
    for setting in dict.fromkeys((best_f1.words, best_area.words)):
        again = next(each for each in tool.settings() if str(each) == setting)
        thin = _try_thinned(tool.levels(prepared, again), faces, setting, tolerance)
        best_f1, best_area = _better(best_f1, best_area, thin)
    level = best_f1.curve.best()
    return Tuned(
        name=tool.name,
        f1=float(best_f1.curve.f1()[level]),
        f1_setting=best_f1.words,
        masks=tuple(best_f1.masks(level)),
        pictures=tuple(face.name for face in faces),
        average_precision=best_area.curve.average_precision(),
        precision_setting=best_area.words,
        curve=best_area.curve,
    )


def _better(f1: _Tried | None, area: _Tried | None, new: _Tried) -> tuple[_Tried, _Tried]:
    """Whichever is best so far, by F1 and by average precision."""
    if f1 is None or new.curve.f1().max() > f1.curve.f1().max():
        f1 = new
    if area is None or new.curve.average_precision() > area.curve.average_precision():
        area = new
    return f1, area


def _try(
    levels: list[NDArray[np.uint8]], faces: Sequence[Face], words: str, tolerance: int
) -> _Tried:
    tallies = [
        Tally.of(plane, face.truth, tolerance=tolerance) for plane, face in zip(levels, faces)
    ]
    curve = sum(tallies[1:], tallies[0]).curve()
    return _Tried(words, curve, lambda level: [plane >= level for plane in levels])


def _try_thinned(
    levels: list[NDArray[np.uint8]], faces: Sequence[Face], words: str, tolerance: int
) -> _Tried:
    """The same with every mask thinned to lines of one pixel; threshold 0 answers every pixel."""
    thin = require_skimage().morphology.skeletonize
    count = max(int(plane.max()) for plane in levels) + 1
    precision, recall = np.zeros(count), np.zeros(count)

    def masks(level: int) -> list[NDArray[np.bool_]]:
        return [thin(plane >= level) for plane in levels]

    for level in range(1, count, _THIN_STEP):
        tallies = [
            Tally.of(mask.astype(np.uint8), face.truth, tolerance=tolerance, count=2)
            for mask, face in zip(masks(level), faces)
        ]
        curve = sum(tallies[1:], tallies[0]).curve()
        precision[level], recall[level] = curve.precision[1], curve.recall[1]
    kept = [0, *range(1, count, _THIN_STEP)]
    precision[0], recall[0] = _everything(faces, tolerance), 1.0
    recall = np.maximum.accumulate(recall[kept][::-1])[::-1]
    curve = Curve(precision[kept], recall)
    return _Tried(f"{words}, thinned", curve, lambda place: masks(kept[place]))


def _everything(faces: Sequence[Face], tolerance: int) -> float:
    """The precision of who answers every pixel."""
    tallies = [
        Tally.of(np.ones_like(face.truth), face.truth, tolerance=tolerance, count=2)
        for face in faces
    ]
    return float(sum(tallies[1:], tallies[0]).curve().precision[1])


def _grey(image: np.ndarray) -> NDArray[np.float32]:
    """Lightness 0..1 (H, W)."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
