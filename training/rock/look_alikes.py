# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines and darkness on rock that are no fractures: drill marks, hairs, roots."""

from __future__ import annotations

import cv2
import numpy as np

from .noise import along, grains
from .setting import Setting


def drill(rng: np.random.Generator, height: np.ndarray, setting: Setting) -> None:
    """Drill into a few reliefs (h, w), in place: half barrels, straight and evenly spaced."""
    if rng.random() > 0.06 or setting.view == "land":
        return
    angle = setting.fall + rng.normal(0, 0.1)
    across = np.array([-np.sin(angle), np.cos(angle)])
    way = np.array([np.cos(angle), np.sin(angle)])
    spacing, radius = rng.uniform(60, 250), rng.uniform(5, 18)
    y, x = np.mgrid[: setting.size, : setting.size].astype(np.float32)
    u = x * across[0] + y * across[1] + rng.uniform(0, spacing)
    v = (x - setting.size / 2) * way[0] + (y - setting.size / 2) * way[1]
    barrel = np.clip(1.0 - ((np.mod(u, spacing) - spacing / 2) / radius) ** 2, 0.0, 1.0)
    number = np.floor(u / spacing).astype(int) % 64
    first = rng.uniform(-0.8, 0.2, 64)[number] * setting.size
    last = first + rng.uniform(0.2, 0.8, 64)[number] * setting.size
    height -= radius * 0.7 * np.sqrt(barrel) * ((v > first) & (v < last))


def short_cracks(rng: np.random.Generator, height: np.ndarray, setting: Setting) -> None:
    """Scratch short curved cracks into the relief, in place: texture, too small to be mapped."""
    if rng.random() < 0.3:
        return
    mask = np.zeros(height.shape, np.uint8)
    size, longest = setting.size, 0.1 * setting.size * rng.uniform(0.4, 1.0)
    centre = rng.uniform(0, size, (int(rng.integers(1, 8)), 2))
    base, spread, bend = rng.uniform(0, np.pi), rng.choice([0.3, 0.8, 3.0]), rng.uniform(0.06, 0.25)
    for _ in range(int(rng.integers(3, 60))):
        place = centre[int(rng.integers(len(centre)))] + rng.normal(0, 0.15 * size, 2)
        count = int(rng.uniform(0.15, 1.0) * longest) + 4
        heading = base + spread * rng.normal() + np.cumsum(bend * along(rng, count, 8.0))
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = np.round(16 * (place + np.cumsum(steps, axis=0))).astype(np.int32)
        shade, width = int(rng.integers(60, 255)), int(rng.choice([1, 1, 2, 3]))
        cv2.polylines(mask, [points], False, shade, width, cv2.LINE_AA, 4)
    height -= rng.uniform(0.8, 4.5) * mask.astype(np.float32) / 255


def thin_strands(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> None:
    """Lay roots, dry stalks, ropes and scratches over the picture (h, w, 3), in place."""
    if rng.random() < 0.82:
        return
    size = setting.size
    colours = ((0.3, 0.24, 0.15), (0.08, 0.06, 0.04), (0.12, 0.16, 0.05), (0.5, 0.48, 0.44))
    colour = np.array(colours[int(rng.integers(len(colours)))], np.float32) * rng.uniform(0.6, 1.3)
    mask = np.zeros(light.shape[:2], np.uint8)
    bend = rng.uniform(0.002, 0.03)
    for _ in range(int(rng.integers(1, 7))):
        count = int(rng.uniform(0.1, 0.7) * size)
        heading = rng.uniform(0, 2 * np.pi) + np.cumsum(bend * along(rng, count, 60))
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = rng.uniform(0, size, 2) + np.cumsum(steps, axis=0)
        fixed = np.round(16 * points).astype(np.int32)
        cv2.polylines(mask, [fixed], False, 255, int(rng.integers(1, 5)), cv2.LINE_AA, 4)
    cover = (mask.astype(np.float32) / 255)[..., None]
    below = np.roll(mask, (int(rng.integers(1, 5)), int(rng.integers(-3, 4))), (0, 1))
    light *= (1.0 - 0.45 * cv2.GaussianBlur(below, (0, 0), 1.2).astype(np.float32) / 255)[..., None]
    grain = np.exp(0.25 * grains(rng, light.shape[:2], 3.0))[..., None]
    light += cover * (colour * grain * light.mean() / 0.25 - light)
