# SPDX-License-Identifier: GPL-2.0-or-later
"""The joint sets of a picture: how many, which way, how dense, by what the picture is of."""

from __future__ import annotations

import numpy as np

from .network import Joint, JointSet, draw_network, twin
from .setting import Setting

BARE = 0.07  # share of pictures without a fracture


def draw_joints(rng: np.random.Generator, setting: Setting) -> tuple[Joint, ...]:
    """Draw all joints of a picture, none in some."""
    if rng.random() < BARE:
        return ()
    sets = draw_sets(rng, setting)
    joints = list(draw_network(rng, sets, setting.size))
    for joint in tuple(joints):
        if rng.random() < 0.12 and len(joint.points) > 0.25 * setting.size:
            start = rng.uniform(0, 0.5)
            share = (start, start + rng.uniform(0.3, 0.5))
            side = float(rng.choice([-1, 1]) * rng.uniform(10, 45))
            joints.append(twin(joint, side, share))
    return tuple(joints)


def draw_sets(rng: np.random.Generator, setting: Setting) -> tuple[JointSet, ...]:
    """Draw one to four sets; on a face the steep and the level are commonest."""
    size, number = setting.size, int(rng.choice([1, 2, 3, 4], p=[0.25, 0.45, 0.22, 0.08]))
    total = int(np.clip(np.exp(rng.normal(np.log(7.0), 0.75)), 1, 50))
    shares = rng.dirichlet(np.full(number, 1.5))
    through = rng.random() < 0.75  # the joints of many faces cross the whole picture
    wander = float(np.clip(np.exp(rng.normal(np.log(0.05), 0.6)), 0.01, 0.16))
    rough = float(np.clip(np.exp(rng.normal(np.log(0.8), 0.5)), 0.2, 2.0))
    sets = []
    first = setting.fall + rng.normal(0, 0.25) if rng.random() < 0.6 else rng.uniform(0, np.pi)
    for number, share in enumerate(shares):
        angle = first + number * np.pi / 2 + rng.normal(0, 0.3)
        if number > 1 or rng.random() < 0.25:
            angle = rng.uniform(0, np.pi)
        count = max(round(total * share), 1)
        sets.append(
            JointSet(
                angle=float(angle % np.pi),
                spread=float(np.radians(rng.uniform(1.5, 14))),
                count=count,
                exponent=float(rng.uniform(1.0, 2.4)),
                shortest=float(rng.uniform(0.3, 0.7) if through else rng.uniform(0.1, 0.2)) * size,
                longest=2.2 * size,
                spacing=float(min(rng.uniform(0.015, 0.12), 0.35 / count) * size),
                abutting=float(rng.choice([0.15, 0.5, 0.9])),
                wander=wander * rng.uniform(0.5, 1.6),
                roughness=rough * rng.uniform(0.5, 1.8),
            )
        )
    return tuple(sets)
