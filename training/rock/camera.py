# SPDX-License-Identifier: GPL-2.0-or-later
"""From light to a photograph: white balance, exposure, tone curve, blur, noise, JPEG."""

from __future__ import annotations

import cv2
import numpy as np

from .noise import clouds


def photograph(rng: np.random.Generator, light: np.ndarray) -> np.ndarray:
    """Return (h, w, 3) uint8 RGB of linear light (h, w, 3)."""
    size = light.shape[0]
    picture = light * _cast(rng, light.shape[:2])
    level = float(np.mean(picture[::4, ::4]))
    picture *= np.float32(rng.uniform(0.13, 0.36) / max(level, 1e-4))
    if rng.random() < 0.5:
        y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
        picture *= (1.0 - rng.uniform(0.0, 0.7) * (x * x + y * y))[..., None]
    blur = float(np.exp(rng.normal(-0.7, 0.5)))
    if blur > 0.35:
        picture = cv2.GaussianBlur(picture, (0, 0), min(blur, 2.2))
    picture += (
        rng.uniform(0.0, 0.02)
        * np.sqrt(np.clip(picture, 0, 1))
        * rng.standard_normal(picture.shape, dtype=np.float32)
    )
    values = np.clip(picture, 0.0, None) ** np.float32(1 / 2.2)
    values = _contrast(values, rng.uniform(0.0, 0.8))
    if rng.random() < 0.35:
        values = _clear(values, rng.uniform(0.2, 0.9), rng.uniform(8, 30))
    if rng.random() < 0.4:
        strength = rng.uniform(0.3, 1.8)
        values += strength * (values - cv2.GaussianBlur(values, (0, 0), rng.uniform(0.7, 1.6)))
    picture = np.clip(values * 255.0, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        return _jpeg(picture, int(rng.integers(55, 97)))
    return picture


def _cast(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Return the colour cast, which drifts over the picture as skylight does."""
    strength = rng.normal(0.0, 0.07)
    warm = np.array([1.0 + strength, 1.0 + rng.normal(0, 0.025), 1.0 - strength], np.float32)
    if rng.random() < 0.5:
        return warm
    drift = np.clip(0.1 * clouds(rng, shape, cell=shape[0] / 1.5, octaves=3), -0.4, 0.4)
    drift = drift[..., None] * np.array([-1.0, -0.15, 1.0], np.float32)
    return warm * (1.0 + drift)


def _contrast(values: np.ndarray, strength: float) -> np.ndarray:
    """Return values 0.. with an S curve, whites rolled off softly below 1."""
    soft = np.where(values > 0.8, 0.8 + 0.2 * np.tanh((values - 0.8) / 0.2), values)
    curve = soft * soft * (3 - 2 * soft)
    return soft + np.float32(strength) * (curve - soft)


def _clear(values: np.ndarray, strength: float, reach: float) -> np.ndarray:
    """Return values (h, w, 3) with more contrast among neighbours, as telephones make them."""
    gray = values.mean(axis=2)
    small = cv2.resize(gray, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), reach / 4)
    around = cv2.resize(small, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)
    change = strength * (gray - around) + 0.3 * strength * (np.float32(0.45) - around)
    return values + change[..., None]


def _jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    done, stored = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"JPEG of {picture.shape} at quality {quality} could not be made")
    return np.ascontiguousarray(cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1])
