# SPDX-License-Identifier: GPL-2.0-or-later
"""How many workers, and how large tiles, fit into the memory that a run may take.

What a run needs was measured (DESIGN.md has the table): a part that is always the same (libraries,
GDAL's blocks, finishing the file), working memory of each worker that grows with the pixels of a
call, and a band of scores as wide as a column block.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..cards.card import ModelCard
from ..errors import InputError
from ..tiles.plan import BLOCK_WIDTH
from ..tiles.sheets import BATCH
from .machine import machine

_ALWAYS = 120e6
_BYTES_A_PIXEL = {True: 170.0, False: 1500.0}
"""Of a worker, for each pixel it sees at once: with 8-bit networks of ours, and with others, whose
layers may be many times as wide (our own in float take 260)."""
_POINTED_PIXELS = 1_300_000
"""That a worker works on at once when objects are pointed at: a view at several levels."""
_ENCODED = 200e6
"""What a run remembers of what it has encoded."""
_LEAST_TILE = 256
_ONE_SIZE = ("classification", "prompt", "features")
"""Kinds whose tile is part of what they mean."""
_BLENDED = ("segmentation", "regression", "superresolution")
"""Kinds whose planes are blended, in a band as high as a tile."""


@dataclass(frozen=True)
class Share:
    """What a run works with: `card` is the one given, but for the side of its tiles.

    Of each call `threads_per_call` threads take a part.
    """

    card: ModelCard
    workers: int
    threads_per_call: int = 1


def share_of(card: ModelCard, threads: int | None) -> Share:
    """Every core (or `threads` of them) and the card's own tile, or what is fastest of what fits.

    InputError where the limit (see machine.py) leaves no room for one worker with small tiles.
    """
    wanted, limit = threads or os.cpu_count() or 1, machine().memory_mb
    if limit is None or needed_bytes(card, wanted) <= limit * 1e6:
        return Share(card, wanted)
    fitting = [
        Share(each, workers, wanted // workers)
        for each in _with_smaller_tiles(card)
        for workers in range(1, wanted + 1)
        if needed_bytes(each, workers) <= limit * 1e6
    ]
    if not fitting:
        least = min(needed_bytes(each, 1) for each in _with_smaller_tiles(card))
        raise InputError(
            f"A run with the model '{card.id}' takes about {least / 1e6:.0f} MB at least, and the "
            f"memory limit is {limit} MB; allow more in GeoSift's settings."
        )
    return max(fitting, key=_speed)


def needed_bytes(card: ModelCard, workers: int) -> float:
    """What a run adds to the memory of the process, about."""
    each = _pixels_at_once(card) * _BYTES_A_PIXEL[bool(card.metrics.get("int8"))]
    return _ALWAYS + workers * each + _shared_bytes(card)


def _pixels_at_once(card: ModelCard) -> int:
    tile = card.tile * card.tile
    if card.kind in ("classification", "features"):
        return BATCH * tile
    if card.kind == "prompt":
        return max(tile, _POINTED_PIXELS)
    return (card.fixed_batch or 1) * tile


def _shared_bytes(card: ModelCard) -> float:
    """What all workers have together."""
    if card.kind == "prompt":
        return _ENCODED
    if card.kind not in _BLENDED:
        return 0.0
    density = card.upscale / card.output_stride
    planes = len(card.classes) or len(card.bands)
    return 4.0 * planes * card.tile * BLOCK_WIDTH * density * density


def _with_smaller_tiles(card: ModelCard) -> Iterator[ModelCard]:
    """The card itself, then with tiles that are smaller, where its network takes other sides.

    Of the smallest, a quarter is what the tile answers.
    """
    yield card
    if card.fixed_tile or card.centred or card.kind in _ONE_SIZE:
        return
    step = card.stride_multiple
    least = max(_LEAST_TILE, 4 * card.blend.halo)
    for tile in range((card.tile - 1) // step * step, least - 1, -max(step, 16 // step * step)):
        yield replace(card, tile=tile)


def _speed(share: Share) -> float:
    """Pixels answered in a given time, about: what overlaps is computed for nothing."""
    side = share.card.tile
    return share.workers * ((side - 2 * share.card.blend.halo) / side) ** 2
