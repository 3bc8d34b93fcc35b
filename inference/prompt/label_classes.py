# SPDX-License-Identifier: GPL-2.0-or-later
"""From the words on outlines to classes of training data, each in a colour of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from colorsys import hsv_to_rgb
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
_LEAST, _SPREAD = 0.55, 0.4
"""Of saturation and value of other colours: none is grey, none made of 0 and 255."""


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
    """A clear colour made of the word, and of how often one of it was taken."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{word}{attempt or ''}".encode()).digest()
        hue = int.from_bytes(digest[:2], "big") / 2**16
        saturation, value = (_LEAST + _SPREAD * byte / 255 for byte in digest[2:4])
        red, green, blue = (round(255 * x) for x in hsv_to_rgb(hue, saturation, value))
        if (red, green, blue) not in taken:
            return red, green, blue
        attempt += 1
