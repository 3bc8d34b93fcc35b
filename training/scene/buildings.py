# SPDX-License-Identifier: GPL-2.0-or-later
"""Buildings: footprints, walls that lean with the view, roofs and what stands on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from .canvas import BUILDING, METAL, ROOF, Canvas, Paint, Patch
from .roads import box
from .style import Colour, Style, scaled, vary


@dataclass(frozen=True)
class Building:
    """One volume: ground outline (n, 2), angle of its axes, eaves height in metres, colour.

    `roof` is flat, hip, gable (rectangles only) or sheet.
    """

    outline: np.ndarray
    angle: float
    height: float
    roof: str
    colour: Colour


def footprint(
    rng: np.random.Generator, length: float, depth: float, shapes: Sequence[str]
) -> np.ndarray:
    """Return a right-angled outline (n, 2) around the origin, `length` x `depth` metres."""
    a, b = length / 2, depth / 2
    p, q = rng.uniform(0.3, 0.6, 2)
    c, d, e = a * (1 - 2 * p), b * (1 - 2 * q), b * 0.6
    outline = {
        "rectangle": [(-a, -b), (a, -b), (a, b), (-a, b)],
        "l": [(-a, -b), (a, -b), (a, d), (c, d), (c, b), (-a, b)],
        "t": [(-a, -b), (a, -b), (a, d), (a * p, d), (a * p, b), (-a * p, b), (-a * p, d), (-a, d)],
        "u": [(-a, -b), (a, -b), (a, b), (a * p, b), (a * p, d), (-a * p, d), (-a * p, b), (-a, b)],
        "step": [(-a, -b), (c, -b), (c, -e), (a, -e), (a, b), (-c, b), (-c, e), (-a, e)],
    }[str(rng.choice(list(shapes)))]
    return np.array(outline) * rng.choice([-1.0, 1.0], 2)


def placed(outline: np.ndarray, centre: np.ndarray, angle: float) -> np.ndarray:
    """Return the outline turned by `angle` and moved to `centre`."""
    cos, sin = np.cos(angle), np.sin(angle)
    return outline @ np.array([[cos, sin], [-sin, cos]]) + centre


def build(
    canvas: Canvas, parts: Sequence[Building], style: Style, rng: np.random.Generator
) -> bool:
    """Build the parts of one building, low ones first, if all their ground is free."""
    patches = [canvas.patch(part.outline) for part in parts]
    seen = [patch for patch in patches if patch.mask.any()]
    if not seen or not all(canvas.fits(patch) for patch in seen):
        return False
    with canvas.one_thing():
        for part in sorted(parts, key=lambda part: part.height):
            _raise(canvas, part, style, rng)
    for patch in patches:
        canvas.reserve(patch)
    return True


def _raise(canvas: Canvas, part: Building, style: Style, rng: np.random.Generator) -> None:
    shift = np.array(style.lean) * part.height
    if np.hypot(*shift) * canvas.scale > 1.5:
        _walls(canvas, part, shift, style, rng)
    top = Building(part.outline + shift, part.angle, part.height, part.roof, part.colour)
    patch = canvas.patch(top.outline)
    if not patch.mask.any():  # a tilted view can carry a roof off the board
        return
    canvas.paint(patch, Paint(part.colour, BUILDING, ROOF, part.height))
    if part.roof == "flat":
        _flat(canvas, patch, top, rng)
    elif part.roof == "gable":
        _gable(canvas, patch, top)
    else:
        _pitch(canvas, patch, part.height, 0.5 if part.roof == "hip" else 0.07)
    if part.roof == "sheet":
        _ribs(canvas, patch, top, rng)
    canvas.reserve(patch)


def _walls(
    canvas: Canvas, part: Building, shift: np.ndarray, style: Style, rng: np.random.Generator
) -> None:
    """Draw the walls a tilted view shows, floor by floor from the ground up."""
    sun = np.array([np.cos(style.sun_azimuth), np.sin(style.sun_azimuth)])
    lit = 0.62 + 0.28 * float(-shift @ sun / np.hypot(*shift))
    steps = max(int(np.hypot(*shift) * canvas.scale), 1)
    per_floor = max(round(3.4 * steps / part.height), 2)
    for step in range(steps):
        share = step / steps
        tone = lit * (0.62 if step % per_floor < per_floor / 2 else 1.0)
        patch = canvas.patch(part.outline + shift * share)
        canvas.paint(patch, Paint(scaled(part.colour, tone), BUILDING, METAL, part.height * share))
        canvas.reserve(patch)


def _pitch(canvas: Canvas, patch: Patch, height: float, slope: float) -> None:
    """Raise the roof with the distance from the eaves: hips on any right-angled outline."""
    padded = cv2.copyMakeBorder(patch.mask.view(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT)
    eaves = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1] / np.float32(canvas.scale)
    window = canvas.height[patch.window]
    window[patch.mask] = height + slope * np.minimum(eaves, 14)[patch.mask]


def _gable(canvas: Canvas, patch: Patch, top: Building) -> None:
    """Raise a ridge along the longer side of a rectangle, sloping down to its two long sides."""
    sides = np.diff(top.outline[:3], axis=0)
    spans = np.linalg.norm(sides, axis=1)
    across = sides[int(np.argmin(spans))] / max(float(spans.min()), 1e-6)
    centre = top.outline.mean(axis=0)
    rows, cols = np.nonzero(patch.mask)
    x = (cols + patch.col_off) / canvas.scale - centre[0]
    y = (rows + patch.row_off) / canvas.scale - centre[1]
    rise = np.clip(spans.min() / 2 - np.abs(x * across[0] + y * across[1]), 0, None)
    canvas.height[patch.window][rows, cols] = top.height + 0.55 * rise


def _shrunk(patch: Patch, pixels: int) -> Patch:
    inner = cv2.erode(
        patch.mask.view(np.uint8),
        np.ones((3, 3), np.uint8),
        iterations=pixels,
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return Patch(patch.row_off, patch.col_off, inner.view(bool))


def _flat(canvas: Canvas, patch: Patch, top: Building, rng: np.random.Generator) -> None:
    """Add a parapet, and on the deck patches of screed, a stair house and machines."""
    deck = _shrunk(patch, max(round(0.4 * canvas.scale), 1))
    rim = Patch(patch.row_off, patch.col_off, patch.mask & ~deck.mask)
    canvas.paint(rim, Paint(scaled(top.colour, 1.12), None, None, top.height + 0.8))
    area = float(patch.mask.sum()) / canvas.scale**2
    stand = _Stand(canvas, deck, top, rng)
    stand.put(int(area / 160) + 1, (3.0, 9.0), 0.0, scaled(top.colour, rng.uniform(0.82, 1.08)))
    stand.put(int(area > 110) + int(area / 900), (2.6, 5.5), 2.4, top.colour)
    stand.put(int(min(area / 26, 40) * rng.uniform(0.3, 1.3)), (0.7, 2.2), 1.0, (158, 158, 160))


@dataclass(frozen=True)
class _Stand:
    """Stands boxes on a roof deck wherever they fit."""

    canvas: Canvas
    deck: Patch
    top: Building
    rng: np.random.Generator

    def put(self, count: int, size: tuple[float, float], rise: float, colour: Colour) -> None:
        low, high = self.top.outline.min(axis=0), self.top.outline.max(axis=0)
        for _ in range(count):
            corners = box(self.rng.uniform(low, high), self.top.angle, *self.rng.uniform(*size, 2))
            patch = self.canvas.patch(corners)
            if patch.mask.any() and patch.lies_in(self.deck):
                self.canvas.paint(
                    patch,
                    Paint(
                        vary(self.rng, colour, 0.10),
                        None,
                        METAL if rise else None,
                        self.top.height + rise,
                    ),
                )


def _ribs(canvas: Canvas, patch: Patch, top: Building, rng: np.random.Generator) -> None:
    """Score a sheet roof with ribs, or rows of skylights."""
    rows, cols = np.nonzero(patch.mask)
    run = cols * np.cos(top.angle) + rows * np.sin(top.angle)
    period = rng.uniform(3.0, 8.0) * canvas.scale
    shade = np.where(run % period < 0.16 * period, rng.uniform(0.80, 0.94), 1.0)
    window = canvas.colour[patch.window]
    window[rows, cols] = np.clip(window[rows, cols] * shade[:, None], 0, 255)
