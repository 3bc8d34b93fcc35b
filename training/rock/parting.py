# SPDX-License-Identifier: GPL-2.0-or-later
"""What joints do to the rock: openings, worn and chipped edges, steps, fillings, rims."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..scene.noise import smooth_noise
from .looks import Look
from .nearest import near, ways_of
from .noise import ramp, terraces

REACH = 40.0  # pixels from a joint within which it shapes the rock's surface


@dataclass(frozen=True)
class Parted:
    """Fields (h, w) that the joints add to the rock."""

    height: np.ndarray  # float32, pixels
    tone: np.ndarray  # float32, factor of the albedo
    dark: np.ndarray  # float32 0..1, blackness of openings
    fill: np.ndarray  # float32 (h, w, 3), linear RGB
    filled: np.ndarray  # float32 0..1
    sample: np.ndarray  # int32, on joints the row of their points put end to end, else -1


def part(rng: np.random.Generator, looks: tuple[Look, ...], shape: tuple[int, int]) -> Parted:
    """Draw the joints' fields."""
    height, tone = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    dark, filled = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    fill, sample = np.zeros((*shape, 3), np.float32), np.full(shape, -1, np.int32)
    for look in looks:
        if abs(look.step) + abs(look.tone) > 0.02:
            _step(look, height, tone, rng)
    if looks:
        _openings(rng, looks, height, tone, dark, fill, filled, sample)
    return Parted(height, tone, dark, fill, filled, sample)


def _openings(
    rng: np.random.Generator,
    looks: tuple[Look, ...],
    height: np.ndarray,
    tone: np.ndarray,
    dark: np.ndarray,
    fill: np.ndarray,
    filled: np.ndarray,
    sample: np.ndarray,
) -> None:
    """Write everything close to the courses into the fields, for all joints at once."""
    points = np.concatenate([look.joint.points for look in looks])
    ways = np.concatenate([ways_of(look.joint.points) for look in looks])
    owner = np.repeat(np.arange(len(looks)), [len(look.joint.points) for look in looks])
    close = near(points, ways, height.shape, REACH)
    who = owner[close.sample]

    def per(name: str) -> np.ndarray:
        return np.array([getattr(look, name) for look in looks], np.float32)[who]

    def course(name: str) -> np.ndarray:
        return np.concatenate([getattr(look, name) for look in looks])[close.sample]

    torn = smooth_noise(rng, height.shape, 2.5) + 1.2 * smooth_noise(rng, height.shape, 7.0)
    torn = torn.ravel()[close.pixels] * per("ragged") * 0.6
    strength = course("strength")
    half = np.where(close.offset > 0, course("left"), course("right"))
    half = half * (0.3 + 0.7 * strength) + torn
    inside = np.clip(half - close.distance + 0.5, 0.0, 1.0)
    thin = np.clip((course("left") + course("right")) / 1.6, 0.35, 1.0)
    # Where a wide joint fades it closes; only a thin one grows pale.
    hole = inside * thin * strength ** (2.0 / (1.0 + np.maximum(half, 1.0)))
    flat = height.ravel()
    bowl = np.clip(1.0 - (close.distance / np.maximum(half, 0.8)) ** 2, 0.0, 1.0)
    flat[close.pixels] -= per("depth") * strength * (0.4 * inside + 0.6 * bowl * (inside > 0))
    flat[close.pixels] -= per("bevel") * strength * np.exp(-close.distance / per("rounding"))
    chip = _chips(rng, height.shape).ravel()[close.pixels] - close.distance / (per("chips") + 0.1)
    chip = ramp(chip, 0.0, 0.12) * (per("chips") > 0) * np.minimum(2.0 * strength, 1.0)
    flat[close.pixels] -= per("chip_depth") * chip
    tone.ravel()[close.pixels] *= 1.0 + per("chip_tone") * chip
    has_fill = np.array([look.fill is not None for look in looks])[who]
    colours = np.array([look.fill or (0, 0, 0) for look in looks], np.float32)
    grain = 1.0 + 0.12 * smooth_noise(rng, height.shape, 2.0).ravel()[close.pixels]
    filled.ravel()[close.pixels] = hole * has_fill
    fill.reshape(-1, 3)[close.pixels] = colours[who] * grain[:, None]
    dark.ravel()[close.pixels] = hole * per("dark") * ~has_fill
    rough_rim = ramp(smooth_noise(rng, height.shape, 9.0).ravel()[close.pixels], -0.9, 0.6)
    rim = np.exp(-((np.maximum(close.distance - half, 0.0) / 2.2) ** 2)) * rough_rim
    tone.ravel()[close.pixels] *= 1.0 + per("rim") * rim * strength * (1.0 - hole)
    on = close.distance <= np.maximum(half, 1.5)
    sample.ravel()[close.pixels[on]] = close.sample[on]


def _chips(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return float32 (h, w) up to about 1: how far from a joint's edge crumbs broke out."""
    noise = smooth_noise(rng, shape, 13.0) + 0.5 * smooth_noise(rng, shape, 6.0)
    return terraces(0.75 * noise - 0.35, 0.4, 0.85)


def _step(look: Look, height: np.ndarray, tone: np.ndarray, rng: np.random.Generator) -> None:
    """Raise and tint the rock beside one joint, fading away from it and to its free ends."""
    reach = float(rng.uniform(25, 140))
    points, lower = look.joint.points, np.floor(look.joint.points.min(0) - 2 * reach).astype(int)
    upper = np.ceil(look.joint.points.max(0) + 2 * reach).astype(int)
    x0, y0 = np.maximum(lower, 0)
    x1, y1 = np.minimum(upper, height.shape[::-1])
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    half = 0.5 * (points - (x0, y0))[::2]
    shape = ((y1 - y0) // 2, (x1 - x0) // 2)
    close = near(half, ways_of(half), shape, reach)
    way = close.sample / max(len(half) - 1, 1)
    fade = np.exp(-3.0 * close.distance / reach) - np.exp(-3.0)
    for end, share in zip(look.joint.ends, (way, 1 - way)):
        if end == "I":
            fade = fade * np.clip(share / 0.15, 0.0, 1.0)
    # Only what lies beside the course: past its end there are no two sides.
    fade = fade * np.clip(1.5 - np.abs(close.distance - np.abs(close.offset)), 0.0, 1.0)
    field = np.zeros(shape, np.float32)
    field.ravel()[close.pixels] = np.sign(close.offset) * np.maximum(fade, 0.0)
    field = cv2.resize(field, (int(x1 - x0), int(y1 - y0)), interpolation=cv2.INTER_LINEAR)
    height[y0:y1, x0:x1] += 0.5 * look.step * field
    tone[y0:y1, x0:x1] *= np.exp(0.5 * look.tone * field)
