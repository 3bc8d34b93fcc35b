# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network: one batch in, one batch of scores out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card import ModelCard
from .errors import CardError
from .onnx_file import OnnxFile
from .session_checks import check_input, check_output


class Session:
    """One network that answers with scores, asked by any number of threads (see OnnxFile).

    Law: run(batch) = stack(run(each)).
    """

    def __init__(self, card: ModelCard, *, callers: int = 1, threads_per_call: int = 1) -> None:
        """Load and check the network; CardError when it contradicts its card."""
        card.verify()
        self.card = card
        self._network = OnnxFile(
            card.path, called=card.id, callers=callers, threads_per_call=threads_per_call
        )
        self._input = check_input(self._network, card)
        self._output, self._channels = check_output(self._network, card)

    @property
    def channels(self) -> int:
        """Score planes `run` gives: one a class."""
        return len(self.card.classes)

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(n, bands, height, width) to scores (n, classes, height / stride, width / stride).

        One answer a tile, (n, classes), is given as (n, classes, 1, 1).
        """
        scores = self._network.run([self._output], {self._input: batch})[0]
        scores = scores[:, :, None, None] if scores.ndim == 2 else scores
        stride = self.card.output_stride
        expected = (batch.shape[0], self._channels, *(side // stride for side in batch.shape[2:]))
        if scores.shape != expected:
            raise CardError(
                f"The network '{self.card.id}' answered with the shape {scores.shape}, its card "
                f"promises {expected} (output.stride {stride}); correct the card."
            )
        scores = np.asarray(scores, np.float32)
        return scores if self._channels == self.channels else self._with_background(scores)

    def _with_background(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """One plane that says 'the second class' as two planes to choose between."""
        other = np.zeros_like(scores) if self.card.activation == "logits" else 1.0 - scores
        return np.concatenate([other, scores], axis=1)
