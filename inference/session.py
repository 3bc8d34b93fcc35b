# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network: one batch in, one batch of scores out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card import ModelCard
from .errors import CardError
from .onnx_file import TYPES, OnnxFile


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
        self._input = _check_input(self._network, card)
        self._output, self._channels = _check_output(self._network, card)

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


def _check_input(network: OnnxFile, card: ModelCard) -> str:
    inputs = network.inputs
    if len(inputs) != 1:
        raise CardError(
            f"The network '{card.id}' has {len(inputs)} inputs, GeoSift feeds just one."
        )
    shape, kind = inputs[0].shape, inputs[0].type
    if kind != TYPES[card.dtype]:
        raise CardError(
            f"The network '{card.id}' takes {kind}, its card says {card.dtype}; correct the card."
        )
    if len(shape) != 4 or shape[1] != len(card.bands):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape}, its card promises "
            f"[n, {len(card.bands)}, height, width]; correct input.bands in the card."
        )
    of_tile = card.kind == "classification"
    if any(isinstance(side, int) and not (of_tile and side == card.tile) for side in shape[2:]):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape} only, GeoSift needs one that takes "
            + (f"tiles of {card.tile}; " if of_tile else "any height and width; ")
            + "export it with both dynamic."
        )
    if of_tile and isinstance(shape[0], int):
        raise CardError(
            f"The network '{card.id}' takes {shape[0]} tiles at a time, GeoSift needs one that "
            "takes any number; export it with a dynamic batch."
        )
    return inputs[0].name


def _check_output(network: OnnxFile, card: ModelCard) -> tuple[str, int]:
    outputs = network.outputs
    shape, classes = outputs[0].shape, len(card.classes)
    ranks = {"segmentation": (4,), "classification": (2, 4)}[card.kind]
    channels = shape[1] if len(shape) in ranks else None
    if channels == classes or (channels == 1 and classes == 2):
        return outputs[0].name, channels
    sides = "" if card.kind == "classification" else ", height, width"
    wanted = f"[n, {classes}{sides}]"
    raise CardError(
        f"The network '{card.id}' answers with the shape {shape}, its card lists {classes} "
        f"classes, so {wanted} was expected; correct the classes in the card."
    )
