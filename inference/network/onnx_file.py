# SPDX-License-Identifier: GPL-2.0-or-later
"""One ONNX file, loaded to be asked, whatever it answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import LifoQueue
from typing import Any

from numpy.typing import NDArray

from ..errors import MissingDependency, ModelError
from ..foreign.expansion import repeats
from ..foreign.guard import require_safe
from ..foreign.shapes import is_numbered
from ..foreign.troubles import in_plain_words
from . import providers
from .machine import PROCESSOR
from .one_output import answering

try:
    import onnxruntime
except ImportError as error:
    raise MissingDependency(
        "GeoSift needs the Python package onnxruntime to run networks; install it with "
        "'python3 -m pip install --user onnxruntime' for the Python that QGIS uses."
    ) from error

TYPES = {"uint8": "tensor(uint8)", "float32": "tensor(float)"}
"""ONNX's names of types, by numpy's."""
_PATIENCE_S = 900.0
"""For one call of a network that can repeat itself without an end."""


class OnnxFile:
    """A loaded file, asked by up to `callers` threads side by side.

    Throughput comes from callers: each call runs in its caller's thread alone, and two calls side
    by side beat one call on two threads by a fifth to a half, since nothing waits at the end of a
    layer. For a single quick answer give `threads_per_call` all cores. Each caller has working
    memory of its own: shared by two, it breaks into pieces and grows.
    """

    def __init__(
        self,
        path: Path,
        *,
        called: str,
        callers: int,
        threads_per_call: int,
        only: str | None = None,
    ) -> None:
        """Look at the file and load it; `called` names the network in messages.

        With `only` it answers that output alone and computes no more than it needs.
        ModelError where it asks for what a stranger's file may not (see foreign/guard.py). The
        copies for further callers are loaded by these, while the first is at work.
        """
        self._called = called
        facts = require_safe(path)
        self._patience_s = _PATIENCE_S if repeats(facts) else None
        told = (value.name for value in facts.outputs if is_numbered(facts, value))
        self.numbered = frozenset(told)
        """Outputs of whole numbers, as those of classes are."""
        content = None if only is None else answering(path.read_bytes(), only)
        self._load = partial(_load, path, content, threads_per_call)
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
            with _given_up_after(self._patience_s) as options:
                return list(session.run(list(outputs), dict(feeds), options))
        except ModelError:
            raise
        except Exception as error:  # onnxruntime's own exceptions share no narrower base
            raise ModelError(f"The network '{self._called}' failed: {_told(error)}.") from error
        finally:
            self._idle.put(session)


def _load(path: Path, content: bytes | None, threads_per_call: int) -> onnxruntime.InferenceSession:
    """What the file holds, or `content` made of it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_per_call
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what it has to say arrives as exceptions
    # Planning memory for each shape of tile keeps a third more of it than allocating as it goes,
    # at the same speed.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")

    def load(names: Sequence[str]) -> onnxruntime.InferenceSession:
        model = content or str(path)
        return onnxruntime.InferenceSession(model, sess_options=options, providers=list(names))

    try:
        return providers.load_with(load, onnxruntime.InferenceSession.get_providers)
    except Exception as error:  # onnxruntime's own exceptions share no narrower base
        raise ModelError(f"The network {path} cannot be loaded: {_told(error)}.") from error


@contextmanager
def _given_up_after(seconds: float | None) -> Iterator[onnxruntime.RunOptions]:
    """What a call is told, to end it after that time; None: it ends by itself."""
    options = onnxruntime.RunOptions()
    if seconds is None:
        yield options
        return
    timer = threading.Timer(seconds, lambda: setattr(options, "terminate", True))
    timer.daemon = True
    timer.start()
    try:
        yield options
    finally:
        timer.cancel()


def _told(error: Exception) -> str:
    return in_plain_words(str(error), runtime=onnxruntime.__version__)
