# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network: one batch in, one batch of planes out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import CardError
from .batches import in_batches
from .onnx_file import OnnxFile
from .session_checks import answers_once, check_input, check_output, require_planes


class Session:
    """One network that answers with planes, asked by any number of threads (see OnnxFile).

    Law: run(batch) = stack(run(each)).
    """

    def __init__(self, card: ModelCard, *, callers: int = 1, threads_per_call: int = 1) -> None:
        """Load and check the network; CardError when it contradicts its card."""
        card.verify()
        self.card = card
        self._network = OnnxFile(
            card.path,
            called=card.id,
            callers=callers,
            threads_per_call=threads_per_call,
            only=card.output if card.kind == "features" else None,
        )
        self._input = check_input(self._network, card)
        self._output, planes = check_output(self._network, card)
        self.margin = 0
        """Network pixels on every side of a tile without an answer: those of a centred one."""
        if planes is None or card.centred:
            planes = self._look_at_answer()
        self._planes = planes
        of_class = card.kind == "segmentation" and self._output in self._network.numbered
        self._is_numbered = of_class and planes == 1

    @property
    def is_lone(self) -> bool:
        """Whether the network gives one plane for two classes: how much of the second there is."""
        return self._planes == 1 and len(self.card.classes) == 2 and not self._is_numbered

    @property
    def channels(self) -> int:
        """Planes `run` gives: one a class where there are classes."""
        if self.card.kind == "regression":
            return 1
        return len(self.card.classes) or self._planes

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(n, bands, height, width) to (n, channels, rows, columns), by the card's kind.

        Rows and columns are height and width over the card's stride, times its upscale, less the
        margin on both sides; 1 and 1 where the network answers once a tile.
        """
        return in_batches(self._run, batch, self.card.fixed_batch)

    def _run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        planes = self._asked(batch)
        if self.card.centred:
            planes = _middle(planes, [side - 2 * self.margin for side in batch.shape[2:]])
        expected = (len(batch), self._planes, *self._sides(batch))
        if planes.shape != expected:
            raise CardError(
                f"The network '{self.card.id}' answered with the shape {planes.shape}, its card "
                f"promises {expected} (output.stride {self.card.output_stride}); correct the card."
            )
        if self._is_numbered:
            return self._by_class(planes)
        planes = np.asarray(planes, np.float32)
        if self.is_lone:
            return self._with_background(planes)
        return planes[:, : self.channels]

    def _asked(self, batch: NDArray[Any]) -> NDArray[Any]:
        """What the network says of a batch that it takes, as (n, planes, rows, columns)."""
        answer = self._network.run([self._output], {self._input: batch})[0]
        if answer.ndim == 2:
            return answer[:, :, None, None]
        return answer[:, None] if answer.ndim == 3 else answer

    def _sides(self, batch: NDArray[Any]) -> tuple[int, ...]:
        """Rows and columns that are expected of a batch."""
        if answers_once(self.card):
            return 1, 1
        stride, upscale = self.card.output_stride, self.card.upscale
        return tuple(side // stride * upscale - 2 * self.margin for side in batch.shape[2:])

    def _look_at_answer(self) -> int:
        """How many planes a black tile is answered with; finds the margin of a centred network."""
        card = self.card
        tile = np.zeros((card.fixed_batch or 1, len(card.bands), card.tile, card.tile), card.dtype)
        answer = self._asked(tile)
        if card.centred:
            self.margin = -(-(card.tile - min(answer.shape[2:])) // 2)
        count = int(answer.shape[1]) if answer.ndim == 4 else 0
        if count < 1 or 2 * self.margin >= card.tile or self.margin < 0:
            raise CardError(
                f"The network '{card.id}' answers a tile of {card.tile} pixels with the shape "
                f"{answer.shape}, which is no picture; it is of another kind than {card.kind}."
            )
        is_whole = self._output in self._network.numbered
        require_planes(count, answer.shape, card, is_whole=is_whole)
        return count

    def _by_class(self, numbers: NDArray[Any]) -> NDArray[np.float32]:
        """Numbers of classes as a plane for each class, 1 where a pixel is of it."""
        count = len(self.card.classes)
        if numbers.min() < 0 or numbers.max() >= count:
            raise CardError(
                f"The network '{self.card.id}' answers with numbers of classes, {numbers.min()} to "
                f"{numbers.max()} here, its card lists {count} classes; name all of them in it."
            )
        return (numbers == np.arange(count).reshape(1, -1, 1, 1)).astype(np.float32)

    def _with_background(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """One plane that says 'the second class' as two planes to choose between."""
        other = np.zeros_like(scores) if self.card.activation == "logits" else 1.0 - scores
        return np.concatenate([other, scores], axis=1)


def _middle(planes: NDArray[Any], sides: list[int]) -> NDArray[Any]:
    """The middle of (..., rows, columns); where it is off by half a pixel, the later one."""
    top, left = (-(-(have - want) // 2) for have, want in zip(planes.shape[2:], sides))
    return planes[:, :, max(top, 0) :, max(left, 0) :][:, :, : sides[0], : sides[1]]
