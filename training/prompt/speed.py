# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast a place is encoded and a prompt answered, on the machine at hand."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from ...inference.cards.card import ModelCard
from ...inference.prompt.network import PromptNetwork
from ...inference.prompt.planes import CELLS, planes
from ...inference.prompt.prompts import Click, Prompt
from ..stopwatch import least_seconds

_SIDE = 1024
_ROUNDS = 7


def measure_speed(card: ModelCard) -> dict[str, Any]:
    """Milliseconds of the two networks alone, on all cores."""
    cores = os.cpu_count() or 1
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, len(card.bands), _SIDE, _SIDE), dtype=np.uint8)
    network = PromptNetwork(card, threads_per_call=cores)
    features = network.encode(image)
    window = np.ascontiguousarray(features[:, :, :CELLS, :CELLS])
    asked = planes(Prompt((Click(128, 128),)))[None]
    encode = least_seconds(lambda: network.encode(image), _ROUNDS)
    decode = least_seconds(lambda: network.decode(window, asked), 3 * _ROUNDS)
    return {
        f"encode_{_SIDE}_ms": round(1000 * encode, 1),
        "decode_ms": round(1000 * decode, 2),
        "words": f"{cores} cores, onnxruntime on the processor, best of {_ROUNDS}",
    }
