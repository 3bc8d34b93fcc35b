# SPDX-License-Identifier: GPL-2.0-or-later
"""Where fractures run: sets of joints, their lengths, their wandering, how they end.

A network is drawn set by set, oldest first. Lengths follow a power law, n(l) ~ l**-a with a
between 1 and 3 for natural fractures (Bonnet et al. 2001, Scaling of fracture systems in
geological media, Reviews of Geophysics 39(3), 347-383). Directions scatter about the set's own.
A younger joint that meets an older one stops there (an abutting end, Y) or runs on (X): stress
does not pass an open joint (Price and Cosgrove 1990; Sanderson and Nixon 2015 for I, Y and X).
A joint's course is a random walk of its direction, which keeps to the set's at length and
wanders on all scales below.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .noise import along


@dataclass(frozen=True)
class JointSet:
    """One family of fractures."""

    angle: float  # radians from the picture's x axis, y down
    spread: float  # deviation of the directions, radians
    count: int
    exponent: float  # of the power law of lengths
    shortest: float  # pixels
    longest: float
    spacing: float  # pixels between neighbours of the set, at least
    abutting: float  # share of meetings with older joints that end there
    wander: float  # deviation of the course from a straight line, share of 100 pixels
    roughness: float  # pixels of sideways play over a few pixels


@dataclass(frozen=True)
class Joint:
    """A fracture's centre line, points (n, 2) x, y about a pixel apart, and the set it is of."""

    points: np.ndarray
    family: int
    asked: float  # the length drawn from the power law before ends and borders cut it, pixels
    ends: tuple[str, str]  # "I" free, "Y" abutting, "B" at the border


def power_law(rng: np.random.Generator, exponent: float, low: float, high: float) -> float:
    """Return a length between `low` and `high` with density ~ length**-exponent."""
    u = rng.random()
    if abs(exponent - 1.0) < 1e-6:
        return float(low * (high / low) ** u)
    power = 1.0 - exponent
    return float((low**power + u * (high**power - low**power)) ** (1.0 / power))


def draw_network(
    rng: np.random.Generator, sets: tuple[JointSet, ...], size: int
) -> tuple[Joint, ...]:
    """Draw the joints of all sets, oldest set first, in a picture `size` pixels square."""
    joints: list[Joint] = []
    taken = np.zeros((size, size), np.uint8)  # 1 + family of the joint that runs there
    for family, one in enumerate(sets):
        own = np.zeros((size, size), np.uint8)
        for _ in range(one.count):
            joint = _draw_joint(rng, one, family, taken, own)
            if joint is None:
                continue
            joints.append(joint)
            course = [np.round(joint.points).astype(np.int32)]
            cv2.polylines(taken, course, isClosed=False, color=family + 1, thickness=3)
            cv2.polylines(own, course, False, 1, max(int(2 * one.spacing), 1))
    return tuple(joints)


def _draw_joint(
    rng: np.random.Generator, one: JointSet, family: int, taken: np.ndarray, own: np.ndarray
) -> Joint | None:
    size = len(taken)
    length = power_law(rng, one.exponent, one.shortest, one.longest)
    least = min(0.6 * one.shortest, 0.15 * size)  # what borders and older joints leave of it
    for _ in range(12):
        margin = min(0.3 * length, 0.35 * size)
        centre = rng.uniform(-margin, size + margin, 2)
        points = walk(rng, one, centre, length)
        inside = np.all((points >= 0) & (points <= size - 1), axis=1)
        runs = _longest_run(inside)
        if runs[1] - runs[0] < least:
            continue
        points, cut = points[slice(*runs)], (runs[0] > 0, runs[1] < len(inside))
        x, y = np.round(points).astype(int).T
        if own[y, x].mean() > 0.15:
            continue
        points, ends = _end(rng, points, cut, one.abutting, taken[y, x])
        if len(points) >= least:
            return Joint(points, family, length, ends)
    return None


def _longest_run(flags: np.ndarray) -> tuple[int, int]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    if len(edges) == 0:
        return 0, 0
    starts, stops = edges[::2], edges[1::2]
    best = int(np.argmax(stops - starts))
    return int(starts[best]), int(stops[best])


def walk(rng: np.random.Generator, one: JointSet, centre: np.ndarray, length: float) -> np.ndarray:
    """Return the course (n, 2) of a joint `length` pixels long about `centre`."""
    count = max(int(length), 8)
    angle = one.angle + one.spread * rng.standard_normal()
    if rng.random() < 0.5:
        angle += np.pi
    cell = rng.uniform(0.25, 0.7) * min(max(count, 200), 900)
    side = one.wander * cell * 0.35 * along(rng, count, cell, 3)
    side += one.wander * 5.0 * along(rng, count, rng.uniform(30, 70), 3)
    fine = rng.uniform(6, 30)
    side += min(one.roughness, 0.12 * fine) * along(rng, count, fine, 3)
    if rng.random() < 0.3:
        side += _jogs(rng, count, one.roughness * 3 + one.wander * 12)
    forth = np.arange(count) - count / 2
    side -= np.polyval(np.polyfit(forth, side, 1), forth)  # the walk keeps to its direction
    along_axis, across = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    points = centre + forth[:, None] * along_axis + side[:, None] * across
    return _even(points)


def _jogs(rng: np.random.Generator, count: int, height: float) -> np.ndarray:
    """Return sudden sidesteps, as where a joint passes from layer to layer."""
    jumps = np.zeros(count)
    places = rng.integers(0, count, rng.integers(1, 2 + count // 150))
    jumps[places] = height * rng.standard_normal(len(places))
    ramp = np.ones(int(rng.integers(2, 10)))
    return np.convolve(np.cumsum(jumps), ramp / len(ramp), mode="same")


def _even(points: np.ndarray) -> np.ndarray:
    """Return the points moved to about a pixel apart."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, run[-1], max(int(run[-1]), 2))
    return np.stack([np.interp(at, run, points[:, axis]) for axis in (0, 1)], axis=1)


def _end(
    rng: np.random.Generator,
    points: np.ndarray,
    cut: tuple[bool, bool],
    abutting: float,
    met: np.ndarray,
) -> tuple[np.ndarray, tuple[str, str]]:
    """Cut the course where it ends at an older joint, seen both ways from a place on it."""
    ends = ["B" if end else "I" for end in cut]
    start = int(len(points) * rng.uniform(0.35, 0.65))
    while 0 < start < len(points) - 1 and met[start]:
        start += 1
    first, last = 0, len(points)
    hits = np.flatnonzero(np.diff((met[start:] > 0).astype(np.int8)) == 1)
    for hit in hits:
        if rng.random() < abutting:
            last, ends[1] = min(start + int(hit) + 3, len(points)), "Y"
            break
    hits = np.flatnonzero(np.diff((met[: start + 1][::-1] > 0).astype(np.int8)) == 1)
    for hit in hits:
        if rng.random() < abutting:
            first, ends[0] = max(start - int(hit) - 2, 0), "Y"
            break
    return points[first:last], (ends[0], ends[1])


def twin(joint: Joint, distance: float, share: tuple[float, float]) -> Joint:
    """Return a joint that runs beside another, `distance` pixels away, over part of its length."""
    count = len(joint.points)
    first, last = int(share[0] * count), int(share[1] * count)
    way = np.gradient(cv2.blur(joint.points.astype(np.float32), (1, 41)), axis=0)
    way /= np.maximum(np.hypot(*way.T), 1e-6)[:, None]
    beside = joint.points + distance * np.stack([-way[:, 1], way[:, 0]], axis=1)
    return Joint(beside[first:last], joint.family, float(last - first), ("I", "I"))
