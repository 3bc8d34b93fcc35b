# SPDX-License-Identifier: GPL-2.0-or-later
"""What hides rock: grass and leaves at its edges, bushes and soil on a slab, sky beyond it."""

from __future__ import annotations

import cv2
import numpy as np

from .noise import along, clouds, grains, ramp
from .setting import Setting


def cover_up(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Lay covers over the picture (h, w, 3) in place; return (h, w) bool where rock is hidden."""
    hidden = np.zeros(light.shape[:2], bool)
    if setting.view in ("slab", "land") and rng.random() < 0.7:
        hidden |= _bushes(rng, light, setting)
    if setting.view == "slab" and rng.random() < 0.4:
        hidden |= _soil(rng, light, setting)
    if setting.view == "face":
        if rng.random() < 0.22:
            hidden |= _leaves(rng, light, setting)
        if rng.random() < 0.18:
            hidden |= _stalks(rng, light, setting)
        if rng.random() < 0.1:
            hidden |= _sky(rng, light, setting)
    return hidden


def grow_on(rng: np.random.Generator, light: np.ndarray, points: np.ndarray) -> None:
    """Let tufts of roots and grass grow out of a joint (n, 2), in place: it runs on below them."""
    shape, tone = light.shape[:2], float(light[::8, ::8].mean())
    paint, mask = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.uint8)
    tint = np.array([[0.4, 0.33, 0.22], [0.16, 0.22, 0.07]])[int(rng.integers(2))] * tone / 0.25
    for _ in range(int(rng.integers(1, 5))):
        place, reach = points[int(rng.integers(len(points)))], rng.uniform(10, 70)
        for _ in range(int(rng.integers(6, 40))):
            count = int(rng.uniform(0.3, 1.0) * reach) + 4
            heading = rng.uniform(0, 2 * np.pi) + np.cumsum(0.05 * along(rng, count, 20.0, 2))
            steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
            root = place + rng.normal(0, 0.2 * reach, 2)
            course = ([np.round(8 * (root + np.cumsum(steps, axis=0))).astype(np.int32)], False)
            colour = tint * np.exp(rng.normal(0, 0.4))
            cv2.polylines(paint, *course, tuple(float(v) for v in colour), 1, cv2.LINE_AA, 3)
            cv2.polylines(mask, *course, 255, 1, cv2.LINE_AA, 3)
    light += (mask.astype(np.float32) / 255)[..., None] * (paint - light)


def _rim(rng: np.random.Generator, shape: tuple[int, int], depth: float) -> np.ndarray:
    """Return float32, above 0 in a ragged zone `depth` pixels deep along one side."""
    distance = np.arange(shape[0], dtype=np.float32)[:, None] * np.ones(shape[1], np.float32)
    turned = np.rot90(distance, int(rng.integers(4)))
    return depth + 0.4 * depth * clouds(rng, shape, cell=120.0, octaves=5) - turned


def _leaves(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Blades and leaves hanging in from one side, dark between them."""
    shape, size = light.shape[:2], setting.size
    zone = _rim(rng, shape, size * rng.uniform(0.03, 0.16))
    places = np.argwhere(zone[::6, ::6] > 0) * 6
    if len(places) == 0:
        return np.zeros(shape, bool)
    mask, paint = np.zeros(shape, np.uint8), np.zeros((*shape, 3), np.float32)
    tone = float(light.mean())
    blade = rng.random() < 0.5
    for _ in range(int(rng.integers(60, 500))):
        y, x = places[int(rng.integers(len(places)))]
        colour = np.array([0.13, 0.2, 0.06]) * rng.uniform(0.1, 1.3) * tone / 0.25
        colour = colour * np.exp(rng.normal(0, 0.2, 3))
        angle, long = rng.uniform(0, 360), np.exp(rng.uniform(np.log(3), np.log(26)))
        axes = (int(long), 1 if blade else int(max(long * rng.uniform(0.25, 0.7), 2)))
        where = ((int(x), int(y)), axes, angle, 0, 360)
        cv2.ellipse(paint, *where, tuple(float(v) for v in colour), -1, cv2.LINE_AA)
        cv2.ellipse(mask, *where, 255, -1, cv2.LINE_AA)
    dark = ramp(cv2.GaussianBlur(mask, (0, 0), 5).astype(np.float32) / 255, 0.15, 0.9)
    light *= (1.0 - 0.85 * dark)[..., None]
    paint *= np.exp(0.35 * clouds(rng, shape, cell=12.0, octaves=3))[..., None]
    cover = (mask.astype(np.float32) / 255)[..., None]
    light += cover * (paint - light)
    hidden = ((mask > 100) | (dark > 0.5)).astype(np.uint8)
    return cv2.morphologyEx(hidden, cv2.MORPH_CLOSE, np.ones((25, 25), np.uint8)) > 0


def _stalks(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Dry grass, roots and stems hanging in from one side before a dark gap."""
    shape, size = light.shape[:2], setting.size
    zone = _rim(rng, shape, size * rng.uniform(0.02, 0.14))
    dark = ramp(zone, 0.0, rng.uniform(3, 30))
    light *= (1.0 - rng.uniform(0.2, 0.95) * dark)[..., None]
    places = np.argwhere(zone[::4, ::4] > -0.02 * size) * 4
    if len(places) == 0:
        return dark > 0.5
    paint, mask = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.uint8)
    tint = np.array([0.36, 0.31, 0.22]) * rng.uniform(0.5, 1.5) * light.mean() / 0.25
    lean, spread = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.0)
    for _ in range(int(rng.integers(10, 140))):
        count = int(rng.uniform(0.03, 0.2) * size) + 4
        heading = lean + spread * rng.normal() + np.cumsum(0.02 * along(rng, count, 40.0, 2))
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = places[int(rng.integers(len(places)))][::-1] + np.cumsum(steps, axis=0)
        course = ([np.round(8 * points).astype(np.int32)], False)
        line = (int(rng.choice([1, 1, 2, 3])), cv2.LINE_AA, 3)
        colour = tint * np.exp(rng.normal(0, 0.35)) * np.exp(rng.normal(0, 0.08, 3))
        cv2.polylines(paint, *course, tuple(float(v) for v in colour), *line)
        cv2.polylines(mask, *course, 255, *line)
    light += (mask.astype(np.float32) / 255)[..., None] * (paint - light)
    near = cv2.dilate((mask > 100).astype(np.uint8), np.ones((5, 5), np.uint8))
    return (dark > 0.5) | (near > 0)


def _bushes(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Crowns and tufts seen from above, with their shadow."""
    shape = light.shape[:2]
    cell = float(np.exp(rng.uniform(np.log(12), np.log(90))))
    noise = clouds(rng, shape, cell=cell, octaves=6, gain=0.65)
    noise += clouds(rng, shape, cell=setting.size / 3, octaves=2)
    level = rng.uniform(1.3, 2.8)
    cover = ramp(noise, level, level + 0.15)
    shift = rng.uniform(-0.2, 0.2, 2) * cell
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]])
    shadow = cv2.warpAffine(cover, move, shape[::-1])
    light *= (1.0 - rng.uniform(0.2, 0.7) * shadow)[..., None]
    texture = np.exp(0.5 * clouds(rng, shape, cell=8.0, octaves=3, gain=0.8))[..., None]
    colour = np.array([0.1, 0.14, 0.045]) * rng.uniform(0.5, 1.7) * np.exp(rng.normal(0, 0.2, 3))
    light += cover[..., None] * ((colour * texture * light.mean() / 0.3) - light)
    return cover > 0.5


