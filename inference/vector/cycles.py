# SPDX-License-Identifier: GPL-2.0-or-later
"""The cycles of a permutation, for millions of elements, without a loop over elements."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..runs.telling import Tell

_ODD = np.uint32(2654435761)


def cycles(
    following: NDArray[np.int32], tell: Tell = lambda done: None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """For every element, one element of its cycle (the same for all) and the steps from there.

    `following[i]` is the element after i. List ranking by contraction: elements less than both
    neighbours (by a number that looks random) stand for the elements up to the next such one;
    about a third is left each time, until every cycle is one element.
    """
    levels = []
    steps = np.ones(following.size, np.int32)
    count = max(following.size, 1)

    def tell_left(elements: float) -> None:
        tell(0.8 * (1.0 - elements / count))

    while True:
        heads, owner, offset, fewer, longer = _contract(following, steps, tell_left)
        if heads.size == following.size:
            break
        levels.append((heads, owner, offset))
        following, steps = fewer, longer
    head, position = np.arange(following.size, dtype=np.int32), np.zeros(following.size, np.int32)
    while levels:
        heads, owner, offset = levels.pop()
        tell(0.8 + 0.2 * heads.size / count)
        offset += np.take(position, owner)
        position = offset
        head = np.take(heads, np.take(head, owner))
    return head, position


def _contract(
    following: NDArray[np.int32], steps: NDArray[np.int32], tell_left: Callable[[float], None]
) -> tuple[NDArray[np.int32], ...]:
    """Chosen elements, for each element the chosen one before it (as a place in that list) and the
    steps from there, and for the chosen ones what follows them and in how many steps. `tell_left`
    is told how many elements are left, as it were.
    """
    tell_left(following.size)
    chosen = _chosen(following)
    heads = np.flatnonzero(chosen).astype(np.int32)
    owner, offset = np.empty_like(following), np.zeros_like(steps)
    owner[heads] = np.arange(heads.size, dtype=np.int32)
    fewer, longer = np.empty(heads.size, np.int32), np.empty(heads.size, np.int32)
    walker = np.arange(heads.size, dtype=np.int32)
    at, gone = np.take(following, heads), np.take(steps, heads)
    while walker.size:
        tell_left(heads.size + (following.size - heads.size) * walker.size / heads.size)
        arrived = np.take(chosen, at)
        fewer[walker[arrived]] = owner[at[arrived]]
        longer[walker[arrived]] = gone[arrived]
        on = ~arrived
        walker, at, gone = walker[on], at[on], gone[on]
        owner[at], offset[at] = walker, gone
        gone = gone + np.take(steps, at)
        at = np.take(following, at)
    return heads, owner, offset, fewer, longer


def _chosen(following: NDArray[np.int32]) -> NDArray[np.bool_]:
    """The elements less than both neighbours."""
    number = np.arange(following.size, dtype=np.uint32) * _ODD
    after = np.take(number, following)
    chosen = np.zeros(following.size, np.bool_)
    chosen[following] = number >= after
    chosen &= number <= after
    return chosen
