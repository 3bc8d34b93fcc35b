# SPDX-License-Identifier: GPL-2.0-or-later
"""From the board to a picture: texture, sun and shadow, optics, sensor; and the truth beside it."""

from __future__ import annotations

import cv2
import numpy as np

from .canvas import (
    ASPHALT,
    CANOPY,
    CROP,
    GRASS,
    LAWN,
    METAL,
    PAVING,
    ROOF,
    SAND,
    SEA,
    SOIL,
    STILL,
    WOODS,
    Canvas,
)
from .noise import fractal_noise, smooth_noise
from .style import Style

# How strongly a material is mottled: per sub-pixel, over 1 m, over 3 m, over 12 m.
TEXTURE = {
    SAND: (0.05, 0.03, 0.015, 0.01),
    ASPHALT: (0.07, 0.03, 0.02, 0.05),
    PAVING: (0.05, 0.03, 0.025, 0.04),
    ROOF: (0.05, 0.02, 0.015, 0.02),
    LAWN: (0.08, 0.06, 0.04, 0.05),
    CANOPY: (0.14, 0.20, 0.08, 0.05),
    SEA: (0.03, 0.02, 0.02, 0.01),
    METAL: (0.03, 0.0, 0.0, 0.0),
    CROP: (0.03, 0.02, 0.01, 0.015),
    SOIL: (0.03, 0.015, 0.01, 0.015),
    GRASS: (0.05, 0.035, 0.02, 0.03),
    WOODS: (0.05, 0.08, 0.04, 0.04),
    STILL: (0.015, 0.008, 0.008, 0.006),
}


def expose(
    canvas: Canvas,
    style: Style,
    rng: np.random.Generator,
    *,
    factor: int,
    margin: int,
    size: tuple[int, int],
) -> np.ndarray:
    """Return the picture uint8 (h, w, 3) of the board inside its margin (pixels of the picture)."""
    light = _texture(canvas, rng) * _relief(canvas, style)
    picture = canvas.colour.astype(np.float32) * light[..., None]
    dark = _shadow(canvas, style)[..., None]
    picture *= 1 - dark * (1 - np.array(style.shadow, np.float32))
    if style.haze:
        picture += np.float32(style.haze) * (np.array(style.air, np.float32) - picture)
    height, width = size
    small = cv2.resize(
        picture, (width + 2 * margin, height + 2 * margin), interpolation=cv2.INTER_AREA
    )
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.42, 0.66))
    small = small[margin : margin + height, margin : margin + width]
    return _sense(small, rng)


def truth_of(canvas: Canvas, *, factor: int, margin: int, size: tuple[int, int]) -> np.ndarray:
    """Return the majority class uint8 (h, w) of every pixel's sub-pixels, the lower on a tie."""
    height, width = size
    rows = slice(margin * factor, (margin + height) * factor)
    cols = slice(margin * factor, (margin + width) * factor)
    label = canvas.label[rows, cols].reshape(height, factor, width, factor)
    votes = [(label == value).sum(axis=(1, 3), dtype=np.uint8) for value in range(5)]
    return np.argmax(np.stack(votes), axis=0).astype(np.uint8)


def _texture(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    shape, scale = canvas.shape, canvas.scale
    table = np.array([TEXTURE[key] for key in range(len(TEXTURE))], np.float32)
    total = np.ones(shape, np.float32)
    for index, cell in enumerate((1.0, 1.0 * scale, 3.0 * scale, 12.0 * scale)):
        strength = table[:, index][canvas.material]
        noise = (
            smooth_noise(rng, shape, cell)
            if index < 2
            else fractal_noise(rng, shape, cell=cell, octaves=2)
        )
        total += strength * noise
    return np.clip(total, 0.2, 2.0)


def _relief(canvas: Canvas, style: Style) -> np.ndarray:
    """Return how slopes catch the sun, 1 on the level; walls (steeper than 2) count as level."""
    gx = cv2.Sobel(canvas.height, cv2.CV_32F, 1, 0, ksize=3) * np.float32(canvas.scale / 8)
    gy = cv2.Sobel(canvas.height, cv2.CV_32F, 0, 1, ksize=3) * np.float32(canvas.scale / 8)
    steep = np.hypot(gx, gy)
    facing = -(gx * np.cos(style.sun_azimuth) + gy * np.sin(style.sun_azimuth))
    light = (1 + facing / np.float32(style.sun_slope)) / np.sqrt(1 + steep * steep)
    return np.where(steep > 2.0, 1.0, np.clip(light, 0.45, 1.5)).astype(np.float32)


def _shadow(canvas: Canvas, style: Style) -> np.ndarray:
    """Return float32 0..1: what lies in shadow, by max-plus doubling along the sun's azimuth.

    After step j a pixel knows the highest ray over the next 2**j sub-pixels towards the sun.
    """
    step_x, step_y = np.cos(style.sun_azimuth), np.sin(style.sun_azimuth)
    drop = style.sun_slope / canvas.scale
    ray = canvas.height.copy()
    reach = float(canvas.height.max()) / drop
    for power in range(int(np.ceil(np.log2(max(reach, 1)))) + 1):
        jump = 2**power
        move = np.float32([[1, 0, -round(step_x * jump)], [0, 1, -round(step_y * jump)]])
        towards = cv2.warpAffine(
            ray,
            move,
            canvas.shape[::-1],
            flags=cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=-100.0,
        )
        np.maximum(ray, towards - np.float32(jump * drop), out=ray)
    hidden = (ray > canvas.height + 0.25).astype(np.float32)
    return cv2.blur(hidden, (3, 3))


def _sense(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sharpen as providers do, stretch, cast, add noise, and sometimes compress."""
    soft = cv2.GaussianBlur(picture, (0, 0), 1.0)
    picture = picture + np.float32(rng.uniform(0.4, 1.3)) * (picture - soft)
    cast = 1 + rng.normal(0, 0.012, 3)
    gain, pivot = rng.uniform(0.95, 1.3), rng.uniform(90, 140)
    picture = (picture - pivot) * (gain * cast).astype(np.float32) + np.float32(
        pivot + rng.normal(0, 8)
    )
    shot = rng.uniform(1.5, 5.5)
    picture = picture + rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(shot)
    image = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = int(rng.integers(72, 95))
        coded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        image = np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])
    return image
