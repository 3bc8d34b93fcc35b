# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a raster looks like what a network was trained on, and by how much it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.frame import Frame
from .patch_features import patch_features

FAR_IN_SCALE = 2.0
"""Times coarser or finer than the card's resolution; beyond, the user is told."""
FAR_IN_COLOR = 2.0
"""Standard deviations between the mean of a band and that of the training data."""
FAR_IN_SHARE = 0.25
"""Of the tiles, beyond what all but one in a hundred of the training data keep to."""
_FEWEST = 3
"""Tiles that may be strange by chance are one or two."""
_WORDS = {
    "brightness": ("darker", "brighter"),
    "contrast": ("plainer", "richer in contrast"),
    "sharpness": ("more blurred", "sharper or noisier"),
    "saturation": ("paler", "more colourful"),
    "greenness": ("less green", "greener"),
}


@dataclass(frozen=True)
class Look:
    """What one tile looks like: the mean of each band, 0..255, and its features (of RGB only)."""

    means: NDArray[np.float64]
    features: Mapping[str, float]

    @classmethod
    def of(cls, tile: NDArray[Any]) -> Look:
        """Of (bands, side, side), 0..255."""
        means = tile.mean(axis=(1, 2), dtype=np.float64)
        if len(tile) != 3:
            return cls(means, {})
        image = np.rint(tile).astype(np.uint8).transpose(1, 2, 0)
        found = patch_features(np.ascontiguousarray(image))
        return cls(means, {name: float(each.mean()) for name, each in found.items() if each.size})


class Drift:
    """Compares tiles with a card's statistics as they pass by; keeps sums only."""

    def __init__(self, card: ModelCard) -> None:
        self._card = card
        known = card.feature_limits
        self._limits = {name: known[name] for name in _WORDS if name in known}
        self._count = 0
        self._means = np.zeros(len(card.bands))
        self._outside = {name: np.zeros(2, np.int64) for name in self._limits}

    def add(self, look: Look) -> None:
        """See one more tile."""
        self._count += 1
        self._means += look.means
        for name, (low, high) in self._limits.items():
            if name in look.features:
                self._outside[name] += (look.features[name] < low, look.features[name] > high)

    def sentences(self) -> Iterator[str]:
        """What the user should know: at most one sentence on colours and one on looks."""
        if not self._count:
            return
        yield from self._of_colors()
        yield from self._of_looks()

    def _of_colors(self) -> Iterator[str]:
        means = self._means / self._count
        known = self._card.band_statistics
        away = [(mean - at) / max(std, 1e-6) for mean, (at, std) in zip(means, known)]
        if not away:
            return
        worst = int(np.argmax(np.abs(away)))
        if abs(away[worst]) > FAR_IN_COLOR:
            yield (
                f"The colours are unlike the training data: the mean of {self._card.bands[worst]} "
                f"is {means[worst]:.0f} (of 255), {abs(away[worst]):.1f} standard deviations "
                f"{'above' if away[worst] > 0 else 'below'} the {known[worst][0]:.0f} it was "
                "trained on; check the bands, and look at the result with care."
            )

    def _of_looks(self) -> Iterator[str]:
        shares = [
            (count / self._count, name, side)
            for name, counts in self._outside.items()
            for side, count in enumerate(counts)
        ]
        share, name, side = max(shares, default=(0.0, "", 0))
        if share > FAR_IN_SHARE and share * self._count >= _FEWEST:
            yield (
                f"The ground looks unlike the training data: {100 * share:.0f} % of the tiles are "
                f"{_WORDS[name][side]} than 99 % of the tiles it was trained on; look at the "
                "result with care."
            )


def scale_sentence(frame: Frame, card: ModelCard, wanted: float | None = None) -> str | None:
    """One sentence where what the network sees is far finer or coarser than its training data.

    `wanted` is the resolution the user asked for, in metres.
    """
    size = frame.pixel_size_m()
    if size is None or card.resolution_m is None:
        return None
    pixel, known = max(size), card.resolution_m
    if wanted is not None:
        if 1 / FAR_IN_SCALE <= wanted / known <= FAR_IN_SCALE:
            return None
        times, than = max(wanted / known, known / wanted), "coarser" if wanted > known else "finer"
        return (
            f"The resolution asked for, {wanted:.3g} m, is {times:.3g} times {than} than the "
            f"{known:.3g} m the network was trained on; look at the result with care."
        )
    if pixel > FAR_IN_SCALE * known:
        return (
            f"The raster's pixels are {pixel:.3g} m, {pixel / known:.3g} times coarser than the "
            f"{known:.3g} m the network was trained on: much of what it looks for cannot be seen; "
            "use a finer raster."
        )
    if pixel * FAR_IN_SCALE < known:
        return (
            f"The raster's pixels are {pixel:.3g} m, {known / pixel:.3g} times finer than the "
            f"{known:.3g} m the network was trained on: it sees their means, as from a satellite "
            "of that resolution, and a small raster is only a few tiles."
        )
    return None
