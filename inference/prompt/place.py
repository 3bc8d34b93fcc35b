# SPDX-License-Identifier: GPL-2.0-or-later
"""Prompts on the map, and where they lie on a raster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..raster.frame import Frame
from ..raster.source import RasterSource
from ..tiles.prepare import network_shape
from .prompts import Click, Prompt, PromptBox

_SQUARE = 1.1
"""Times longer than wide that a pixel may be."""
BOX, POINT, POINTS = "box", "point", "points"
"""What an object was pointed at with."""


@dataclass(frozen=True)
class MapPrompt:
    """One object pointed at, in the raster's coordinate system.

    `clicks` are (x, y, whether it lies on the object); `corners` (x, y) of what a box goes around,
    () for none. `values` are the user's own fields.
    """

    clicks: tuple[tuple[float, float, bool], ...] = ()
    corners: tuple[tuple[float, float], ...] = ()
    label: str = ""
    values: tuple[Any, ...] = ()

    @property
    def kind(self) -> str:
        if self.corners:
            return BOX
        return POINT if len(self.clicks) == 1 else POINTS


def base_shape(
    source: RasterSource, resolution: float | None, warn: Callable[[str], None]
) -> tuple[int, int]:
    """Rows and columns of level 0: the raster's own, made square where they are not on the ground.

    The network has seen things as they are; degrees far from the equator squeeze them.
    """
    size = source.frame.pixel_size_m()
    if resolution is None and size is not None and max(size) > _SQUARE * min(size):
        resolution = min(size)
    return network_shape(source, resolution, warn)


def base_frame(source: RasterSource, resolution: float | None) -> Frame:
    """The pixels prompts are told in: the raster's own, or such of `resolution` metres."""
    shape = base_shape(source, resolution, lambda text: None)  # the run itself tells
    return source.frame.resampled(*shape)


def placed(prompt: MapPrompt, frame: Frame) -> Prompt | None:
    """The same prompt in pixels of `frame`; None where it lies nowhere, or is no prompt at all.

    The box is upright on the raster and not on the map, so that it fits where a raster is turned.
    """
    clicks = _pixels([click[:2] for click in prompt.clicks], frame)
    corners = _pixels(prompt.corners, frame)
    if not (np.isfinite(clicks).all() and np.isfinite(corners).all()):
        return None
    box = None
    if len(corners):
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        if not (left < right and top < bottom):
            return None
        box = PromptBox(float(left), float(top), float(right), float(bottom))
    pointed = tuple(
        Click(float(x), float(y), positive) for (x, y), (*_, positive) in zip(clicks, prompt.clicks)
    )
    if box is None and not any(click.positive for click in pointed):
        return None
    return Prompt(pointed, box)


def _pixels(points: Any, frame: Frame) -> np.ndarray:
    """(n, 2) columns and rows of n places on the map."""
    xs, ys = np.asarray(points, float).reshape(-1, 2).T
    return np.stack(frame.to_pixel(xs, ys), axis=1)
