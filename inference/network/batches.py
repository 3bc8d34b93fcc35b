# SPDX-License-Identifier: GPL-2.0-or-later
"""Asking a network that takes so many tiles at a time, and no other number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ask = Callable[[NDArray[Any]], NDArray[Any]]


def in_batches(ask: Ask, images: NDArray[Any], count: int | None) -> NDArray[Any]:
    """What `ask` says of (n, ...) images, exactly `count` of them at a time (None: all at once).

    Law: the answer is that of each image alone. The last batch is filled up with its last image,
    of whose further answers nothing is kept.
    """
    if count is None or len(images) == count:
        return ask(images)
    parts = [ask(filled(images[at : at + count], count)) for at in range(0, len(images), count)]
    return np.concatenate(parts)[: len(images)]


def filled(images: NDArray[Any], count: int) -> NDArray[Any]:
    """Filled up to `count` images with the last one."""
    missing = count - len(images)
    if missing == 0:
        return images
    return np.concatenate([images, np.repeat(images[-1:], missing, axis=0)])
