# SPDX-License-Identifier: GPL-2.0-or-later
"""What joints do to the rock: openings, worn and chipped edges, steps, fillings, rims."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .looks import Look
from .nearest import Near, near, ways_of
from .noise import grains, ramp, terraces

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


@dataclass(frozen=True)
class _Beside:
    """The pixels close to the joints, and what the nearest joint is like there."""

    looks: tuple[Look, ...]
    close: Near
    who: np.ndarray  # (m,) which of the looks

    def per(self, name: str) -> np.ndarray:
        """Return a number of the nearest joint for each pixel (m,) float32."""
        return np.array([getattr(look, name) for look in self.looks], np.float32)[self.who]

    def course(self, name: str) -> np.ndarray:
        """Return what the nearest joint is like at its nearest point, for each pixel (m,)."""
        return np.concatenate([getattr(look, name) for look in self.looks])[self.close.sample]


@dataclass(frozen=True)
class _Gap:
    """How far each pixel (m,) lies in a joint."""

    half: np.ndarray  # pixels from the course to the side it is on
    inside: np.ndarray  # 0..1
    hole: np.ndarray  # 0..1, less where the joint fades


def part(rng: np.random.Generator, looks: tuple[Look, ...], shape: tuple[int, int]) -> Parted:
    """Draw the joints' fields."""
    height, tone = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    dark, filled = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    parted = Parted(
        height, tone, dark, np.zeros((*shape, 3), np.float32), filled, np.full(shape, -1, np.int32)
    )
    for look in looks:
        if abs(look.step) + abs(look.tone) > 0.02:
            _step(look, height, tone, rng)
    if looks:
        beside = _beside(looks, shape)
        gap = _gap(rng, beside, shape)
        _carve(rng, beside, gap, parted)
        _colour(rng, beside, gap, parted)
        on = beside.close.distance <= np.maximum(gap.half, 1.5)
        parted.sample.ravel()[beside.close.pixels[on]] = beside.close.sample[on]
    return parted


def _beside(looks: tuple[Look, ...], shape: tuple[int, int]) -> _Beside:
    points = np.concatenate([look.joint.points for look in looks])
    ways = np.concatenate([ways_of(look.joint.points) for look in looks])
    owner = np.repeat(np.arange(len(looks)), [len(look.joint.points) for look in looks])
    close = near(points, ways, shape, REACH)
    return _Beside(looks, close, owner[close.sample])


def _gap(rng: np.random.Generator, beside: _Beside, shape: tuple[int, int]) -> _Gap:
    close, strength = beside.close, beside.course("strength")
    left, right = beside.course("left"), beside.course("right")
    torn = grains(rng, shape, 2.5) + 1.2 * grains(rng, shape, 7.0)
    half = np.where(close.offset > 0, left, right) * (0.3 + 0.7 * strength)
    half += torn.ravel()[close.pixels] * beside.per("ragged") * 0.6
    inside = np.clip(half - close.distance + 0.5, 0.0, 1.0)
    thin = np.clip((left + right) / 1.6, 0.35, 1.0)
    # Where a wide joint fades it closes; only a thin one grows pale.
    hole = inside * thin * strength ** (2.0 / (1.0 + np.maximum(half, 1.0)))
    return _Gap(half, inside, hole)


def _carve(rng: np.random.Generator, beside: _Beside, gap: _Gap, parted: Parted) -> None:
    """Open the joints, wear their edges round and break crumbs out of them."""
    close, strength = beside.close, beside.course("strength")
    bowl = np.clip(1.0 - (close.distance / np.maximum(gap.half, 0.8)) ** 2, 0.0, 1.0)
    opening = 0.4 * gap.inside + 0.6 * bowl * (gap.inside > 0)
    worn = beside.per("bevel") * np.exp(-close.distance / beside.per("rounding"))
    reach = beside.per("chips")
    broken = _chips(rng, parted.height.shape).ravel()[close.pixels]
    broken = ramp(broken - close.distance / (reach + 0.1), 0.0, 0.12)
    broken *= (reach > 0) * np.minimum(2.0 * strength, 1.0)
    deep = strength * (beside.per("depth") * opening + worn) + beside.per("chip_depth") * broken
    parted.height.ravel()[close.pixels] -= deep
    parted.tone.ravel()[close.pixels] *= 1.0 + beside.per("chip_tone") * broken


def _colour(rng: np.random.Generator, beside: _Beside, gap: _Gap, parted: Parted) -> None:
    """Blacken or fill the joints, and lighten their rims."""
    close, shape = beside.close, parted.height.shape
    has_fill = np.array([look.fill is not None for look in beside.looks])[beside.who]
    colours = np.array([look.fill or (0, 0, 0) for look in beside.looks], np.float32)
    grain = 1.0 + 0.12 * grains(rng, shape, 2.0).ravel()[close.pixels]
    parted.filled.ravel()[close.pixels] = gap.hole * has_fill
    parted.fill.reshape(-1, 3)[close.pixels] = colours[beside.who] * grain[:, None]
    parted.dark.ravel()[close.pixels] = gap.hole * beside.per("dark") * ~has_fill
    uneven = ramp(grains(rng, shape, 9.0).ravel()[close.pixels], -0.9, 0.6)
    rim = np.exp(-((np.maximum(close.distance - gap.half, 0.0) / 2.2) ** 2)) * uneven
    rim *= beside.course("strength") * (1.0 - gap.hole)
    parted.tone.ravel()[close.pixels] *= 1.0 + beside.per("rim") * rim


def _chips(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return float32 (h, w) up to about 1: how far from a joint's edge crumbs broke out."""
    noise = grains(rng, shape, 13.0) + 0.5 * grains(rng, shape, 6.0)
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
