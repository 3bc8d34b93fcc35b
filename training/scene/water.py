# SPDX-License-Identifier: GPL-2.0-or-later
"""A body of water, its depth, and its bank."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import CANOPY, PAVING, SAND, SEA, VEGETATION, WATER, Canvas
from .noise import fractal_noise, smooth_noise
from .style import Style, scaled


def shore_distance(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return float32 (rows, cols): metres to the shore, negative in the water."""
    step = max(round(canvas.scale), 1)
    rows, cols = -(-canvas.shape[0] // step), -(-canvas.shape[1] // step)
    cell = step / canvas.scale  # metres a coarse pixel
    y, x = np.mgrid[0:rows, 0:cols].astype(np.float32) * np.float32(cell)
    field = _water_form(x, y, canvas.extent, rng)
    rough = float(rng.choice([0.0, 3.0, 8.0], p=[0.35, 0.35, 0.3]))
    field += np.float32(rough) * fractal_noise(rng, (rows, cols), cell=60 / cell, octaves=4)
    wet = (field < 0).astype(np.uint8)
    inside = cv2.distanceTransform(wet, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - wet, cv2.DIST_L2, 5)
    if not wet.any():
        outside[...] = 1e4
    signed = cv2.GaussianBlur((outside - inside) * np.float32(cell), (0, 0), 1.2)
    big = cv2.resize(signed, (cols * step, rows * step), interpolation=cv2.INTER_LINEAR)
    return big[: canvas.shape[0], : canvas.shape[1]]


def _water_form(
    x: np.ndarray, y: np.ndarray, extent: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Return a rough signed distance of a canal, a coast, or a lagoon, metres."""
    centre = rng.uniform(0.2, 0.8, 2) * extent
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
    kind = rng.choice(["canal", "coast", "lagoon"], p=[0.42, 0.2, 0.38])
    winding = sum(
        rng.uniform(0.4, 1.0)
        * length
        * 0.11
        * np.sin(2 * np.pi * along / length + rng.uniform(0, 6))
        for length in rng.uniform(120, 420, 3)
    )
    if kind == "canal":
        return np.abs(across + winding) - np.float32(rng.uniform(7, 24))
    if kind == "coast":
        return across + 0.7 * winding + np.float32(rng.uniform(0.2, 0.35) * min(extent))
    bearing = np.arctan2(across, along)
    radius = min(min(extent), 420.0) * rng.uniform(0.10, 0.22)
    lobes = sum(
        rng.uniform(0, 0.3) / k * np.cos(k * bearing + rng.uniform(0, 6)) for k in (1, 2, 3, 4)
    )
    return np.hypot(along * rng.uniform(0.5, 0.9), across) - radius * (1 + lobes)


def lay_water(canvas: Canvas, shore: np.ndarray, style: Style, rng: np.random.Generator) -> None:
    """Fill the water, lighter where shallow, and build its bank."""
    bank = str(rng.choice(["quay", "beach", "stones", "reeds"]))
    width = {
        "quay": rng.uniform(2.5, 6),
        "beach": rng.uniform(5, 14),
        "stones": 4.0,
        "reeds": rng.uniform(3, 8),
    }[bank]
    _BANKS[bank](canvas, shore, width, style, rng)
    wet = shore < 0
    depth = np.clip(-shore[wet] / rng.uniform(3, 22), 0, 1)[:, None]
    shallow = scaled(style.water, 1.3) + np.array((10, 18, 11)) * rng.uniform(0.3, 1.6)
    murk = fractal_noise(rng, canvas.shape, cell=120 * canvas.scale, octaves=5)[wet][:, None]
    ripple = ripples(canvas, rng)[wet][:, None]
    colour = shallow * (1 - depth) + np.array(style.water) * depth
    canvas.colour[wet] = np.clip(colour * (1 + 0.10 * murk) + 2.5 * ripple, 0, 255)
    with canvas.one_thing():
        canvas.mark(wet, WATER)
    canvas.material[wet] = SEA
    canvas.height[wet] = -0.4 if bank == "beach" else -2.0
    canvas.free &= shore >= width


def ripples(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return noise drawn out along the wind."""
    side = int(np.hypot(*canvas.shape)) + 8
    thin = smooth_noise(rng, (side, side // 5), 2.0 * max(canvas.scale / 4, 1))
    drawn = cv2.resize(thin, (side, side), interpolation=cv2.INTER_LINEAR)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), float(rng.uniform(0, 180)), 1.0)
    turn[:, 2] -= ((side - canvas.shape[1]) / 2, (side - canvas.shape[0]) / 2)
    return cv2.warpAffine(drawn, turn, canvas.shape[::-1], borderMode=cv2.BORDER_REFLECT)


def _quay(
    canvas: Canvas, shore: np.ndarray, width: float, style: Style, rng: np.random.Generator
) -> None:
    for reach, tone in ((width, 1.0), (0.8, 1.2)):
        where = (shore >= 0) & (shore < reach)
        canvas.colour[where] = scaled(style.paving, tone)
        canvas.material[where] = PAVING


def _beach(
    canvas: Canvas, shore: np.ndarray, width: float, style: Style, rng: np.random.Generator
) -> None:
    ring = (shore >= 0) & (shore < width)
    light = 0.72 + 0.42 * np.clip(shore[ring] / 3, 0, 1)
    fade = np.clip((width - shore[ring]) / 3, 0, 1)
    canvas.colour[ring] = np.clip(canvas.colour[ring] * (1 + (light - 1) * fade)[:, None], 0, 255)
    canvas.material[ring] = SAND


def _stones(
    canvas: Canvas, shore: np.ndarray, width: float, style: Style, rng: np.random.Generator
) -> None:
    ring = (shore >= 0) & (shore < width)
    stones = smooth_noise(rng, canvas.shape, 1.1 * canvas.scale)[ring]
    canvas.colour[ring] = np.clip(112 + 36 * stones, 24, 230)[:, None]


def _reeds(
    canvas: Canvas, shore: np.ndarray, width: float, style: Style, rng: np.random.Generator
) -> None:
    reach = width * (0.55 + 0.4 * smooth_noise(rng, canvas.shape, 9 * canvas.scale))
    ring = (shore >= 0) & (shore < reach)
    tone = smooth_noise(rng, canvas.shape, 1.5 * canvas.scale)[ring][:, None]
    canvas.colour[ring] = np.clip(np.array(scaled(style.leaf, 1.15)) * (1 + 0.12 * tone), 0, 255)
    canvas.material[ring] = CANOPY
    canvas.mark(ring, VEGETATION)
    canvas.height[ring] = np.clip(1.2 + 0.4 * tone[:, 0], 0.3, 2)


_BANKS = {"quay": _quay, "beach": _beach, "stones": _stones, "reeds": _reeds}
