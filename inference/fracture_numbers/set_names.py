# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets that people name: numbers to count by, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence

NO_SET = "no set"
_MOST_DIGITS = 9
"""What is longer is the name of something."""


def numbered(told: Sequence[str]) -> tuple[list[int], tuple[str, ...]]:
    """The number of each line's set, 0 where none is told, and the names of sets 1, 2, ...

    Sets that are told by number keep it and have no names; the others come by the alphabet.
    """
    if all(each.isdecimal() and len(each) <= _MOST_DIGITS for each in told if each):
        return [int(each or 0) for each in told], ()
    names = sorted(set(filter(None, told)))
    places = {name: place for place, name in enumerate(names, 1)}
    return [places.get(each, 0) for each in told], tuple(names)


def set_name(number: int, names: Sequence[str]) -> str:
    """What a set is called: by its name, else "set 3"; "no set" for 0."""
    if not number:
        return NO_SET
    return names[number - 1] if names else f"set {number}"
