# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparing what a network says of tiles with what it says of an example."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..network.engine import Engine
from ..runs.stopwatch import Stopwatch
from ..tiles.blend import Scores

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Likeness:
    """An engine that answers vectors, asked how much like `example` (a unit vector) each tile is.

    The cosine of the angle between the two, -1..1: the same number for every pixel of a tile.
    """

    engine: Engine
    example: Vector

    @classmethod
    def to(cls, engine: Engine, image: NDArray[Any]) -> Likeness:
        """To a picture as the network takes it, (bands, height, width)."""
        vector = engine.scores(image[np.newaxis])[0, :, 0, 0].astype(np.float64)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length == 0.0:
            raise InputError(
                f"The model '{engine.session.card.id}' has nothing to say of the example; "
                "choose another example."
            )
        return cls(engine, vector / length)

    @property
    def watch(self) -> Stopwatch:
        return self.engine.watch

    @property
    def workers(self) -> int:
        return self.engine.workers

    @property
    def batch(self) -> int:
        return self.engine.batch

    @property
    def channels(self) -> int:
        return 1

    def scores(self, images: NDArray[Any]) -> Scores:
        """(n, bands, height, width) to (n, 1, rows, columns), all of a tile alike."""
        stride = self.engine.session.card.output_stride
        likeness = cosines(self.engine.scores(images)[:, :, 0, 0], self.example)
        planes = np.empty((len(images), 1, *(-(-side // stride) for side in images.shape[2:])))
        planes[:] = likeness[:, None, None, None]
        return planes.astype(np.float32)


def cosines(vectors: NDArray[Any], example: Vector) -> Vector:
    """Of each of (n, length) vectors with a unit vector; 0 for one without a direction."""
    vectors = vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    return vectors @ example / np.where(lengths > 0, lengths, 1.0)
