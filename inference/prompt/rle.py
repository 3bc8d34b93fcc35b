# SPDX-License-Identifier: GPL-2.0-or-later
"""Masks as text: COCO's compressed run lengths, as every tool for annotations reads them.

Runs of outside and inside pixels in turn, down the columns, beginning with outside. A run but the
first three is told as the difference to the one before the last; numbers are groups of five bits,
the lowest first, a sixth bit says that more follow, and 48 is added to make each a character.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.window import Window

_FIRST = 48
_BITS, _SIGN, _MORE = 0x1F, 0x10, 0x20
_PLAIN_RUNS = 3


def encode(mask: NDArray[np.bool_]) -> str:
    """A mask (height, width) as COCO's `counts`; its `size` is [height, width]."""
    height, width = mask.shape
    return encode_in(mask, Window(0, 0, height, width), height=height, width=width)


def encode_in(mask: NDArray[np.bool_], window: Window, *, height: int, width: int) -> str:
    """The same for a mask that covers `window` of (height, width), with nothing beyond it."""
    rows, columns = mask.shape
    padded = np.zeros((columns, rows + 2), np.int8)
    padded[:, 1:-1] = mask.T
    column, row = np.nonzero(np.diff(padded, axis=1))
    edges = (column + window.col_off).astype(np.int64) * height + row + window.row_off
    # What ends at the bottom of a column and goes on at the top of the next is one run.
    goes_on = np.flatnonzero(edges[1:-1:2] == edges[2::2]) * 2 + 1
    edges = np.delete(edges, np.concatenate([goes_on, goes_on + 1]))
    end = height * width
    runs = np.diff(edges, prepend=0, append=end)
    runs = runs[:-1] if len(edges) and edges[-1] == end else runs
    told = runs.copy()
    told[_PLAIN_RUNS:] -= runs[_PLAIN_RUNS - 2 : -2]
    return "".join(_text(int(number)) for number in told)


def decode(counts: str, *, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (height, width) of COCO's `counts`."""
    runs: list[int] = []
    for number in _numbers(counts):
        runs.append(number + runs[-2] if len(runs) >= _PLAIN_RUNS else number)
    if sum(runs) != height * width or min(runs, default=0) < 0:
        raise InputError(
            f"Run lengths of {height} x {width} pixels were expected, these are of {sum(runs)}; "
            "give the size that was told with them."
        )
    inside = np.arange(len(runs)) % 2 == 1
    return np.ascontiguousarray(np.repeat(inside, runs).reshape(width, height).T)


def _text(number: int) -> str:
    letters = []
    while True:
        bits = number & _BITS
        number >>= 5
        if number == (-1 if bits & _SIGN else 0):
            letters.append(chr(bits + _FIRST))
            return "".join(letters)
        letters.append(chr((bits | _MORE) + _FIRST))


def _numbers(counts: str) -> list[int]:
    found, number, shift = [], 0, 0
    for letter in counts:
        bits = ord(letter) - _FIRST
        if not 0 <= bits < 2 * _MORE:
            raise InputError(f"'{letter}' is not in run lengths as COCO writes them.")
        number |= (bits & _BITS) << shift
        shift += 5
        if not bits & _MORE:
            found.append(number - (1 << shift) if bits & _SIGN else number)
            number, shift = 0, 0
    if shift:
        raise InputError("The run lengths end in the middle of a number; give all of them.")
    return found
