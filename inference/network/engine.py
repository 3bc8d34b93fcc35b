# SPDX-License-Identifier: GPL-2.0-or-later
"""What computes: a network, the threads that ask it, and the clock that watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..runs.stopwatch import Stopwatch
from ..tiles.blend import Scores
from . import providers
from .memory import share_of
from .session import Session
from .symmetry import BY_COUNT, Symmetry, mean_answer


@dataclass(frozen=True)
class Engine:
    """A network, the number of threads that ask it, and the clock that watches.

    Each tile is asked about in every one of `symmetries`.
    """

    session: Session
    workers: int
    watch: Stopwatch
    symmetries: tuple[Symmetry, ...] = BY_COUNT[1]

    @classmethod
    def load(
        cls, card: ModelCard, watch: Stopwatch, *, threads: int | None, augment: int
    ) -> Engine:
        """A worker a thread (None: every core), each with the network once it has work.

        Where memory is limited, fewer of them, or a card with smaller tiles (see memory.py).
        """
        share = share_of(card, threads)
        session = Session(
            share.card, callers=share.workers, threads_per_call=share.threads_per_call
        )
        return cls(session, share.workers, watch, BY_COUNT[augment])

    @property
    def batch(self) -> int:
        """Tiles that are asked together."""
        return self.session.card.fixed_batch or 1

    @property
    def channels(self) -> int:
        """Planes of scores."""
        return self.session.channels

    def scores(self, images: NDArray[Any]) -> Scores:
        """(n, bands, height, width) to scores (n, classes, height / stride, width / stride)."""
        with self.watch.stage("network"):
            return mean_answer(self.session.run, images, self.symmetries)

    def in_words(self) -> str:
        """For the report: how many workers, which numbers, how many views."""
        views = len(self.symmetries)
        looks = "" if views == 1 else f", mean of {views} views"
        return engine_in_words(self.session.card, self.workers) + looks


def engine_in_words(card: ModelCard, workers: int) -> str:
    """What computes, how many workers, and which numbers."""
    number = "INT8" if card.metrics.get("int8") else "float"
    several = "" if workers == 1 else "s"
    return f"{providers.in_words()}, {workers} worker{several}, {number}"
