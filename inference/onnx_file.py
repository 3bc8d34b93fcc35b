# SPDX-License-Identifier: GPL-2.0-or-later
"""One ONNX file, loaded to be asked, whatever it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import LifoQueue
from typing import Any

from numpy.typing import NDArray

from . import providers
from .errors import MissingDependency, ModelError
from .machine import PROCESSOR

try:
    import onnxruntime
except ImportError as error:
    raise MissingDependency(
        "GeoSift needs the Python package onnxruntime to run networks; install it with "
        "'python3 -m pip install --user onnxruntime' for the Python that QGIS uses."
    ) from error

TYPES = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}
"""ONNX's names of types, by numpy's."""


class OnnxFile:
    """A loaded file, asked by up to `callers` threads side by side.

    Throughput comes from callers: each call runs in its caller's thread alone, and two calls side
    by side beat one call on two threads by a fifth to a half, since nothing waits at the end of a
    layer. For a single quick answer give `threads_per_call` all cores. Each caller has working
    memory of its own: shared by two, it breaks into pieces and grows.
    """

    def __init__(self, path: Path, *, called: str, callers: int, threads_per_call: int) -> None:
        """Load the file; `called` names the network in messages.

        The copies for further callers are loaded by these, while the first is at work.
        """
        self._called = called
        self._load = partial(_load, path, threads_per_call)
        first = self._load()
        self.inputs: Sequence[onnxruntime.NodeArg] = first.get_inputs()
        self.outputs: Sequence[onnxruntime.NodeArg] = first.get_outputs()
        # Last in, first out: calls one after another never load a second copy.
        self._idle: LifoQueue[onnxruntime.InferenceSession | None] = LifoQueue()
        # A device computes one call at a time anyhow, and holds each copy in memory of its own.
        copies = callers - 1 if providers.in_use() == PROCESSOR else 0
        for session in (*[None] * copies, first):
            self._idle.put(session)

    def run(self, outputs: Sequence[str], feeds: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The named outputs; ModelError where the network fails."""
        session = self._idle.get()
        try:
            session = session or self._load()
            return list(session.run(list(outputs), dict(feeds)))
        except ModelError:
            raise
        except Exception as error:  # onnxruntime's own exceptions share no narrower base
            raise ModelError(
                f"The network '{self._called}' failed ({_in_one_line(error)}); "
                "fetch the model again or choose another."
            ) from error
        finally:
            self._idle.put(session)


def _load(path: Path, threads_per_call: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_per_call
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it has to say arrives as exceptions
    # Planning memory for each shape of tile keeps a third more of it than allocating as it goes,
    # at the same speed.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def load(names: Sequence[str]) -> onnxruntime.InferenceSession:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=list(names))

    try:
        return providers.load_with(load, onnxruntime.InferenceSession.get_providers)
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise ModelError(
            f"The network {path} cannot be loaded ({_in_one_line(error)}); "
            "fetch the model again or choose another."
        ) from error


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())
