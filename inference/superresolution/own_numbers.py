# SPDX-License-Identifier: GPL-2.0-or-later
"""From what a network draws back to a raster's own numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import CardError
from ..raster.sink import Layout
from ..tiles.decide import Plane
from ..tiles.prepare import View

_BLANK = 0
"""The value of an 8-bit pixel without data; with data it is at least one more."""


@dataclass(frozen=True)
class OwnNumbers:
    """Undoes what was done to the raster's numbers before the network saw them.

    Band i of the picture is `scale[i]` times the network's plus `shift[i]`.
    """

    scale: tuple[float, ...]
    shift: tuple[float, ...]
    layout: Layout

    @classmethod
    def of(cls, view: View, channels: int, *, is_masked: bool) -> OwnNumbers:
        """For a network that draws so many bands of this view, everywhere or inside a mask."""
        card, stretch = view.card, view.stretch
        places = _places(card, channels)
        scale, shift = [], []
        for place in places:
            spread = (stretch.high[place] - stretch.low[place]) / 255.0
            scale.append(card.value_scale * card.std[place] * spread)
            shift.append(card.mean[place] * spread + stretch.low[place])
        is_byte = view.source.dtype == np.uint8
        blank = _BLANK if is_masked or view.source.may_have_gaps else None
        layout = Layout(
            bands=_names(card, channels),
            dtype="uint8" if is_byte else "float32",
            nodata=blank if is_byte else float("nan"),
            numbers=True,
        )
        return cls(tuple(scale), tuple(shift), layout)

    def pixels(self, planes: list[Plane]) -> NDArray[np.uint8] | NDArray[np.float32]:
        """(bands, height, width) in the raster's own numbers."""
        found = np.stack(
            [
                plane * np.float32(scale) + np.float32(shift)
                for plane, scale, shift in zip(planes, self.scale, self.shift)
            ]
        )
        if self.layout.dtype != "uint8":
            return found
        least = 0 if self.layout.nodata is None else _BLANK + 1
        return np.clip(np.rint(np.nan_to_num(found)), least, 255).astype(np.uint8)


def _places(card: ModelCard, channels: int) -> list[int]:
    """The band of the input whose numbers each drawn band has."""
    if channels == len(card.bands):
        return list(range(channels))
    if len({*zip(card.mean, card.std)}) == 1:
        return [0] * channels
    raise CardError(
        f"The network '{card.id}' draws {channels} bands of {len(card.bands)} that it sees scaled "
        "each in its own way, so nobody knows the numbers of those it draws; give input.mean and "
        "input.std the same value for every band."
    )


def _names(card: ModelCard, channels: int) -> tuple[str, ...]:
    if channels == len(card.bands):
        return card.bands
    return tuple(f"band {number}" for number in range(1, channels + 1))
