# SPDX-License-Identifier: GPL-2.0-or-later
"""Sun, sky and shade on a relief: slopes to the sun are bright, hollows dark, shadows bluish."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .noise import clouds, ramp
from .setting import Setting

CAST = (1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36)  # pixels towards the sun that may cast a shadow


@dataclass(frozen=True)
class Light:
    """Where light comes from, and how much of each."""

    sun: float  # 0 in open shade .. 1
    azimuth: float  # radians in the picture towards the sun
    height: float  # radians between the picture's plane and the sun
    up: float  # radians in the picture towards the brightest sky
    hollow: float  # how much hollows darken


def draw_light(rng: np.random.Generator, setting: Setting) -> Light:
    """Draw the weather."""
    up = setting.fall + np.pi
    overcast = rng.random() < 0.35
    return Light(
        0.0 if overcast else float(rng.uniform(0.4, 1.0)),
        float(up + rng.normal(0, 0.9)),
        float(rng.uniform(0.22, 1.25)),
        float(up + rng.normal(0, 0.3)),
        float(rng.uniform(0.4, 1.3)),
    )


def shine(
    rng: np.random.Generator, height: np.ndarray, light: Light, shade: np.ndarray
) -> np.ndarray:
    """Return the light (h, w, 3) float32 on a relief in pixels; `shade` 0..1 keeps the sun off."""
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    up = 1.0 / np.sqrt(1.0 + gx * gx + gy * gy)
    open_sky = _open_sky(height, light.hollow)
    toward = -(gx * np.cos(light.up) + gy * np.sin(light.up)) * up
    sky = (0.62 + 0.22 * up + 0.45 * toward) * open_sky
    sky_colour = np.array([0.9, 0.97, 1.1]) * np.array([1, 1, 1 + 0.15 * light.sun])
    total = np.clip(sky, 0.02, None)[..., None] * sky_colour.astype(np.float32)
    total *= 1.0 - 0.62 * light.sun
    if light.sun > 0:
        rise = np.tan(light.height)
        flat = -(gx * np.cos(light.azimuth) + gy * np.sin(light.azimuth))
        facing = np.clip((flat + rise) * up / np.hypot(1.0, rise), 0.0, None)
        lit = facing * (1.0 - _cast(height, light)) * (1.0 - shade)
        warm = np.array([1.08, 1.0, 0.88]) ** rng.uniform(0.2, 1.1)
        total += (1.15 * light.sun * lit)[..., None] * warm.astype(np.float32)
    return total


def _open_sky(height: np.ndarray, hollow: float) -> np.ndarray:
    """Return how much of the sky each place sees, by how far it lies below its surroundings."""
    seen = np.zeros_like(height)
    for sigma in (1.5, 5.0, 16.0):
        factor = max(int(sigma / 2), 1)
        small = cv2.resize(height, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
        mean = cv2.resize(small, height.shape[::-1], interpolation=cv2.INTER_LINEAR)
        seen += np.clip(mean - height, -0.5 * sigma, 3 * sigma) / sigma
    return np.exp(-0.45 * hollow * seen).astype(np.float32)


def _cast(height: np.ndarray, light: Light) -> np.ndarray:
    """Return 0..1 where the relief's own shadow falls."""
    deepest = np.full_like(height, -1e3)
    dx, dy, rise = np.cos(light.azimuth), np.sin(light.azimuth), np.tan(light.height)
    for far in CAST:
        move = np.array([[1, 0, -far * dx], [0, 1, -far * dy]])
        moved = cv2.warpAffine(height, move, height.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
        np.maximum(deepest, moved - np.float32(far * rise), out=deepest)
    return ramp(deepest - height, 0.0, 0.9)


def draw_shade(rng: np.random.Generator, setting: Setting, light: Light) -> np.ndarray:
    """Return shadows (h, w) 0..1 of things outside the picture: a cliff, branches, leaves."""
    shape = (setting.size, setting.size)
    shade = np.zeros(shape, np.float32)
    if light.sun == 0 or rng.random() < 0.45:
        return shade
    kind = rng.choice(["cliff", "leaves", "trunks", "twigs"])
    soft = rng.uniform(0.01, 0.2)
    if kind == "cliff":
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / shape[0] - 0.5
        angle = rng.uniform(0, 2 * np.pi)
        edge = x * np.cos(angle) + y * np.sin(angle) + rng.uniform(-0.45, 0.45)
        edge = edge + rng.uniform(0.01, 0.1) * clouds(rng, shape, cell=200.0, octaves=6)
        return ramp(edge, -0.5 * soft, 0.5 * soft + 0.003)
    if kind == "leaves":
        cell = rng.uniform(20, 120)
        noise = clouds(rng, shape, cell=cell, octaves=4)
        noise += clouds(rng, shape, cell=setting.size / 2, octaves=2)
        return ramp(noise, rng.uniform(-0.5, 1.0), rng.uniform(1.0, 2.0)) * rng.uniform(0.6, 1.0)
    if kind == "twigs":
        return _twigs(rng, shape) * rng.uniform(0.5, 1.0)
    for _ in range(int(rng.integers(1, 5))):
        ends = rng.uniform(-0.3, 1.3, (2, 2)) * setting.size
        width = int(rng.uniform(6, 90))
        line = np.zeros(shape, np.uint8)
        cv2.line(line, *(tuple(int(v) for v in end) for end in ends), 255, width)
        blurred = cv2.GaussianBlur(line, (0, 0), rng.uniform(1.5, 8)).astype(np.float32) / 255
        shade = np.maximum(shade, blurred)
    return shade * rng.uniform(0.6, 1.0)


def _twigs(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return the shadow (h, w) 0..1 of branches that fork and carry some leaves."""
    mask = np.zeros(shape, np.uint8)
    size = shape[0]
    for _ in range(int(rng.integers(1, 4))):
        place, heading = rng.uniform(0, size, 2), rng.uniform(0, 2 * np.pi)
        width = rng.uniform(3, 14)
        for _ in range(int(rng.integers(5, 40))):
            turned = heading + rng.normal(0, 0.8)
            end = place + rng.uniform(30, 250) * np.array([np.cos(turned), np.sin(turned)])
            ends = (tuple(int(v) for v in point) for point in (place, end))
            cv2.line(mask, *ends, 255, max(int(width * rng.uniform(0.3, 1.0)), 1), cv2.LINE_AA)
            leaf = (int(rng.uniform(4, 26)), int(rng.uniform(2, 10)))
            middle = tuple(int(v) for v in end)
            cv2.ellipse(mask, middle, leaf, rng.uniform(0, 360), 0, 360, 255, -1, cv2.LINE_AA)
            if rng.random() < 0.4:
                place = place + rng.uniform(0, 1) * (end - place)
    return cv2.GaussianBlur(mask, (0, 0), rng.uniform(0.8, 6.0)).astype(np.float32) / 255
