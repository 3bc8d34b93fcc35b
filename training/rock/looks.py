# SPDX-License-Identifier: GPL-2.0-or-later
"""How each joint shows: gaping, tight, stepped, filled; its width and strength along its course."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .network import Joint
from .noise import along, ramp
from .setting import Setting

KINDS = ("crevice", "tight", "step", "vein", "dyke", "flaked", "filled")


@dataclass(frozen=True)
class Look:
    """What a joint is made of; arrays have one value for each point of its course."""

    joint: Joint
    kind: str
    left: np.ndarray  # half width to the left of the course, pixels
    right: np.ndarray
    strength: np.ndarray  # 0 where it cannot be seen .. 1
    depth: float  # of the opening, pixels
    dark: float  # how black the opening is beyond its shading, 0..1
    ragged: float  # pixels by which its sides are torn
    bevel: float  # how deep its worn edges are, pixels
    rounding: float  # how far from it they begin, pixels
    chips: float  # how far beside it crumbs broke out, pixels
    chip_depth: float
    chip_tone: float  # brightness of the scars over the rock's, share
    step: float  # height of its left side over its right, pixels
    tone: float  # brightness of its left side over its right, share
    rim: float  # brightness of the edges beside it over the rock's, share
    fill: tuple[float, float, float] | None  # colour of what fills it, linear RGB


@dataclass(frozen=True)
class Taste:
    """What the joints of one picture have in common."""

    width: float  # usual full width, pixels
    kinds: tuple[float, ...]  # weight of each of KINDS
    ragged: float
    boldness: float  # 1: clear; less: faint
    size: int  # of the picture, pixels


def draw_taste(rng: np.random.Generator, veined: bool, setting: Setting) -> Taste:
    """Draw what the joints of a picture have in common; on rough rock they gape wider."""
    weights = rng.dirichlet(np.array([3.0, 1.8, 2.0, 0.3, 0.15, 0.7, 0.35]) * 0.7)
    if veined:
        weights = weights * 0.3 + 0.7 * np.array([0, 0, 0, 0.8, 0.15, 0, 0.05])
    if setting.view == "land":  # from high above: lines of soil, plants and tone, seldom a gap
        weights = weights * np.array([0.1, 1.0, 2.0, 0.6, 1.5, 0.3, 6.0])
    width = np.exp(rng.normal(np.log(3.4), 0.5)) * (1.0 + 0.5 * min(setting.rough, 1.5))
    width = float(np.clip(width, 1.6, 14.0))
    return Taste(width, tuple(weights), rng.uniform(0.0, 1.0), rng.uniform(0.6, 1.0), setting.size)


def draw_look(rng: np.random.Generator, taste: Taste, joint: Joint) -> Look:
    """Draw how one joint shows."""
    kind = KINDS[int(rng.choice(len(KINDS), p=np.array(taste.kinds) / sum(taste.kinds)))]
    count = len(joint.points)
    # Long joints gape wider, with the root of their length (Olson 2003, JGR 108(B9), 2413).
    full = taste.width * np.exp(rng.normal(0.0, 0.35)) * min(count / taste.size, 1.2) ** 0.5 * 1.15
    if kind == "tight":
        full = min(full * 0.55, 3.5)
    if kind == "step":
        full *= rng.uniform(0.3, 0.9)
    full = max(full, 1.0)
    slot = kind == "crevice" and count > 0.4 * taste.size and rng.random() < 0.1
    if slot:
        full = float(rng.uniform(9, 30))
    left, right = _sides(rng, joint, full, kind)
    strength = _strength(rng, count, kind, taste.boldness, full)
    dark = {"crevice": (0.6, 0.98), "tight": (0.4, 0.85), "step": (0.1, 0.85)}.get(kind, (0.0, 0.4))
    deep = {"crevice": (0.7, 3.0), "tight": (0.4, 1.5), "step": (0.2, 1.2), "flaked": (0.2, 1.0)}
    depth = full * rng.uniform(*deep.get(kind, (0.0, 0.25)))
    stepping = kind == "step" or rng.random() < 0.45
    step = float(rng.normal(0.0, 1.0) * (3.0 if kind == "step" else 1.5)) if stepping else 0.0
    tone = float(rng.normal(0.0, 0.3 if kind == "step" else 0.08)) if stepping else 0.0
    return Look(
        joint,
        kind,
        left,
        right,
        strength,
        float(depth),
        float(rng.uniform(*dark)),
        float(taste.ragged * rng.uniform(0.2, 1.0) * min(full, 5.0) * 0.35),
        *_bevel(rng),
        *_chips(rng, full),
        step,
        tone,
        _rim(rng, kind),
        _fill(rng, kind),
    )


def _sides(
    rng: np.random.Generator, joint: Joint, full: float, kind: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the half widths left and right: swelling and thinning, narrow at free ends."""
    count = len(joint.points)
    swing = {"vein": 0.35, "dyke": 0.2}.get(kind, rng.uniform(0.2, 0.7))
    wide = full * np.exp(swing * along(rng, count, rng.uniform(60, 300), 3))
    if kind == "crevice" and rng.random() < 0.25:  # it opens wide somewhere
        place, reach = rng.uniform(0, count), rng.uniform(30, 160)
        wide += rng.uniform(2, 16) * np.exp(-(((np.arange(count) - place) / reach) ** 2))
    taper = np.ones(count)
    way = np.arange(count) / max(count - 1, 1)
    for end, part in zip(joint.ends, (way, 1 - way)):
        if end == "I":
            taper *= np.clip(part / rng.uniform(0.08, 0.45), 0.02, 1.0) ** 0.8
    wide = np.clip(wide * taper, 0.5, min(3.0 + 0.04 * count, 34.0))
    lean = np.clip(0.5 + 0.25 * along(rng, count, 25, 2), 0.15, 0.85)
    return (wide * lean).astype(np.float32), (wide * (1 - lean)).astype(np.float32)


