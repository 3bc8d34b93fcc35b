# SPDX-License-Identifier: GPL-2.0-or-later
"""Which stretches of a joint can be seen in the finished picture: only those are truth.

Along the course the picture is compared with itself a few pixels aside: a joint shows where its
centre, or the step from its left to its right, stands out from what the rock's own texture does
at the same scale. A geologist draws on through short gaps, and so does the truth.
"""

from __future__ import annotations

import cv2
import numpy as np

from .nearest import ways_of

REACH = 32  # places to either side that are looked at
RUN = 31  # points of the course averaged, as the eye does
SHORTEST = 71  # points of a stretch worth a line
FAINT = 0.6  # of what shows plainly
GAP = 61  # points of a gap that the eye bridges; odd, so that closing moves no end


def seen(picture: np.ndarray, points: np.ndarray, half: np.ndarray) -> np.ndarray:
    """Return bool (n,): where the course (n, 2), `half` wide, shows in a picture (h, w, 3) RGB."""
    way = ways_of(points)
    usual = float(np.quantile(half, 0.7))
    step = max(usual / 4.0, 1.0)  # a wide joint is looked at from further away
    aside = step * np.arange(-REACH, REACH + 1, dtype=np.float32)
    x = (points[:, :1] - way[:, 1:] * aside).astype(np.float32)
    y = (points[:, 1:] + way[:, :1] * aside).astype(np.float32)
    colours = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    colours = colours.astype(np.float32)
    reach = max(round(usual / step), 1)
    plain = _plain(colours.mean(axis=2), reach)
    tint = _plain(0.7 * (colours[..., 0] - colours[..., 2]), reach)  # rust on grey of its lightness
    return _drawn(np.maximum(plain, tint))


def _plain(across: np.ndarray, reach: int) -> np.ndarray:
    """Return (n,) how plainly a course shows in values (n, offsets) across it, 1 at the limit."""
    grain = float(np.median(across.std(axis=1)))  # what the eye has to see through
    across = cv2.blur(across, (1, RUN))
    ridge = _stands_out(_contrast(across, reach), reach, grain)
    return np.maximum(ridge, _stands_out(np.abs(_edge(across, 2 + reach)), reach, grain))


def _contrast(across: np.ndarray, reach: int) -> np.ndarray:
    """Return how much each place differs from both its sides."""
    core = cv2.blur(across, (2 * reach + 1, 1))
    left, right = (np.roll(core, shift, axis=1) for shift in (2 * reach + 2, -2 * reach - 2))
    return np.maximum(np.minimum(left, right) - core, core - np.maximum(left, right))


def _edge(across: np.ndarray, reach: int) -> np.ndarray:
    core = cv2.blur(across, (reach, 1))
    return np.roll(core, reach, axis=1) - np.roll(core, -reach, axis=1)


def _stands_out(response: np.ndarray, reach: int, grain: float) -> np.ndarray:
    """Return the response on the course over what makes it plain, 1 at the limit."""
    here = response[:, REACH - 2 : REACH + 3].max(axis=1)
    own = 3 * reach + 4
    aside = np.concatenate([response[:, 4 : REACH - own], response[:, REACH + own : -4]], axis=1)
    usual = 1.5 * np.median(np.abs(aside)) if aside.size else 0.0
    return here / (2.3 * usual + 4.0 + 0.12 * grain)


def _drawn(plain: np.ndarray) -> np.ndarray:
    """Return the stretches a hand would draw: on from plain parts through faint ones and gaps."""
    wide = np.pad((plain > FAINT).astype(np.uint8), GAP)[:, None]
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((GAP, 1), np.uint8))
    closed = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((SHORTEST, 1), np.uint8))
    drawn = closed[GAP:-GAP, 0] > 0
    edges = np.flatnonzero(np.diff(np.concatenate([[0], drawn.astype(np.int8), [0]])))
    for first, last in edges.reshape(-1, 2):
        if np.mean(plain[first:last] > 1.0) < 0.4:
            drawn[first:last] = False
    return drawn
