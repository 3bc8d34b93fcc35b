# SPDX-License-Identifier: GPL-2.0-or-later
"""A part of a raster as a head tells it: classes, confidence, and where a label helps most."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..cards.card import NODATA_CLASS
from ..errors import InputError
from ..raster.frame import Frame
from ..raster.window import Window
from ..tiles.decide import Axis, Plane, Rule, ScoreRows
from .scene import Block, Scene
from .teach import Taught

_RULE = Rule("logits")
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Preview:
    """Of a `window` of network pixels, (height, width) each, 255 where there is no value.

    `classes` are ids of the lesson; `confidence` is percent of the chosen class, `help` is 0..100:
    how much less likely the second class is not, 100 where two are as likely.
    """

    window: Window
    frame: Frame
    classes: Picture
    confidence: Picture
    help: Picture


def classify(
    scene: Scene,
    taught: Taught,
    window: Window,
    *,
    cancelled: Callable[[], bool] = lambda: False,
) -> Preview:
    """What the head says of a window of `scene.frame`; what is not encoded yet is.

    The part of the window that lies on the raster is answered.
    """
    window = window.intersection(scene.frame.window) or _nowhere(scene)
    blocks = scene.blocks_of(_seen(scene, window), cancelled).values()
    scores, corner = _scores(scene, taught, window, blocks)
    shape = window.height, window.width
    classes, confidence, doubt = (np.empty(shape, np.uint8) for _ in range(3))
    stride = scene.stride
    rows = Axis(1 / stride, window.row_off / stride - corner[0], scores.shape[1])
    cols = Axis(1 / stride, window.col_off / stride - corner[1], scores.shape[2])
    made = ScoreRows(rows, cols, height=shape[0], width=shape[1], channels=len(scores))
    for row, planes in made.feed(scores):
        part = slice(row, row + len(planes[0]))
        found, best = _RULE.decide(planes)
        classes[part] = taught.class_ids[found]
        confidence[part] = _RULE.percent(planes, best)
        doubt[part] = _doubt(planes, best)
    _without_value(blocks, window, (classes, confidence, doubt))
    return Preview(window, scene.frame.crop(window), classes, confidence, doubt)


def _seen(scene: Scene, window: Window) -> Window:
    """A window with the cells around it, which its rim is drawn from."""
    return window.padded(scene.stride).intersection(scene.frame.window) or window


def _scores(
    scene: Scene, taught: Taught, window: Window, blocks: Iterable[Block]
) -> tuple[NDArray[np.float32], tuple[int, int]]:
    """Logits (classes, rows, columns) of the cells around a window, and where they begin."""
    stride = scene.stride
    seen = _seen(scene, window)
    top, left = seen.row_off // stride, seen.col_off // stride
    bottom, right = -(-seen.row_end // stride), -(-seen.col_end // stride)
    scores = np.zeros((len(taught.classes), bottom - top, right - left), np.float32)
    around = Window(top, left, bottom - top, right - left)
    for block in blocks:
        planes = taught.head.planes(block.features)
        cells = Window(
            block.window.row_off // stride, block.window.col_off // stride, *planes.shape[1:]
        )
        common = cells.intersection(around)
        if common is not None:
            inside = (slice(None), *common.relative_to(cells).slices())
            scores[(slice(None), *common.relative_to(around).slices())] = planes[inside]
    return scores, (top, left)


def _doubt(planes: Sequence[Plane], best: Plane) -> Picture:
    """100 less the distance between the first and the second probability in percent."""
    total = np.zeros(best.shape, np.float32)
    first = np.full(best.shape, -np.inf, np.float32)
    second = first.copy()
    for plane in planes:
        total += cv2.exp(plane - best)
        second = cv2.max(second, cv2.min(plane, first))
        first = cv2.max(first, plane)
    apart = (1.0 - cv2.exp(second - best)) / total
    return np.rint(100.0 * (1.0 - apart)).astype(np.uint8)


def _without_value(blocks: Iterable[Block], window: Window, pictures: Sequence[Picture]) -> None:
    for block in blocks:
        common = block.window.intersection(window)
        if block.valid is None or common is None:
            continue
        there = common.relative_to(window).slices()
        gaps = ~block.valid[common.relative_to(block.window).slices()]
        for picture in pictures:
            picture[there][gaps] = NODATA_CLASS


def _nowhere(scene: Scene) -> Window:
    raise InputError(
        f"The window does not lie on {scene.view.source.name}; move the map to where it is."
    )
