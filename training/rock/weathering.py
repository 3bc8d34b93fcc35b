# SPDX-License-Identifier: GPL-2.0-or-later
"""What time leaves on rock: crusts, water streaks, lichen, moss, washed-out and iron stains."""

from __future__ import annotations

import numpy as np

from .blocks import Blocks
from .noise import clouds, grains, patches, ramp, streaks
from .setting import Setting


def weather(rng: np.random.Generator, albedo: np.ndarray, setting: Setting, blocks: Blocks) -> None:
    """Change the rock's colours (h, w, 3) in place."""
    for chance, change in (
        (0.45, _crust),
        (0.55, _water_streaks),
        (0.35, _stains),
        (0.4, _lichen),
        (0.2, _moss),
        (0.35, _flakes),
    ):
        if rng.random() < chance:
            before = albedo.copy()
            change(rng, albedo, setting)
            if blocks.unlike > 0 and rng.random() < 0.5:
                share = blocks.vary(rng, 1.0)
                whole = rng.random() < 0.5  # a block wears it or not: the joint is a change of tone
                share = (share > 1.0) if whole else np.clip(share - 0.2, 0.0, 1.0)
                albedo += (1.0 - share.astype(np.float32))[..., None] * (before - albedo)


def _lay(albedo: np.ndarray, cover: np.ndarray, colour: np.ndarray) -> None:
    """Mix a thin layer in: what lies below still shows through, and greys its colour."""
    colour = np.asarray(colour, np.float32)
    below = albedo[::8, ::8].mean((0, 1))
    kin = below * (colour.mean() / below.mean())  # the same lightness in the rock's own colour
    albedo += cover[..., None] * (0.5 * (colour + kin).astype(np.float32) - albedo)


def _crust(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """A dark or rusty skin with sharp ragged borders, gone where flakes fell off."""
    shape = albedo.shape[:2]
    cover = patches(
        rng,
        shape,
        cell=setting.size * rng.uniform(0.2, 0.6),
        share=rng.uniform(0.15, 0.8),
        edge=rng.uniform(0.01, 0.15),
        octaves=7,
    )
    holes = ramp(grains(rng, shape, rng.uniform(2, 5)), 0.6, 1.4)
    cover *= 1.0 - rng.uniform(0, 0.9) * holes
    darker = rng.uniform(0.2, 0.85)
    tint = albedo.mean((0, 1)) * darker * np.array([1, rng.uniform(0.75, 1), rng.uniform(0.6, 1)])
    _lay(albedo, (cover * rng.uniform(0.3, 0.95)).astype(np.float32), tint)


def _water_streaks(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Soft dark, pale or bluish trails down the face."""
    shape = albedo.shape[:2]
    for _ in range(int(rng.integers(1, 3))):
        noise = streaks(
            rng,
            shape,
            angle=setting.fall,
            cell=np.exp(rng.uniform(np.log(5), np.log(110))),
            stretch=rng.uniform(5, 16),
            octaves=5,
        )
        level = rng.uniform(0.2, 1.0)
        cover = ramp(noise, level, level + rng.uniform(0.08, 1.2))
        cover *= ramp(clouds(rng, shape, cell=setting.size / 2, octaves=3), -0.8, 0.8)
        colours = ((0.04, 0.045, 0.05), (0.5, 0.5, 0.48), (0.13, 0.16, 0.2), (0.16, 0.1, 0.06))
        _lay(albedo, cover * rng.uniform(0.2, 0.7), colours[int(rng.integers(len(colours)))])


def _stains(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Rust, yellow or greenish clouds."""
    tints = ((0.36, 0.17, 0.06), (0.42, 0.32, 0.14), (0.2, 0.22, 0.12), (0.24, 0.22, 0.28))
    cover = patches(
        rng, albedo.shape[:2], cell=setting.size * rng.uniform(0.1, 0.5), share=0.4, edge=1.0
    )
    tint = np.array(tints[int(rng.integers(len(tints)))]) * albedo.mean() / 0.3 * 1.2
    _lay(albedo, cover * rng.uniform(0.1, 0.55), tint)


def _lichen(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Round pale, grey-green, orange or black spots, crowded in places."""
    colours = ((0.5, 0.51, 0.47), (0.33, 0.36, 0.29), (0.35, 0.24, 0.1), (0.03, 0.03, 0.03))
    shape = albedo.shape[:2]
    for _ in range(int(rng.integers(1, 4))):
        cell = float(np.exp(rng.uniform(np.log(3), np.log(30))))
        spots = grains(rng, shape, cell) + 0.35 * grains(rng, shape, cell / 3)
        where = clouds(rng, shape, cell=setting.size / 4, octaves=3)
        cover = ramp(spots + where, 2.1, 2.1 + rng.uniform(0.2, 1.0))
        colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.7, 1.2)
        _lay(albedo, cover * rng.uniform(0.3, 0.9), colour)


def _moss(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Green cushions with a rough edge."""
    cover = patches(
        rng,
        albedo.shape[:2],
        cell=setting.size * rng.uniform(0.05, 0.3),
        share=rng.uniform(0.02, 0.15),
        edge=0.2,
        octaves=7,
    )
    grain = np.exp(0.4 * grains(rng, albedo.shape[:2], 2.0))[..., None]
    colour = np.array([0.07, 0.1, 0.03]) * rng.uniform(0.6, 1.6, 3)
    albedo += (cover * rng.uniform(0.4, 0.95))[..., None] * (
        (colour * grain).astype(np.float32) - albedo
    )


def _flakes(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Fresh pale scars where crumbs broke off, many small ones close together."""
    shape = albedo.shape[:2]
    noise = streaks(
        rng, shape, angle=rng.uniform(0, np.pi), cell=rng.uniform(2.5, 9), stretch=2.0, octaves=3
    )
    where = clouds(rng, shape, cell=setting.size / 3, octaves=4)
    cover = ramp(noise + 0.8 * where, 1.9, 2.4)
    fresh = np.clip(albedo.mean((0, 1)) * rng.uniform(1.3, 2.2), 0.0, 0.85)
    _lay(albedo, cover * rng.uniform(0.4, 0.9), fresh)