def _soil(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Sand, scree or soil in hollows, smooth and pale or brown."""
    shape = light.shape[:2]
    noise = clouds(rng, shape, cell=setting.size * rng.uniform(0.15, 0.5), octaves=6)
    level = rng.uniform(0.8, 1.9)
    cover = ramp(noise, level, level + rng.uniform(0.1, 0.5))
    colour = np.array([0.34, 0.26, 0.18]) * rng.uniform(0.5, 1.5) * np.exp(rng.normal(0, 0.1, 3))
    grain = np.exp(0.2 * grains(rng, shape, rng.uniform(1.5, 5)))[..., None]
    light += cover[..., None] * (colour * grain * light.mean() / 0.3 - light)
    return cover > 0.6


def _sky(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> np.ndarray:
    """Over-exposed sky past the edge of the rock."""
    zone = _rim(rng, light.shape[:2], setting.size * rng.uniform(0.02, 0.12))
    zone += np.float32(rng.uniform(0, 0.1) * setting.size) * clouds(
        rng, light.shape[:2], cell=setting.size / 3, octaves=2
    )
    cover = ramp(zone, -1.0, 1.5)
    colour = np.array([0.9, 0.95, 1.05]) * light.mean() * rng.uniform(3, 7)
    light += cover[..., None] * (colour.astype(np.float32) - light)
    return cover > 0.5
