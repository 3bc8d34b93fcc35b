# SPDX-License-Identifier: GPL-2.0-or-later
"""Scars where rock spalled off: short curved scarps and ledges, dark or lit, that are no fractures.

A scar is one-sided: the surface drops at its rim and comes back to level away from it, while a
joint parts two sides. Scars lie in fields, more or less along a grain.
"""

from __future__ import annotations

import cv2
import numpy as np

from .nearest import Near, near, ways_of
from .noise import along, clouds, ramp
from .setting import Setting


def draw_flakes(rng: np.random.Generator, height: np.ndarray, setting: Setting) -> None:
    """Break flakes out of the relief (h, w), in place; many pictures have none."""
    if rng.random() < 0.65:
        number = int(np.exp(rng.uniform(np.log(25), np.log(220))))
        _field(rng, height, setting, number, (0.02 * setting.size, 0.1 * setting.size))
    if rng.random() < 0.35:
        number = int(rng.integers(1, 9))
        _field(rng, height, setting, number, (0.08 * setting.size, 0.3 * setting.size))


def _field(
    rng: np.random.Generator,
    height: np.ndarray,
    setting: Setting,
    number: int,
    lengths: tuple[float, float],
) -> None:
    """Break out `number` flakes with rims of `lengths` (shortest, longest) pixels."""
    arcs = _arcs(rng, setting, number, lengths)
    points = np.concatenate(arcs)
    counts = [len(arc) for arc in arcs]
    owner = np.repeat(np.arange(number), counts)
    middle = np.concatenate([np.sin(np.linspace(0, np.pi, count)) for count in counts])
    reach = 12.0 + 0.35 * lengths[1] * rng.uniform(0.2, 0.8)
    ways = np.concatenate([ways_of(arc) for arc in arcs])
    close = near(points, ways, height.shape, min(reach, 90.0))
    deepest = (1.0 + 0.03 * lengths[1]) * rng.uniform(0.4, 1.6)
    drop = (deepest * rng.lognormal(-0.3, 0.5, number)).astype(np.float32)[owner[close.sample]]
    height.ravel()[close.pixels] -= drop * _form(rng, close, middle, reach)


def _form(rng: np.random.Generator, close: Near, middle: np.ndarray, reach: float) -> np.ndarray:
    """Return the share of the full drop at each pixel: all at the rim, none `reach` away."""
    rim = ramp(close.offset, -0.5 - rng.uniform(0, 1.5), 1.2)
    back = np.clip(1.0 - close.distance / reach, 0.0, 1.0) ** rng.uniform(1.0, 3.0)
    undercut = rng.uniform(0.0, 0.8) * np.exp(-((close.offset / 2.0) ** 2))
    return ((rim * back + undercut) * middle[close.sample]).astype(np.float32)


def _arcs(
    rng: np.random.Generator, setting: Setting, number: int, lengths: tuple[float, float]
) -> list[np.ndarray]:
    """Return the rims, each (n, 2) x, y a pixel apart, bent and crowded in places."""
    size = setting.size
    crowd = clouds(rng, (64, 64), cell=24.0, octaves=3)
    places = np.argwhere(crowd > rng.uniform(-1.6, 0.4)) * (size / 64.0)
    grain, spread = rng.uniform(0, 2 * np.pi), rng.choice([0.25, 0.6, 3.0])
    bend = rng.uniform(0.4, 1.8)
    arcs = []
    for _ in range(number):
        place = (
            places[int(rng.integers(len(places)))][::-1] if len(places) else rng.random(2) * size
        )
        place = place + rng.uniform(0, size / 64, 2)
        count = int(np.exp(rng.uniform(np.log(lengths[0]), np.log(lengths[1])))) + 4
        turn = np.linspace(-0.5, 0.5, count) * bend * rng.normal(1.0, 0.6)
        rough = 0.5 * along(rng, count, 0.3 * count) + 0.4 * along(rng, count, 8.0)
        heading = grain + spread * rng.normal() + turn + 0.8 * rough
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        arcs.append(place + np.cumsum(steps, axis=0))
    return arcs


def dig_recesses(rng: np.random.Generator, height: np.ndarray, setting: Setting) -> np.ndarray:
    """Sink deep hollows into the relief (h, w), in place; return their blackness (h, w) 0..1."""
    shape = height.shape
    dark = np.zeros(shape, np.float32)
    if rng.random() > 0.35:
        return dark
    noise = clouds(rng, shape, cell=setting.size * rng.uniform(0.15, 0.6), octaves=5, gain=0.5)
    if rng.random() < 0.5:  # most lie where the face ends
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / setting.size - 0.5
        noise += 1.2 * np.maximum(np.abs(x), np.abs(y)) ** 2 * 8 - 1.0
    level = rng.uniform(1.2, 2.3)
    sharp = rng.uniform(0.03, 0.5)
    hole = ramp(noise, level, level + sharp)
    height -= rng.uniform(6, 40) * hole
    black = ramp(noise, level + 0.3 * sharp, level + sharp * rng.uniform(1.2, 4.0))
    dark += rng.uniform(0.3, 0.97) * cv2.GaussianBlur(black, (0, 0), rng.uniform(0.6, 4.0))
    return dark
