# SPDX-License-Identifier: GPL-2.0-or-later
"""The rock's own colour: minerals, layers, foliation, patches of another tone."""

from __future__ import annotations

import numpy as np

from .noise import clouds, grains, ramp, streaks
from .setting import Setting


def linear(srgb: np.ndarray) -> np.ndarray:
    """Return linear light 0..1 of sRGB values 0..255, by the usual power of 2.2."""
    return (np.clip(srgb, 0, 255) / 255.0) ** 2.2


def draw_albedo(rng: np.random.Generator, setting: Setting) -> np.ndarray:
    """Return the share of light the fresh rock returns: (h, w, 3) float32 linear RGB."""
    shape, rock = (setting.size, setting.size), setting.rock
    colours = [np.array(colour, float) for colour in rock.colours]
    tint = rng.normal(0, 4, 3) + rng.normal(0, 14)
    pale = rng.uniform(0.0, 0.8)  # towards grey: few rocks are as red as their name
    colours = [colour + pale * (colour.mean() - colour) for colour in colours]
    first, second = (
        linear(colours[int(rng.integers(len(colours)))] + tint + rng.normal(0, 3, 3))
        for _ in range(2)
    )
    mix = ramp(clouds(rng, shape, cell=setting.size / 2, octaves=5), -1.2, 1.2)[..., None]
    albedo = (first * mix + second * (1 - mix)).astype(np.float32)
    shade = rock.grain * rng.uniform(0.5, 1.6) * grains(rng, shape, setting.grain)
    shade += 0.5 * rock.grain * grains(rng, shape, 2.3 * setting.grain)
    shade += rng.uniform(0.07, 0.24) * clouds(rng, shape, cell=90.0, octaves=6, gain=0.8)
    shade += _layers(rng, setting)
    albedo *= np.exp(np.clip(shade, -1.5, 1.0))[..., None]
    _many_colours(rng, albedo)
    if rock.speckle > 0.015:
        _speckle(rng, albedo, setting)
    return np.clip(albedo, 0.004, 0.95)


def _many_colours(rng: np.random.Generator, albedo: np.ndarray) -> None:
    """Turn some grains and specks warm and others cool: up close no rock is of one colour."""
    shape, strength = albedo.shape[:2], rng.uniform(0.0, 0.12)
    warm = clouds(rng, shape, cell=rng.uniform(6, 60), octaves=5, gain=0.8) * np.float32(strength)
    warm = np.clip(warm, -0.4, 0.4)
    albedo[..., 0] *= 1.0 + warm
    albedo[..., 2] *= 1.0 - warm


def _layers(rng: np.random.Generator, setting: Setting) -> np.ndarray:
    """Return bedding or banding and foliation, which are no fractures."""
    shape, rock = (setting.size, setting.size), setting.rock
    shade = np.zeros(shape, np.float32)
    if rock.banding > 0 and rng.random() < 0.5:
        stretch = rng.uniform(8, 30)
        bands = streaks(
            rng, shape, angle=setting.layering, cell=rng.uniform(8, 60), stretch=stretch
        )
        if rng.random() < 0.4:
            bands = np.clip(bands * 2.5, -1, 1)
        shade += rock.banding * rng.uniform(0.1, 0.5) * bands
    if rock.foliation > 0:
        fine = streaks(
            rng,
            shape,
            angle=setting.layering,
            cell=rng.uniform(2.5, 8),
            stretch=rng.uniform(4, 12),
            octaves=2,
        )
        shade += rock.foliation * rng.uniform(0.1, 0.45) * fine
    return shade


def _speckle(rng: np.random.Generator, albedo: np.ndarray, setting: Setting) -> None:
    """Strew dark and pale crystals over the rock."""
    shape, size = albedo.shape[:2], setting.grain * rng.uniform(1.3, 2.8)
    for share, colour in (
        (setting.rock.speckle, (0.04, 0.04, 0.042)),
        (setting.rock.speckle * 0.6, (0.7, 0.68, 0.65)),
    ):
        noise = grains(rng, shape, size)
        noise += 0.5 * grains(rng, shape, max(size / 2, 1.0))
        level = float(np.quantile(noise[::4, ::4], 1 - share))
        grain = (rng.uniform(0.3, 0.85) * ramp(noise, level - 0.15, level + 0.3))[..., None]
        albedo += grain * (np.array(colour, np.float32) - albedo)
