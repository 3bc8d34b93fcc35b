# SPDX-License-Identifier: GPL-2.0-or-later
"""The eight ways to lay a square picture down again: mirrorings and quarter turns.

Seen from above the ground has no upper side, so a network may be asked about an image in each of
them; the mean of its answers is surer than one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Symmetry:
    """Mirror left and right, or do not; then turn counter-clockwise by quarters, 0..3.

    Law: undo(apply(x)) = x.
    """

    mirrored: bool
    quarters: int

    def apply(self, image: NDArray[Any]) -> NDArray[Any]:
        """(..., height, width) laid down anew; odd quarters swap height and width."""
        laid = image[..., ::-1] if self.mirrored else image
        return np.rot90(laid, self.quarters, axes=(-2, -1))

    def undo(self, image: NDArray[Any]) -> NDArray[Any]:
        """The way back."""
        laid = np.rot90(image, -self.quarters, axes=(-2, -1))
        return laid[..., ::-1] if self.mirrored else laid


EIGHT = tuple(Symmetry(mirrored, quarters) for mirrored in (False, True) for quarters in range(4))
"""All there are; the first leaves everything as it is."""

BY_COUNT = {1: EIGHT[:1], 4: EIGHT[:4], 8: EIGHT}
"""What is asked of a network, by how much work it may be. Four are the turns: measured on land
cover, they gain more than the mirrorings that keep height and width do."""


def mean_answer(
    ask: Callable[[NDArray[Any]], NDArray[np.float32]],
    image: NDArray[Any],
    symmetries: tuple[Symmetry, ...],
) -> NDArray[np.float32]:
    """The mean of what `ask` says of (..., height, width) laid down in each of these ways.

    Law: over all eight, the answer to a turned or mirrored image is the answer, turned or mirrored.
    One copy at a time. What `ask` gives may be the network's own working memory, so no answer is
    held while the next is asked for.
    """

    def answer(each: Symmetry) -> NDArray[np.float32]:
        return each.undo(ask(np.ascontiguousarray(each.apply(image))))

    first, *others = symmetries
    if not others:
        return np.ascontiguousarray(answer(first))
    total = answer(first).copy()
    for each in others:
        total += answer(each)
    total *= np.float32(1.0 / len(symmetries))
    return total
