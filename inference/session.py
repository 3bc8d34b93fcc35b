# SPDX-License-Identifier: GPL-2.0-or-later
"""A loaded network: one batch in, one batch of scores out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .card import ModelCard
from .errors import CardError, MissingDependency, ModelError

try:
    import onnxruntime
except ImportError as error:
    raise MissingDependency(
        "GeoSift needs the Python package onnxruntime to run networks; install it with "
        "'python3 -m pip install --user onnxruntime' for the Python that QGIS uses."
    ) from error

_INPUT_TYPES = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}


class Session:
    """One network on the processor, asked by up to `callers` threads side by side.

    Throughput comes from callers: each call runs in its caller's thread alone, and two calls side
    by side beat one call on two threads by a fifth to a half, since nothing waits at the end of a
    layer. For a single quick answer give `threads_per_call` all cores. Each caller has working
    memory of its own: shared by two, it breaks into pieces and grows.

    Law: run(batch) = stack(run(each)).
    """

    def __init__(self, card: ModelCard, *, callers: int = 1, threads_per_call: int = 1) -> None:
        """Load and check the network; CardError when it contradicts its card.

        The copies for further callers are loaded by these, while the first is at work.
        """
        card.verify()
        self.card = card
        self._load = partial(_load, card.path, threads_per_call)
        first = self._load()
        self._input = _check_input(first, card)
        self._output, self._channels = _check_output(first, card)
        self._idle: SimpleQueue[onnxruntime.InferenceSession | None] = SimpleQueue()
        for session in (first, *[None] * (callers - 1)):
            self._idle.put(session)

    @property
    def channels(self) -> int:
        """Score planes `run` gives: one a class."""
        return len(self.card.classes)

    def run(self, batch: NDArray[Any]) -> NDArray[np.float32]:
        """(n, bands, height, width) to scores (n, classes, height / stride, width / stride).

        One answer a tile, (n, classes), is given as (n, classes, 1, 1).
        """
        session = self._idle.get()
        try:
            session = session or self._load()
            scores = session.run([self._output], {self._input: batch})[0]
        except ModelError:
            raise
        except Exception as error:  # onnxruntime's own exceptions share no narrower base
            raise ModelError(
                f"The network '{self.card.id}' failed ({_in_one_line(error)}); "
                "fetch the model again or choose another."
            ) from error
        finally:
            self._idle.put(session)
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


def _load(path: Path, threads_per_call: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_per_call
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it has to say arrives as exceptions
    # Planning memory for each shape of tile keeps a third more of it than allocating as it goes,
    # at the same speed.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise ModelError(
            f"The network {path} cannot be loaded ({_in_one_line(error)}); "
            "fetch the model again or choose another."
        ) from error


def _check_input(session: onnxruntime.InferenceSession, card: ModelCard) -> str:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise CardError(
            f"The network '{card.id}' has {len(inputs)} inputs, GeoSift feeds just one."
        )
    shape, kind = inputs[0].shape, inputs[0].type
    if kind != _INPUT_TYPES[card.dtype]:
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


def _check_output(session: onnxruntime.InferenceSession, card: ModelCard) -> tuple[str, int]:
    outputs = session.get_outputs()
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


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
