# SPDX-License-Identifier: GPL-2.0-or-later
"""From the words on outlines to classes of training data, each in a colour of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from .lexicon import fold, lexicon

Rgb = tuple[int, int, int]

LAND_COVER: dict[str, Rgb] = {
    "Building": (0x3C, 0x10, 0x98),
    "Land": (0x84, 0x29, 0xF6),
    "Road": (0x6E, 0xC1, 0xE4),
    "Vegetation": (0xFE, 0xDD, 0x3A),
    "Water": (0xE2, 0xA9, 0x29),
}
"""What masks of land cover are painted in, by the names of its classes."""
UNLABELLED: Rgb = (0x9B, 0x9B, 0x9B)
_DARKEST, _SHADES = 40, 160
"""Other colours lie between: so none is black, and none looks like a mask of 0 and 255."""


@dataclass(frozen=True)
class LabelClass:
    """What masks call one kind of thing, and the red, green and blue they paint it in."""

    name: str
    rgb: Rgb

    @property
    def color(self) -> str:
        return "#{:02X}{:02X}{:02X}".format(*self.rgb)


def classes_of(labels: Iterable[str]) -> dict[str, LabelClass]:
    """The class of each label: land cover by what the word means, all others by the word itself.

    Spellings that differ in case, accents or hyphens alone are one class, called as the first of
    them. The colour of a class depends on its word alone, so that folders made at different times
    agree; only where two words fall on one colour, the later gets the next one.
    """
    known = {lexicon().concept(name) or fold(name): name for name in LAND_COVER}
    found: dict[str, LabelClass] = {}
    taken = {UNLABELLED, *LAND_COVER.values()}
    answer = {}
    for label in labels:
        key = lexicon().concept(label) if lexicon().concept(label) in known else fold(label)
        if key not in found:
            name = known.get(key)
            rgb = LAND_COVER[name] if name else _free_color(key, taken)
            found[key] = LabelClass(name or label.strip(), rgb)
            taken.add(rgb)
        answer[label] = found[key]
    return answer


def _free_color(word: str, taken: set[Rgb]) -> Rgb:
    """A colour made of the word that no other class has."""
    digest = hashlib.sha256(word.encode()).digest()
    for start in range(len(digest) - 2):
        red, green, blue = (_DARKEST + byte % _SHADES for byte in digest[start : start + 3])
        if (red, green, blue) not in taken:
            return red, green, blue
    raise ValueError(f"every colour that can be made of '{word}' is taken")
