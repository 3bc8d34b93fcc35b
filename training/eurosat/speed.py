# SPDX-License-Identifier: GPL-2.0-or-later
"""How fast a network tells land use, on the machine at hand."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ...inference.cards.card import ModelCard
from ...inference.network.session import Session
from ..stopwatch import least_seconds

_BATCH = 64
_ROUNDS = 7


def measure_speed(card: ModelCard) -> dict[str, Any]:
    """Milliseconds for one tile alone on all cores, and tiles a second in batches side by side."""
    cores = os.cpu_count() or 1
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 256, (1, len(card.bands), card.tile, card.tile), dtype=np.uint8)
    batch = np.repeat(tile, _BATCH, axis=0)
    alone = Session(card, threads_per_call=cores)
    one = least_seconds(lambda: alone.run(tile), 5 * _ROUNDS)
    beside = Session(card, callers=cores)
    with ThreadPoolExecutor(cores) as pool:
        many = least_seconds(lambda: list(pool.map(beside.run, [batch] * (4 * cores))), _ROUNDS)
    return {
        "single_tile_ms": round(1000 * one, 2),
        "tiles_per_second": round(4 * cores * _BATCH / many),
        "batch": _BATCH,
        "words": f"{cores} cores, onnxruntime on the processor, best of {_ROUNDS}",
    }
