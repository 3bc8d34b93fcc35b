# SPDX-License-Identifier: GPL-2.0-or-later
"""Generated photographs and aerial pictures of rock with exact fracture truth, for training.

A picture is built the way rock becomes one: a relief (`relief`), cut by joint sets (`joints`,
`network`) that part it into blocks (`looks`, `parting`, `blocks`); minerals and weathering give
it colour (`albedo`, `weathering`); sun and sky light it (`light`); plants, sky and strands hide
parts (`cover`); a camera takes it (`camera`). What looks like a fracture and is none is
everywhere (`flakes`, `look_alikes`, `land`). Truth is what a geologist would mark: joints and veins
longer than about a twelfth of the picture that can be seen over most of their length
(`visible`). All randomness flows from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .albedo import draw_albedo
from .blocks import part_blocks
from .camera import photograph
from .cover import cover_up, grow_on
from .flakes import dig_recesses, draw_flakes
from .joints import draw_joints
from .land import cross_land
from .light import draw_light, draw_shade, shine
from .look_alikes import drill, short_cracks, thin_strands
from .looks import Look, draw_look, draw_taste
from .parting import part
from .relief import draw_relief
from .setting import draw_setting
from .visible import seen
from .weathering import weather

SMALLEST = 96  # pixels a side: below that no joint is longer than its own wandering


@dataclass(frozen=True)
class Line:
    """A true fracture or vein: its centre line (n, 2) x, y and usual width, both pixels."""

    points: np.ndarray
    width: float
    kind: str  # "fracture" or "vein"
    visible: bool


@dataclass(frozen=True)
class Drawn:
    """A generated picture and its truth."""

    image: np.ndarray  # (h, w, 3) uint8 RGB
    truth: np.ndarray  # (h, w) uint8, 1 on fractures and veins
    lines: tuple[Line, ...]


def generate(seed: int, *, size: int = 768) -> Drawn:
    """Draw picture number `seed`, `size` pixels square."""
    if seed < 0 or size < SMALLEST:
        raise ValueError(
            f"A picture of rock has a seed of 0 or more and {SMALLEST} pixels or more a side; "
            f"asked for were seed {seed} and {size} pixels."
        )
    streams = [np.random.default_rng([seed, part]) for part in range(8)]
    setting = draw_setting(streams[0], size)
    joints = draw_joints(streams[1], setting)
    veined = setting.view == "hand" or streams[2].random() < 0.08
    taste = draw_taste(streams[2], veined, setting)
    looks = tuple(draw_look(streams[2], taste, joint) for joint in joints)

    shape = (size, size)
    unlike = float(streams[3].choice([0.0, 0.5, 1.0, 1.6], p=[0.2, 0.3, 0.35, 0.15]))
    blocks = part_blocks(looks, shape, unlike)
    parted = part(streams[3], looks, shape)
    height = draw_relief(streams[4], setting, blocks)
    draw_flakes(streams[4], height, setting)
    recess = dig_recesses(streams[4], height, setting)
    drill(streams[4], height, setting)
    short_cracks(streams[4], height, setting)
    height += parted.height
    albedo = draw_albedo(streams[5], setting)
    albedo *= blocks.vary(streams[5], 0.2)[..., None]
    weather(streams[5], albedo, setting, blocks)
    albedo *= parted.tone[..., None]
    albedo += parted.filled[..., None] * (parted.fill - albedo)

    light = draw_light(streams[6], setting)
    shade = draw_shade(streams[6], setting, light)
    scene = albedo * shine(streams[6], height, light, shade)
    _darken(streams[6], scene, 1.0 - (1.0 - parted.dark) * (1.0 - recess))
    cross_land(streams[7], scene, setting)
    thin_strands(streams[7], scene, setting)
    for look in looks:
        if streams[7].random() < 0.06:
            grow_on(streams[7], scene, look.joint.points)
    hidden = cover_up(streams[7], scene, setting)
    image = photograph(streams[7], scene)
    shown = tuple(seen(image, look.joint.points, (look.left + look.right) / 2) for look in looks)
    return Drawn(image, _truth(parted.sample, shown, hidden), _lines(looks, shown))


def _darken(rng: np.random.Generator, scene: np.ndarray, dark: np.ndarray) -> None:
    """Take the light (h, w, 3) out of openings, but for what comes back warm from their walls."""
    glow = np.array([1.25, 1.0, 0.85]) ** rng.uniform(0, 2) * rng.uniform(0.0, 0.09)
    glow *= scene[::8, ::8].mean()
    scene += dark[..., None] * (glow.astype(np.float32) - scene)


def _truth(sample: np.ndarray, shown: tuple[np.ndarray, ...], hidden: np.ndarray) -> np.ndarray:
    """Return the marked pixels: on a joint where it shows, and nothing lies over it."""
    marks = np.concatenate([*shown, np.zeros(1, bool)])  # row -1: no joint
    return (marks[sample] & ~hidden).astype(np.uint8)


def _lines(looks: tuple[Look, ...], shown: tuple[np.ndarray, ...]) -> tuple[Line, ...]:
    """Return every stretch that shows as a line of its own, and what never shows as not visible."""
    lines = []
    for look, marks in zip(looks, shown):
        kind = "vein" if look.kind in ("vein", "dyke") else "fracture"
        width = float(np.mean(look.left + look.right))
        edges = np.flatnonzero(np.diff(np.concatenate([[0], marks.astype(np.int8), [0]])))
        for first, last in edges.reshape(-1, 2):
            lines.append(Line(look.joint.points[first:last], width, kind, True))
        if len(edges) == 0:
            lines.append(Line(look.joint.points, width, kind, False))
    return tuple(lines)
