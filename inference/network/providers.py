# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of onnxruntime's execution providers computes: the chosen one, as long as it can."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from .machine import PROCESSOR, machine

WORDS = {
    PROCESSOR: "CPU",
    "CUDAExecutionProvider": "NVIDIA CUDA",
    "DmlExecutionProvider": "DirectML",
    "CoreMLExecutionProvider": "Core ML",
    "OpenVINOExecutionProvider": "OpenVINO",
}
"""Those that take networks as they are; others need them prepared, or send them away."""

_REFUSED: dict[str, str] = {}
"""Why one that was chosen does not compute, until QGIS is started again."""

Loaded = TypeVar("Loaded")


def offered() -> tuple[str, ...]:
    """What the installed onnxruntime brings of WORDS, the processor first."""
    from .onnx_file import onnxruntime

    brought = onnxruntime.get_available_providers()
    return (PROCESSOR, *(name for name in WORDS if name in brought and name != PROCESSOR))


def in_use() -> str:
    """The chosen provider, or the processor where that one cannot."""
    chosen = machine().engine
    return PROCESSOR if chosen in _REFUSED else chosen


def in_words() -> str:
    """What computes, for reports."""
    return WORDS.get(in_use(), in_use())


def trouble() -> str:
    """A sentence on why the processor computes and not what was chosen; '' where that does."""
    chosen = machine().engine
    if chosen not in _REFUSED:
        return ""
    return (
        f"{WORDS.get(chosen, chosen)} cannot run the network ({_REFUSED[chosen]}), so the "
        "processor did; choose it in GeoSift's settings, or mend the other."
    )


def load_with(
    load: Callable[[Sequence[str]], Loaded], names: Callable[[Loaded], Sequence[str]]
) -> Loaded:
    """What `load` makes with the chosen provider, or else with the processor alone.

    `names` tells which providers something loaded has: some leave without a word.
    """
    chosen = in_use()
    if chosen == PROCESSOR:
        return load([PROCESSOR])
    if chosen not in offered():
        _REFUSED[chosen] = "the installed onnxruntime does not have it"
        return load([PROCESSOR])
    try:
        loaded = load([chosen, PROCESSOR])
    except Exception as error:  # noqa: BLE001 (onnxruntime's share no narrower base; it is told)
        loaded = load([PROCESSOR])  # where the file itself is broken, that fails, too
        _REFUSED[chosen] = " ".join(str(error).split())
        return loaded
    if chosen not in names(loaded):
        _REFUSED[chosen] = "its libraries or its device are missing"
    return loaded
