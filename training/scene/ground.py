# SPDX-License-Identifier: GPL-2.0-or-later
"""What lies under the town: sand, and a body of water with its shore."""
from __future__ import annotations

import cv2
import numpy as np

from .canvas import LAND, PAVING, SAND, SEA, WATER, Canvas
from .noise import fractal_noise, smooth_noise
from .style import Style


def lay_sand(canvas: Canvas, style: Style, rng: np.random.Generator) -> None:
    """Cover the board with bare ground: tone patches, crusts and gravel of several sizes."""
    shape, scale = canvas.shape, canvas.scale
    tone = fractal_noise(rng, shape, cell=70 * scale, octaves=6, gain=0.62)
    crust = fractal_noise(rng, shape, cell=30 * scale, octaves=5, gain=0.7)
    crust = np.clip((crust - 0.5) * 2.0, 0, 1)
    warm = fractal_noise(rng, shape, cell=90 * scale, octaves=3)
    value = 1 + 0.075 * tone + 0.12 * crust * np.float32(rng.choice([-1, 1]))
    tint = 0.018 * warm
    for band, sign in enumerate((1.0, 0.2, -1.2)):
        layer = np.float32(style.sand[band]) * value * (1 + np.float32(sign) * tint)
        canvas.colour[..., band] = np.clip(layer, 0, 255)


def shore_distance(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """Return float32 (rows, cols): metres to the shore, negative in the water."""
    step = max(int(round(canvas.scale)), 1)
    rows, cols = -(-canvas.shape[0] // step), -(-canvas.shape[1] // step)
    cell = step / canvas.scale  # metres a coarse pixel
    y, x = np.mgrid[0:rows, 0:cols].astype(np.float32) * np.float32(cell)
    field = _water_form(x, y, canvas.extent, rng)
    rough = float(rng.choice([0.0, 3.0, 8.0], p=[0.35, 0.35, 0.3]))
    field += np.float32(rough) * fractal_noise(rng, (rows, cols), cell=60 / cell, octaves=4)
    wet = (field < 0).astype(np.uint8)
    inside = cv2.distanceTransform(wet, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - wet, cv2.DIST_L2, 5)
    signed = cv2.GaussianBlur((outside - inside) * np.float32(cell), (0, 0), 1.2)
    big = cv2.resize(signed, (cols * step, rows * step), interpolation=cv2.INTER_LINEAR)
    return big[: canvas.shape[0], : canvas.shape[1]]


def _water_form(
    x: np.ndarray, y: np.ndarray, extent: tuple[float, float], rng: np.random.Generator
) -> np.ndarray:
    """Return a rough signed distance of a canal, a coast, or a lagoon, metres."""
    width, height = extent
    centre = rng.uniform(0.2, 0.8, 2) * (width, height)
    angle = rng.uniform(0, 2 * np.pi)
    along = (x - centre[0]) * np.cos(angle) + (y - centre[1]) * np.sin(angle)
    across = (y - centre[1]) * np.cos(angle) - (x - centre[0]) * np.sin(angle)
    kind = rng.choice(["canal", "coast", "lagoon"], p=[0.42, 0.2, 0.38])
    winding = sum(
        rng.uniform(0.4, 1.0) * length * 0.11 * np.sin(2 * np.pi * along / length + rng.uniform(0, 6))
        for length in rng.uniform(120, 420, 3)
    )
    if kind == "canal":
        return np.abs(across + winding) - np.float32(rng.uniform(9, 26))
    if kind == "coast":
        return across + 0.8 * winding + np.float32(0.18 * min(extent))
    bearing = np.arctan2(across, along)
    radius = min(extent) * rng.uniform(0.10, 0.22)
    lobes = sum(rng.uniform(0, 0.3) / k * np.cos(k * bearing + rng.uniform(0, 6)) for k in (1, 2, 3, 4))
    return np.hypot(along * rng.uniform(0.5, 0.9), across) - radius * (1 + lobes)


def lay_water(canvas: Canvas, shore: np.ndarray, style: Style, rng: np.random.Generator) -> None:
    """Fill the water, lighter where shallow, and build its bank: quay, beach or stones."""
    bank = str(rng.choice(["quay", "beach", "stones"]))
    width = {"quay": rng.uniform(2.5, 6), "beach": rng.uniform(6, 16), "stones": 4.0}[bank]
    if bank == "quay":
        _zone(canvas, (shore >= 0) & (shore < width), style.paving, PAVING)
        _zone(canvas, (shore >= 0) & (shore < 0.7), [c * 1.15 for c in style.paving], PAVING)
    elif bank == "beach":
        ring = (shore >= 0) & (shore < width)
        light = 0.80 + 0.34 * np.clip(shore[ring] / 4, 0, 1)
        canvas.colour[ring] = np.clip(canvas.colour[ring] * light[:, None], 0, 255)
    else:
        ring = (shore >= 0) & (shore < width)
        stones = smooth_noise(rng, canvas.shape, 1.1 * canvas.scale)[ring]
        canvas.colour[ring] = np.clip(118 + 34 * stones, 20, 255)[:, None]
    wet = shore < 0
    depth = np.clip(-shore[wet] / rng.uniform(4, 25), 0, 1)[:, None]
    shallow = np.array(style.water) * 1.5 + np.array((14, 24, 16)) * rng.uniform(0.2, 1.5)
    murk = fractal_noise(rng, canvas.shape, cell=90 * canvas.scale, octaves=4)[wet][:, None]
    colour = (shallow * (1 - depth) + np.array(style.water) * depth) * (1 + 0.08 * murk)
    canvas.colour[wet] = np.clip(colour, 0, 255)
    canvas.label[wet] = WATER
    canvas.material[wet] = SEA
    canvas.height[wet] = -1.5 if bank == "quay" else 0.0
    canvas.free &= shore >= width


def _zone(canvas: Canvas, where: np.ndarray, colour: object, material: int) -> None:
    canvas.colour[where] = np.clip(np.asarray(colour), 0, 255)
    canvas.material[where] = material
    canvas.label[where] = LAND


def lay_tracks(canvas: Canvas, style: Style, rng: np.random.Generator) -> None:
    """Drive a few faint wheel tracks over the bare ground."""
    width, height = canvas.extent
    for _ in range(int(rng.integers(2, 6) * width * height / 65000) + 1):
        start = rng.uniform(0, 1, 2) * (width, height)
        course = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.12, 30))
        path = start + np.cumsum(np.column_stack([np.cos(course), np.sin(course)]) * 6, axis=0)
        shade = rng.uniform(0.86, 1.1)
        for side in (-0.9, 0.9):
            offset = np.column_stack([-np.sin(course), np.cos(course)]) * side
            _scale_line(canvas, path + offset, 0.6, shade)


def _scale_line(canvas: Canvas, path: np.ndarray, width: float, factor: float) -> None:
    mask = np.zeros(canvas.shape, np.uint8)
    points = np.round(path * canvas.scale * 16).astype(np.int32)
    cv2.polylines(mask, [points], False, 1, max(int(width * canvas.scale), 1), shift=4)
    where = (mask > 0) & (canvas.label == LAND)
    canvas.colour[where] = np.clip(canvas.colour[where] * factor, 0, 255)


__all__ = ["SAND", "lay_sand", "lay_tracks", "lay_water", "shore_distance"]
