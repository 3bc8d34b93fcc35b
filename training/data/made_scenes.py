# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes that training/scene draws, as pictures with their land cover."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import cv2

from ..scene import CLIMATES, FIRST_SAMPLE_SEED, generate
from .labelled_scene import Scene

GENERATED_SIDE = 704
FINER = (1.0, 0.8, 0.62)
"""Made scenes have that many pixels a side, and pixels of the network's times one of these."""


def generated_scenes(count: int, *, seed: int, resolution_m: float) -> list[Scene]:
    """`count` made scenes, the same for the same seed, every climate in turn.

    They come at `resolution_m` and finer, so that crops of them are never blown up much.
    """
    first = seed * 1000
    if first + count > FIRST_SAMPLE_SEED:
        raise ValueError(
            f"seed {seed} reaches the scenes kept for samples and tests; "
            f"take one below {FIRST_SAMPLE_SEED // 1000}"
        )
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(generated_scene, resolution_m), range(first, first + count)))


def generated_scene(resolution_m: float, seed: int) -> Scene:
    """One made scene; climates and finer pixels take turns with the seed."""
    cv2.setNumThreads(1)
    metres = resolution_m * FINER[seed // len(CLIMATES) % len(FINER)]
    climate = tuple(CLIMATES)[seed % len(CLIMATES)]
    drawn = generate(seed, size=GENERATED_SIDE, resolution_m=metres, climate=climate)
    return Scene(f"generated{seed}", drawn.image, drawn.truth, metres, drawn.things)
