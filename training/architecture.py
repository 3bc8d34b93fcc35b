# SPDX-License-Identifier: GPL-2.0-or-later
"""The part of a recipe that says how wide the decoder of a U-Net is."""

from __future__ import annotations

from dataclasses import dataclass

from .rules import need


@dataclass(frozen=True)
class Architecture:
    """Decoder levels, deepest first: channels from below, from the encoder, after the 3x3."""

    decoder: tuple[tuple[int, int, int], ...]

    def __post_init__(self) -> None:
        fits = len(self.decoder) == 4 and all(
            len(level) == 3 and all(isinstance(n, int) and n > 0 for n in level)
            for level in self.decoder
        )
        need(fits, "architecture.decoder", self.decoder, "four levels of three channel counts")
