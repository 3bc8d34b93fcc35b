# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tool needs of a network that cuts out what is pointed at, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..raster.window import Window
from .prompts import Prompt
from .sight import Sight

Logits = NDArray[np.float32]
Answer = tuple[Logits, NDArray[np.float32]]
"""Masks as logits (n, rows, columns) of the sight's cells, and the IoUs expected of them, (n,)."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A prompt in pixels of the window it is asked in.

    `seen` is what `Features.under` gave for that window, `before` the probability (rows, columns)
    of the mask that the prompt corrects.
    """

    prompt: Prompt
    seen: Any
    before: NDArray[np.float32] | None = None


class Features(Protocol):
    """What an encoder said of a picture."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory they take."""

    def under(self, window: Window) -> Any:
        """What a decoder needs to see a window, counted from the corner of the picture."""


class Promptable(Protocol):
    """Sees a picture once, and answers prompts of it; asked from any thread."""

    @property
    def card(self) -> ModelCard:
        """What it needs."""

    @property
    def sight(self) -> Sight:
        """How it looks at a raster."""

    def see(self, image: NDArray[Any], inside: Window) -> Features:
        """A picture (bands, height, width) in the network's own numbers.

        Beyond `inside`, counted from its corner, it is not the raster but its mirror image.
        """

    def answers(self, asked: Sequence[Asked]) -> list[Answer]:
        """The masks of each; all have the window of the sight."""
