# SPDX-License-Identifier: GPL-2.0-or-later
"""What is looked for: like some examples, unlike others."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.card import ModelCard
from ..errors import InputError
from ..runs.whole_run import Message
from .example_vectors import ExampleVectors
from .examples import Examples
from .index import Index

WEIGHT = 0.5


def _unheard(text: str) -> None:
    """For whoever does not want to know."""


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

    def vector(
        self, index: Index, card: ModelCard | None = None, *, tell: Message = _unheard
    ) -> NDArray[np.float64]:
        """(dimension,): what unit vectors are multiplied by; places, areas and pictures are shown
        to the `card`'s network. What the user should know of it is told.
        """
        with ExampleVectors.opened(index, card) as vectors:
            return self.vector_of(vectors, tell=tell)

    def vector_of(self, vectors: ExampleVectors, *, tell: Message) -> NDArray[np.float64]:
        """The same from examples of which some are known already."""
        if not (np.isfinite(self.weight) and self.weight >= 0):
            raise InputError(f"The weight of what it is not like is 0 or more, not {self.weight}.")
        if not self.positive:
            raise InputError("There is no example; give a place, a row or a picture to look for.")
        found = vectors.of(self.positive, self.crs, tell=tell).mean(axis=0)
        if self.negative:
            unlike = vectors.of(self.negative, self.crs, tell=tell).mean(axis=0)
            found = found - self.weight * unlike
        if not found.any():
            raise InputError(
                "The examples cancel each other out, or the network has nothing to say of them; "
                "choose other examples."
            )
        return found
