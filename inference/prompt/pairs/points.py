# SPDX-License-Identifier: GPL-2.0-or-later
"""A prompt as points with labels, which is how SAM and its kin are asked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..prompts import Prompt

ON, BESIDE, FIRST_CORNER, LAST_CORNER, NOTHING = 1.0, 0.0, 2.0, 3.0, -1.0
"""Labels: on the object, beside it, the box's upper left and lower right corner, no point."""
_HALF = 0.5
"""They count from the centre of the upper left pixel and add it themselves, GeoSift counts from
that pixel's corner."""

Points = tuple[NDArray[np.float32], NDArray[np.float32]]


def points_of(prompt: Prompt, *, padded: bool) -> Points:
    """Coordinates (n, 2) and labels (n,) of a prompt in pixels of the picture.

    Clicks, then the corners of the box. Where it is `padded` and there is no box, a point that is
    none comes last: the prompt encoders of SAM 1 were trained with it.
    """
    points = [(click.x, click.y, ON if click.positive else BESIDE) for click in prompt.clicks]
    box = prompt.box
    if box is not None:
        points.append((box.left, box.top, FIRST_CORNER))
        points.append((box.right, box.bottom, LAST_CORNER))
    rows = np.array(points, np.float32)
    coords, labels = rows[:, :2] - _HALF, rows[:, 2]
    return _with_nothing(coords, labels, 1) if padded and box is None else (coords, labels)


def filled_up(points: Points, count: int) -> Points:
    """The same with points that are none, `count` in all; InputError where there are more."""
    coords, labels = points
    if len(labels) > count:
        raise InputError(
            f"This model takes {count} points at once (a box counts as two), {len(labels)} were "
            "given; point with fewer clicks."
        )
    return _with_nothing(coords, labels, count - len(labels))


def _with_nothing(coords: NDArray[np.float32], labels: NDArray[np.float32], count: int) -> Points:
    return (
        np.concatenate([coords, np.zeros((count, 2), np.float32)]),
        np.concatenate([labels, np.full(count, NOTHING, np.float32)]),
    )
