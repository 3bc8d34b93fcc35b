# SPDX-License-Identifier: GPL-2.0-or-later
"""A prompt as the decoder sees it: planes on the cells of its window."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .prompts import Click, Prompt, PromptBox

SIDE = 256
"""Side of the square a decoder looks at, in pixels of the level it looks from."""
STRIDE = 4
"""Pixels per cell of the features and of the planes."""
LOGIT_STRIDE = 2
"""Pixels per cell of the answer."""
CELLS = SIDE // STRIDE
LOGIT_CELLS = SIDE // LOGIT_STRIDE
PLANES = 4
"""Clicks on the object, clicks beside it, the box, the mask answered before."""
_SPREAD = 1.5
"""Standard deviation of a click's spot, in cells: a finger is no needle."""

Planes = NDArray[np.float32]


def planes(prompt: Prompt, before: NDArray[np.float32] | None = None) -> Planes:
    """(PLANES, CELLS, CELLS) of a prompt in pixels of the window; everything within 0..1.

    `before` is the probability (LOGIT_CELLS, LOGIT_CELLS) of the mask that the user corrects.
    """
    out = np.zeros((PLANES, CELLS, CELLS), np.float32)
    out[0] = spots(click for click in prompt.clicks if click.positive)
    out[1] = spots(click for click in prompt.clicks if not click.positive)
    if prompt.box is not None:
        out[2] = coverage(prompt.box)
    if before is not None:
        fold = STRIDE // LOGIT_STRIDE
        out[3] = before.reshape(CELLS, fold, CELLS, fold).mean(axis=(1, 3))
    return out


def spots(clicks: Iterable[Click]) -> NDArray[np.float32]:
    """(CELLS, CELLS): 1 at a click, falling off around it; the highest where spots overlap."""
    centres = (np.arange(CELLS, dtype=np.float32) + 0.5) * STRIDE
    plane = np.zeros((CELLS, CELLS), np.float32)
    for click in clicks:
        across = np.exp(-(((centres - click.x) / (STRIDE * _SPREAD)) ** 2) / 2)
        down = np.exp(-(((centres - click.y) / (STRIDE * _SPREAD)) ** 2) / 2)
        np.maximum(plane, down[:, None] * across[None, :], out=plane)
    return plane


def coverage(box: PromptBox) -> NDArray[np.float32]:
    """(CELLS, CELLS): the share of each cell that lies in the box."""
    edges = np.arange(CELLS + 1, dtype=np.float32) * STRIDE
    across = np.diff(np.clip(edges, box.left, box.right)) / STRIDE
    down = np.diff(np.clip(edges, box.top, box.bottom)) / STRIDE
    return np.asarray(down[:, None] * across[None, :], np.float32)
