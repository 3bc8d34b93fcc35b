# SPDX-License-Identifier: GPL-2.0-or-later
"""Lines on land seen from above that are no lineaments: winding streams, tracks, field edges."""

from __future__ import annotations

import cv2
import numpy as np

from .noise import along, grains
from .setting import Setting


def cross_land(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> None:
    """Lay streams, tracks and fields over a picture (h, w, 3) of land, in place."""
    if setting.view != "land":
        return
    if rng.random() < 0.5:
        colours = ((0.05, 0.08, 0.04), (0.05, 0.06, 0.07), (0.3, 0.26, 0.2))
        _paint(rng, light, _streams(rng, setting), colours)
    if rng.random() < 0.4:
        _paint(rng, light, _tracks(rng, setting), ((0.45, 0.38, 0.29), (0.4, 0.38, 0.36)))
    if rng.random() < 0.2:
        _fields(rng, light, setting)


def _paint(
    rng: np.random.Generator, light: np.ndarray, mask: np.ndarray, colours: tuple[tuple, ...]
) -> None:
    colour = np.array(colours[int(rng.integers(len(colours)))]) * rng.uniform(0.7, 1.3)
    soft = cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.6, 2.0)).astype(np.float32) / 255
    grain = 1.0 + 0.2 * grains(rng, mask.shape, 3.0)
    cover = (soft * rng.uniform(0.4, 1.0) * np.clip(grain, 0.3, 1.5))[..., None]
    tint = (colour * light[::8, ::8].mean() / 0.25).astype(np.float32)
    light += np.clip(cover, 0.0, 1.0) * (tint - light)


def _streams(rng: np.random.Generator, setting: Setting) -> np.ndarray:
    """Return a mask (h, w) uint8 of a winding stream and its branches."""
    size = setting.size
    mask = np.zeros((size, size), np.uint8)
    starts = [(rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi), int(rng.integers(2, 6)))]
    for _ in range(int(rng.integers(1, 14))):
        start, heading, width = starts[int(rng.integers(len(starts)))]
        count = int(rng.uniform(0.2, 1.2) * size)
        winding = heading + 0.9 * along(rng, count, 60.0, 3) + 0.4 * along(rng, count, 14.0, 2)
        steps = np.stack([np.cos(winding), np.sin(winding)], axis=1)
        points = start + np.cumsum(steps, axis=0)
        course = [np.round(8 * points).astype(np.int32)]
        cv2.polylines(mask, course, False, 255, width, cv2.LINE_AA, 3)
        place = points[int(rng.integers(count))]
        side = float(rng.choice([-1, 1]) * rng.uniform(0.4, 1.2))
        starts.append((place, heading + side, max(width - 1, 1)))
    return mask


def _tracks(rng: np.random.Generator, setting: Setting) -> np.ndarray:
    """Return a mask (h, w) uint8 of tracks: even in width, gently bent, with rounded turns."""
    size = setting.size
    mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        count = int(1.6 * size)
        heading = rng.uniform(0, 2 * np.pi) + 0.5 * along(rng, count, rng.uniform(80, 400), 2)
        steps = np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points = np.cumsum(steps, axis=0)
        points += rng.uniform(0, size, 2) - points[int(rng.integers(count))]
        course = [np.round(8 * points).astype(np.int32)]
        cv2.polylines(mask, course, False, 255, int(rng.integers(1, 5)), cv2.LINE_AA, 3)
    return mask


def _fields(rng: np.random.Generator, light: np.ndarray, setting: Setting) -> None:
    """Lay a few fields, each of one tone with straight edges."""
    size, angle = setting.size, rng.uniform(0, 180)
    for _ in range(int(rng.integers(1, 8))):
        sides = tuple(rng.uniform(0.06, 0.3, 2) * size)
        corners = cv2.boxPoints((tuple(rng.uniform(0, size, 2)), sides, angle))
        mask = np.zeros(light.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(8 * corners).astype(np.int32)], 255, cv2.LINE_AA, 3)
        cover = rng.uniform(0.7, 1.0) * (mask.astype(np.float32) / 255)[..., None]
        tone = np.array([0.22, 0.22, 0.11]) * np.exp(rng.normal(0, 0.4) + rng.normal(0, 0.1, 3))
        light += cover * ((tone * light[::8, ::8].mean() / 0.25).astype(np.float32) - light)
