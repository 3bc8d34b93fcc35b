# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings: footprints of several shapes, roofs with height, parapets and furniture."""
from __future__ import annotations

import cv2
import numpy as np

from .canvas import BUILDING, METAL, ROOF, Canvas, Paint, Patch
from .roads import box
from .style import Style, vary


def footprint(
    rng: np.random.Generator, length: float, depth: float, shapes: tuple[str, ...]
) -> np.ndarray:
    """Return a right-angled outline (n, 2) around the origin, `length` x `depth` metres."""
    a, b = length / 2, depth / 2
    p, q = rng.uniform(0.3, 0.6, 2)
    c, d = a * (1 - 2 * p), b * (1 - 2 * q)
    shape = str(rng.choice(shapes))
    outline = {
        "rectangle": [(-a, -b), (a, -b), (a, b), (-a, b)],
        "l": [(-a, -b), (a, -b), (a, d), (c, d), (c, b), (-a, b)],
        "t": [(-a, -b), (a, -b), (a, d), (a * p, d), (a * p, b), (-a * p, b), (-a * p, d), (-a, d)],
        "u": [(-a, -b), (a, -b), (a, b), (a * p, b), (a * p, d), (-a * p, d), (-a * p, b), (-a, b)],
        "step": [(-a, -b), (c, -b), (c, -b + depth * 0.2), (a, -b + depth * 0.2), (a, b),
                 (-c, b), (-c, b - depth * 0.2), (-a, b - depth * 0.2)],
    }[shape]
    flip = rng.choice([-1.0, 1.0], 2)
    return np.array(outline) * flip


def placed(outline: np.ndarray, centre: np.ndarray, angle: float) -> np.ndarray:
    """Return the outline turned by `angle` and moved to `centre`."""
    cos, sin = np.cos(angle), np.sin(angle)
    return outline @ np.array([[cos, sin], [-sin, cos]]) + centre


def build(
    canvas: Canvas, outline: np.ndarray, *, angle: float, height: float, roof: str, style: Style,
    rng: np.random.Generator,
) -> bool:
    """Build on the outline if all of it is free; roof is "flat", "hip" or "sheet"."""
    patch = canvas.patch(outline)
    if not canvas.fits(patch) or patch.mask.sum() < 24:
        return False
    palette = style.tiles if roof == "hip" else style.roofs
    colour = vary(rng, palette[rng.integers(len(palette))], 0.06)
    canvas.paint(patch, Paint(colour, BUILDING, ROOF, height))
    if roof == "flat":
        _flat(canvas, patch, outline, colour, height, angle, rng)
    else:
        _pitched(canvas, patch, height, 0.55 if roof == "hip" else 0.08)
        if roof == "sheet":
            _ribs(canvas, patch, outline, angle, rng)
    _reserve_around(canvas, patch)
    return True


def _reserve_around(canvas: Canvas, patch: Patch) -> None:
    canvas.reserve(patch)


def _pitched(canvas: Canvas, patch: Patch, height: float, slope: float) -> None:
    """Raise the roof with the distance from the eaves: hips on any right-angled outline."""
    padded = cv2.copyMakeBorder(patch.mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    eaves = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] / np.float32(canvas.scale)
    window = canvas.height[patch.window]
    window[patch.mask] = height + slope * np.minimum(eaves, 14)[patch.mask]


def _flat(
    canvas: Canvas, patch: Patch, outline: np.ndarray, colour: tuple, height: float, angle: float,
    rng: np.random.Generator,
) -> None:
    """Add a parapet, a stair house and machines."""
    ring = np.vstack([outline, outline[:1]])
    inner = cv2.erode(patch.mask.view(np.uint8), np.ones((3, 3), np.uint8), iterations=2,
                      borderType=cv2.BORDER_CONSTANT, borderValue=0).view(bool)
    rim = Patch(patch.row_off, patch.col_off, patch.mask & ~inner)
    canvas.paint(rim, Paint([min(c * 1.10 + 6, 255) for c in colour], None, None, height + 0.9))
    inside = Patch(patch.row_off, patch.col_off, inner)
    span = ring.max(axis=0) - ring.min(axis=0)
    area = patch.mask.sum() / canvas.scale**2
    if area > 90:
        _stand(canvas, inside, outline, angle, colour, height, (3.0, 5.0), 2.6, 1, rng)
    count = int(min(area / 45, 14) * rng.uniform(0.2, 1.0)) + int(span.min() > 7)
    _stand(canvas, inside, outline, angle, (150, 150, 152), height, (0.9, 2.0), 1.1, count, rng)


def _stand(
    canvas: Canvas, inside: Patch, outline: np.ndarray, angle: float, colour: tuple, height: float,
    size: tuple[float, float], rise: float, count: int, rng: np.random.Generator,
) -> None:
    """Stand boxes on the roof wherever they fit."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    allowed = np.zeros(canvas.shape, bool) if False else None
    for _ in range(count):
        spot = rng.uniform(low, high)
        corners = box(spot, angle, *rng.uniform(*size, 2))
        patch = canvas.patch(corners)
        if not patch.mask.any() or not _inside(inside, patch):
            continue
        canvas.paint(patch, Paint(vary(rng, colour, 0.12), None, METAL, height + rise))
    del allowed


def _inside(outer: Patch, inner: Patch) -> bool:
    rows, cols = inner.row_off - outer.row_off, inner.col_off - outer.col_off
    height, width = inner.mask.shape
    if rows < 0 or cols < 0 or rows + height > outer.mask.shape[0] or (
            cols + width > outer.mask.shape[1]):
        return False
    return bool(outer.mask[rows : rows + height, cols : cols + width][inner.mask].all())


def _ribs(
    canvas: Canvas, patch: Patch, outline: np.ndarray, angle: float, rng: np.random.Generator
) -> None:
    """Score a sheet roof with ribs and rows of skylights."""
    rows, cols = np.nonzero(patch.mask)
    along = cols * np.cos(angle) + rows * np.sin(angle)
    period = rng.uniform(3.5, 7.0) * canvas.scale
    shade = np.where((along % period) < 0.16 * period, rng.uniform(0.82, 0.94), 1.0)
    window = canvas.colour[patch.window]
    window[rows, cols] = np.clip(window[rows, cols] * shade[:, None], 0, 255)
