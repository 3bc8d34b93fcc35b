# SPDX-License-Identifier: GPL-2.0-or-later
"""From reflectance to the picture a network was trained on.

Sentinel-2 tells reflectance as whole numbers, 10,000 for all light; its products since January 2022
(baseline 04.00) hold 1,000 more in every band, so that dark noise does not fall below 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.source import RasterSource
from .prepare import Stretch, sample

_WHOLE = 10_000.0
_FLOOR = 0.75, 1.5
"""Of the offset: with it hardly a value lies below the first; where the darkest lie between the
two, it is there."""
_LARGEST_SHARE = 2.0
"""Reflectance told as a share of 1 is hardly ever more, also in sunlit snow and cloud."""


def stretch_for(
    source: RasterSource,
    card: ModelCard,
    *,
    offset: float | None = None,
    message: Callable[[str], None] = lambda text: None,
) -> Stretch:
    """How a raster's numbers become 0..255: as they are, by the card's reflectance, or percentiles.

    `offset` is what reflectance x 10,000 holds too much in every band; None finds out by which of
    none and the card's brings the raster nearer to the card's statistics, and tells.
    """
    if card.reflectance is None or not _may_be_reflectance(source.dtype):
        return Stretch.for_source(source)
    bands = sample(source)
    if _is_drawn(source.dtype, bands):
        return Stretch((0.0,) * len(bands), (255.0,) * len(bands))
    unit = _unit(source.dtype, bands)
    if offset is None:
        offset = _nearest_offset(bands, card, unit)
        if offset:
            message(
                f"{source.name} holds {offset:.0f} more in every band than reflectance, as "
                f"Sentinel-2 products since 2022 do: {offset:.0f} was taken off; give an offset "
                "of 0 where that is wrong."
            )
    return _stretch(card, offset, unit)


def _may_be_reflectance(dtype: np.dtype[np.generic]) -> bool:
    return dtype.kind == "f" or (dtype.kind in "iu" and dtype.itemsize in (2, 4))


def _is_drawn(dtype: np.dtype[np.generic], bands: Sequence[NDArray[np.float64]]) -> bool:
    """Whether numbers of 32 bits or more are a picture's 0..255 already: shares end at 2, and
    reflectance x 10,000 hardly ever stays below 255 in every band."""
    high = max(float(np.percentile(values, 98)) for values in bands)
    return dtype.itemsize >= 4 and _LARGEST_SHARE < high <= 255.0


def _unit(dtype: np.dtype[np.generic], bands: Sequence[NDArray[np.float64]]) -> float:
    """What reflectance x 10,000 is multiplied by to be the raster's own numbers."""
    high = max(float(np.percentile(values, 98)) for values in bands)
    return 1 / _WHOLE if dtype.kind == "f" and high <= _LARGEST_SHARE else 1.0


def _stretch(card: ModelCard, offset: float, unit: float) -> Stretch:
    low, high = card.reflectance.low, card.reflectance.high
    return Stretch(
        tuple((value + offset) * unit for value in low),
        tuple((value + offset) * unit for value in high),
    )


def _nearest_offset(bands: Sequence[NDArray[np.float64]], card: ModelCard, unit: float) -> float:
    """Nothing or the card's offset: by the darkest values where they settle it, else by whichever
    makes the bands' means more like the card's.
    """
    offset, known = card.reflectance.offset, card.band_statistics
    if not known or not offset:
        return 0.0
    # Sentinel-2 marks what it did not see by 0, mostly without saying so in the file.
    bands = [values[values > 0] if (values > 0).any() else values for values in bands]
    darkest = min(float(np.percentile(values, 1)) for values in bands) / unit
    if darkest < _FLOOR[0] * offset:
        return 0.0
    if darkest < _FLOOR[1] * offset:
        return offset

    def distance(off: float) -> float:
        stretch = _stretch(card, off, unit)
        means = [
            np.clip((values - low) * 255 / (high - low), 0, 255).mean()
            for values, low, high in zip(bands, stretch.low, stretch.high)
        ]
        return sum(((mean - at) / max(std, 1e-6)) ** 2 for mean, (at, std) in zip(means, known))

    return min((0.0, offset), key=distance)
