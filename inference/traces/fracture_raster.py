# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters that already tell fractures, as probabilities of the part that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError

from ..cards.card import ModelCard
from ..errors import InputError
from ..raster.box import Box
from ..raster.source import FileSource, RasterSource
from ..raster.window import Window
from ..tiles.zone import Zone
from .probability import Meaning, Probability, ProbabilityFile, Strip

_PIXELS_AT_ONCE, _PIXELS_READ, _BLOCK = 1_000_000, 64_000_000, 512
"""So many rows are read together that no block of a file is read many times."""
_SCALES = (1.0, 100.0, 255.0)
"""What stands for certainty: the first that no number of the raster exceeds."""
_NAMES = ("fracture",)


@dataclass(frozen=True)
class SourceProbability:
    """The first band of a source, as Probability."""

    source: RasterSource
    meaning: Meaning

    @property
    def shape(self) -> tuple[int, int]:
        """See Probability."""
        return self.source.frame.height, self.source.frame.width

    def strips(self) -> Iterator[Strip]:
        """See Probability."""
        height, width = self.shape
        rows = max(1, _PIXELS_AT_ONCE // width)
        tall = min(max(rows, _BLOCK), max(1, _PIXELS_READ // width))
        for top in range(0, height, tall):
            found = self._read(top, min(tall, height - top))
            for first in range(0, len(found), rows):
                yield top + first, found[first : first + rows]

    def _read(self, top: int, rows: int) -> NDArray[np.float32]:
        width = self.source.frame.width
        box = Box(top, 0, top + rows, width)
        pixels, valid = self.source.read(box, height=rows, width=width)
        found = self.meaning.probability(pixels[0])
        if valid is not None:
            found[~valid] = np.nan
        return found


@dataclass(frozen=True)
class PartOf:
    """A window of probabilities; without a value outside the zone."""

    whole: Probability
    window: Window
    zone: Zone | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """See Probability."""
        return self.window.height, self.window.width

    def strips(self) -> Iterator[Strip]:
        """See Probability."""
        cols = slice(self.window.col_off, self.window.col_end)
        for top, pixels in self.whole.strips():
            first = max(top, self.window.row_off)
            last = min(top + len(pixels), self.window.row_end)
            if last <= first:
                continue
            found = np.ascontiguousarray(pixels[first - top : last - top, cols])
            if self.zone is not None:
                here = Window(first, self.window.col_off, last - first, self.window.width)
                found[~self.zone.inside(here)] = np.nan
            yield first - self.window.row_off, found


def open_source(
    source: str | RasterSource, bands: tuple[int, ...] | None, stack: ExitStack
) -> RasterSource:
    """The raster, with the one band that tells fractures."""
    if not isinstance(source, str):
        return source
    if bands is None:
        _require_one_band(source)
    return stack.enter_context(FileSource(source, bands=bands or (1,), names=_NAMES))


def one_band_for_all(
    source: str | RasterSource, card: ModelCard, warn: Callable[[str], None]
) -> tuple[int, ...] | None:
    """The only band of a file as often as the network takes bands; None where it has several."""
    count = len(card.bands)
    if not isinstance(source, str) or count == 1 or _bands(source) != 1 or _has_palette(source):
        return None
    warn(f"{source} has one band: the model '{card.id}' sees it {count} times.")
    return (1,) * count


def _bands(path: str) -> int:
    """Beside alpha; 0 for what is no raster."""
    try:
        with rasterio.open(path) as dataset:
            kinds = dataset.colorinterp
    except (RasterioError, OSError):
        return 0  # whoever opens it next says what is wrong
    return len(kinds) - kinds.count(ColorInterp.alpha)


def _has_palette(path: str) -> bool:
    with rasterio.open(path) as dataset:
        return ColorInterp.palette in dataset.colorinterp


def _require_one_band(path: str) -> None:
    count = _bands(path)
    if count > 1:
        raise InputError(
            f"{path} has {count} bands, a raster of fractures has one; name that band, or choose "
            "a model that finds fractures in images."
        )


def probability_of(
    asked: str | RasterSource,
    source: RasterSource,
    class_id: int | None,
    stack: ExitStack,
    warn: Callable[[str], None],
) -> Probability:
    """What the raster says, 0..1; of numbers up to 100 or 255 it is told what they are taken for.

    A file is read as it is: what has a palette would come as colours from its source.
    """

    def meaning(what: Meaning) -> Probability:
        if isinstance(asked, str) and source.bands == (1,):
            return stack.enter_context(ProbabilityFile(Path(asked), what))
        return SourceProbability(source, what)

    if class_id is not None:
        return meaning(Meaning(fracture_class=class_id))
    largest = _largest(meaning(Meaning()))
    full = next((scale for scale in _SCALES if largest <= scale * (1 + 1e-6)), None)
    if full is None:
        raise InputError(
            f"{source.name} has numbers up to {largest:g}, while probabilities reach 1, percent "
            "100 and bytes 255; name the class that is traced, or scale the raster."
        )
    if full > 1:
        words = "percent" if full == 100 else "0 to 255 for 0 to 100 percent"
        warn(f"The numbers of {source.name} reach {largest:g}: they are taken for {words}.")
    return meaning(Meaning(full=full))


def _largest(probability: Probability) -> float:
    """0 where there is no number."""
    return max(
        (float(np.nanmax(pixels)) for _, pixels in probability.strips()
         if not np.isnan(pixels).all()), default=0.0,
    )  # fmt: skip