def _strength(
    rng: np.random.Generator, count: int, kind: str, boldness: float, full: float
) -> np.ndarray:
    """Return how strongly it shows along its course, fading for stretches where it is tight."""
    fading = {"tight": 0.75, "step": 0.5, "flaked": 0.5}.get(kind, 0.3)
    base = np.full(count, boldness if kind != "tight" else 0.8 * boldness)
    if rng.random() < fading:
        low = rng.uniform(-1.6, -0.5)
        base *= 0.12 + 0.88 * ramp(along(rng, count, rng.uniform(25, 160), 3), low, low + 0.7)
    if full < 6.0 and rng.random() < 0.12:  # a row of slivers
        dash = rng.uniform(12, 45)
        base *= ramp(along(rng, count, dash, 1), -0.5, 0.4)
    return np.clip(base * (1 + 0.2 * along(rng, count, 12, 2)), 0.0, 1.0).astype(np.float32)


def _chips(rng: np.random.Generator, full: float) -> tuple[float, float, float]:
    """Return reach, depth and paleness of the scars beside a joint; most have none."""
    if rng.random() < 0.6:
        return 0.0, 0.0, 0.0
    reach = float(rng.uniform(3, 14) * (0.5 + 0.15 * min(full, 6.0)))
    return reach, float(rng.uniform(0.5, 3.5)), float(rng.normal(0.05, 0.15))


def _bevel(rng: np.random.Generator) -> tuple[float, float]:
    """Return depth and reach of the worn edges; some joints are sharp."""
    reach = float(np.exp(rng.uniform(np.log(3), np.log(24))))
    return float(rng.choice([0.0, 1.0], p=[0.4, 0.6]) * rng.uniform(0.05, 0.55) * reach), reach


def _rim(rng: np.random.Generator, kind: str) -> float:
    if kind == "flaked":
        return float(rng.uniform(0.25, 1.0))
    return float(rng.uniform(0.05, 0.4)) if rng.random() < 0.25 else 0.0


def _fill(rng: np.random.Generator, kind: str) -> tuple[float, float, float] | None:
    if kind == "vein":
        choices = ((0.78, 0.77, 0.74), (0.7, 0.66, 0.58), (0.62, 0.4, 0.28), (0.85, 0.85, 0.85))
    elif kind == "dyke":
        choices = ((0.05, 0.05, 0.055), (0.09, 0.08, 0.07), (0.06, 0.07, 0.05))
    elif kind == "filled":
        choices = ((0.11, 0.08, 0.05), (0.07, 0.1, 0.03), (0.25, 0.19, 0.12), (0.3, 0.12, 0.05))
    else:
        return None
    tint = np.array(choices[int(rng.integers(len(choices)))]) * np.exp(
        rng.normal(0, 0.1) + rng.normal(0, 0.05, 3)
    )
    return tuple(float(v) for v in np.clip(tint, 0.01, 0.95))
