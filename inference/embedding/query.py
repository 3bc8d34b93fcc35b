# SPDX-License-Identifier: GPL-2.0-or-later
"""What is looked for: examples of it, and of what it is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.card import ModelCard
from ..errors import CardError, InputError
from ..network.engine import Engine
from ..raster.source import FileSource
from ..raster.window import Window
from ..runs.stopwatch import Stopwatch
from ..tiles.prepare import View
from ..tiles.reflectance import stretch_for
from .filters import to_index
from .index import Index
from .patches import vectors_of
from .quantise import unit

WEIGHT = 0.5


@dataclass(frozen=True)
class Examples:
    """Places on the map, rows of the index, picture files, and vectors of the same network."""

    places: tuple[tuple[float, float], ...] = ()
    rows: tuple[int, ...] = ()
    pictures: tuple[str, ...] = ()
    vectors: tuple[Sequence[float], ...] = field(default=(), hash=False)

    def __bool__(self) -> bool:
        return bool(self.places or self.rows or self.pictures or len(self.vectors))


@dataclass(frozen=True)
class Query:
    """Like `positive`, unlike `negative`; places are in `crs`, None in the index's coordinates.

    The score of a patch is its mean cosine to the positive examples, less `weight` times that to
    the negative ones. That is Rocchio's formula (Rocchio 1971; Manning, Raghavan and Schuetze 2008,
    section 9.1.1), so it is one product however many examples there are.
    """

    positive: Examples
    negative: Examples = field(default_factory=Examples)
    weight: float = WEIGHT
    crs: CRS | None = None

    def vector(self, index: Index, card: ModelCard | None = None) -> NDArray[np.float64]:
        """(dimension,): what unit vectors are multiplied by; pictures are shown to the `card`'s
        network.
        """
        if not self.positive:
            raise InputError("There is no example; give a place, a row or a picture to look for.")
        found = self._vectors(index, self.positive, card).mean(axis=0)
        if self.negative:
            found = found - self.weight * self._vectors(index, self.negative, card).mean(axis=0)
        if not found.any():
            raise InputError(
                "The examples cancel each other out, or the network has nothing to say of them; "
                "choose other examples."
            )
        return found

    def _vectors(
        self, index: Index, examples: Examples, card: ModelCard | None
    ) -> NDArray[np.float64]:
        """(n, dimension) unit vectors."""
        at = to_index(index, examples.places, self.crs)
        rows = [*examples.rows, *(patch_at(index, x, y) for x, y in at)]
        wrong = [row for row in rows if not 0 <= row < index.info.rows]
        if wrong:
            raise InputError(
                f"The index {index.files.folder} has {index.info.rows:,} patches, counted from 0, "
                f"and no number {wrong[0]}; give one of these."
            )
        parts = [index.unit_vectors(np.array(rows, np.intp)), _given(index, examples.vectors)]
        if examples.pictures:
            parts.append(_of_pictures(index, examples.pictures, card))
        return np.concatenate(parts)


def patch_at(index: Index, x: float, y: float) -> int:
    """The row of the patch around a place whose middle is nearest; of equal ones the last added."""
    places = index.places
    over = np.flatnonzero(
        (places["left"] <= x) & (x <= places["right"])
        & (places["bottom"] <= y) & (y <= places["top"])
    )  # fmt: skip
    if not len(over):
        raise InputError(
            f"No patch of the index {index.files.folder} lies at {x:.10g}, {y:.10g}; give a place "
            "inside its rasters, in the right coordinate system."
        )
    wide, tall = (np.ptp([places[name][over[0]] for name in pair]) for pair in _SIDES)
    middles = index.middles[:, over]
    # Degrees east are shorter than degrees north: in sides of the patch both are alike.
    away = np.hypot((middles[0] - x) / (wide or 1.0), (middles[1] - y) / (tall or 1.0))
    return int(over[np.flatnonzero(away <= away.min() + 1e-9)[-1]])


_SIDES = (("left", "right"), ("bottom", "top"))


def _given(index: Index, vectors: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    wanted = index.making.dimension
    made = [np.asarray(vector, np.float64).ravel() for vector in vectors]
    for vector in made:
        if len(vector) != wanted or not np.isfinite(vector).all():
            raise InputError(
                f"A vector of this index has {wanted} finite numbers, one was given of "
                f"{len(vector)}; give vectors of the same network."
            )
    return unit(np.array(made).reshape(-1, wanted))


def _of_pictures(
    index: Index, pictures: Sequence[str], card: ModelCard | None
) -> NDArray[np.float64]:
    """Each as a whole, brought to the size of a patch."""
    if card is None or card.sha256 != index.making.sha256:
        raise CardError(
            f"A picture as an example needs the network the index was made with, "
            f"'{index.making.model}' (SHA-256 {index.making.sha256[:12]}); give that model."
        )
    engine = Engine.load(card, Stopwatch(), threads=None, augment=1)
    images = [_image(path, engine.session.card) for path in pictures]
    found = np.concatenate([vectors_of(engine, image[np.newaxis]) for image in images])
    return unit(found)


def _image(path: str, card: ModelCard) -> NDArray[Any]:
    side = card.tile
    with FileSource(path, bands=None, names=card.bands) as source:
        view = View(source, card, stretch_for(source, card), side, side)
        pixels, valid = view.read(Window(0, 0, side, side))
        if valid is not None and not valid.any():
            raise InputError(f"The example {path} has no valid pixel; choose another picture.")
        return view.prepare(pixels, valid)
