# SPDX-License-Identifier: GPL-2.0-or-later
"""Crops and what is pointed at in them: a pure function of pools, recipe, seed and step."""

from __future__ import annotations

import cv2
import numpy as np

from ...inference.prompt.planes import LOGIT_STRIDE
from ...inference.prompt.prompts import Click, Prompt, PromptBox
from ..sensors import Augment, seen_by_one
from ..warp import at_half_size, turned, warped
from .clicks import innermost
from .config import Prompts
from .scenes import Objects, Pool
from .seen import BEYOND, Seen
from .tasks import Batch, Task, task_of

_LARGEST_ZOOM = 4.0
_MOST_ALIKE = 3
"""How often one object of a crop is asked for: more of the same would teach little."""


class PromptSampler:
    """Draws batches; `batch(step)` depends on the step alone, so a resumed run sees the same."""

    def __init__(
        self,
        pools: list[tuple[Pool, float]],
        how: Prompts,
        augment: Augment | None,
        *,
        crops: int,
        seed: int,
    ) -> None:
        self._pools, self._how, self._augment = pools, how, augment
        self._crops, self._seed = crops, seed
        self._shares = np.array([share for _, share in pools]) / sum(s for _, s in pools)

    def batch(self, step: int) -> Batch:
        """The crops of a step and what is pointed at in them."""
        rng = np.random.default_rng((self._seed, step))
        images, tasks = [], []
        for index in range(self._crops):
            image, found = self._crop(rng, index)
            images.append(image)
            tasks += found
        return Batch(np.stack(images), tuple(tasks))

    def _crop(self, rng: np.random.Generator, index: int) -> tuple[np.ndarray, list[Task]]:
        while True:  # a crop may show too little of every object: draw again
            pool = self._pools[int(rng.choice(len(self._pools), p=self._shares))][0]
            scene = pool.scenes[rng.integers(len(pool.scenes))]
            if not len(scene.areas):
                continue
            boxed = rng.random() < self._how.box_share
            matrix = self._placed(rng, scene, boxed=boxed)
            seen = Seen.of(self._numbers(scene, matrix), scene, zoom=_zoom(matrix))
            tasks = self._tasks(rng, seen, index, boxed=boxed)
            if tasks:
                return self._seen(rng, warped(scene.image, matrix, self._how.crop)), tasks

    def _seen(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        if self._augment is None:
            return image
        return seen_by_one(rng, image, self._augment.sensors)

    def _placed(self, rng: np.random.Generator, scene: Objects, *, boxed: bool) -> np.ndarray:
        """2x3 matrix from crop pixels to scene pixels, one object shown at the wanted size."""
        anchor = _anchor(rng, scene)
        left, top, right, bottom = scene.boxes[anchor]
        low, high = self._how.box_side if boxed else self._how.click_side
        wanted = np.exp(rng.uniform(np.log(low), np.log(high)))
        zoom = min(wanted / max(right - left, bottom - top), _LARGEST_ZOOM)
        row, col = _place_in(rng, scene, anchor)
        reach = self._how.crop / 6 / zoom
        centre = np.array([col, row]) + rng.uniform(-reach, reach, 2)
        linear = self._turned(rng) / zoom
        half = self._how.crop / 2
        shift = centre - linear @ np.array([half, half])
        return _inside(np.column_stack([linear, shift]), scene.numbers.shape, self._how.crop)

    def _turned(self, rng: np.random.Generator) -> np.ndarray:
        """A turn by quarters or freely, and a mirror, as a 2x2 matrix."""
        if self._augment is None:
            return np.eye(2)
        return turned(rng, self._augment.rotate_share)

    def _numbers(self, scene: Objects, matrix: np.ndarray) -> np.ndarray:
        """The objects' numbers in the crop at stride 2; BEYOND beyond the scene."""
        side = self._how.crop // LOGIT_STRIDE
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
        half = at_half_size(matrix)
        return cv2.warpAffine(scene.numbers, half, (side, side), flags=flags, borderValue=BEYOND)

    def _tasks(
        self, rng: np.random.Generator, seen: Seen, index: int, *, boxed: bool
    ) -> list[Task]:
        """Up to `each` prompts for what is to be seen in the crop."""
        chances = seen.boxable() if boxed else seen.clickable()
        count = min(self._how.each, _MOST_ALIKE * np.count_nonzero(chances))
        if not count:
            return []
        slots = np.repeat(chances, _MOST_ALIKE)
        drawn = rng.choice(len(slots), count, replace=False, p=slots / slots.sum())
        tasks = []
        for number in drawn // _MOST_ALIKE + 1:
            prompt = self._pointed(rng, seen.numbers == number, boxed=boxed)
            area = float(seen.areas[number - 1])
            tasks.append(task_of(prompt, seen.numbers, number=int(number), crop=index, area=area))
        return tasks

    def _pointed(self, rng: np.random.Generator, mask: np.ndarray, *, boxed: bool) -> Prompt:
        """A box around or a click on the object (crop / 2, crop / 2), in pixels of the crop."""
        if not boxed:
            return Prompt((Click(*self._touched(rng, mask)),))
        left, top, width, height = cv2.boundingRect(np.uint8(mask))
        corners = np.array([left, top, left + width, top + height]) * float(LOGIT_STRIDE)
        return Prompt((), self._jittered(rng, corners))

    def _jittered(self, rng: np.random.Generator, corners: np.ndarray) -> PromptBox:
        """The box with every side moved by up to the recipe's share of the object's size."""
        size = np.tile(corners[2:] - corners[:2], 2) * self._how.jitter
        moved = np.clip(corners + rng.uniform(-1, 1, 4) * size, 0, self._how.crop)
        return PromptBox(*(float(side) for side in moved))

    def _touched(self, rng: np.random.Generator, mask: np.ndarray) -> tuple[float, float]:
        """Where the user clicks, (x, y) in pixels of the crop: the innermost point or another."""
        if self._augment is None or rng.random() < 0.5:
            row, col = innermost(mask)
        else:
            rows, cols = np.nonzero(mask)
            at = rng.integers(len(rows))
            row, col = int(rows[at]), int(cols[at])
        return (col + 0.5) * LOGIT_STRIDE, (row + 0.5) * LOGIT_STRIDE


def _anchor(rng: np.random.Generator, scene: Objects) -> int:
    """An object, drawn evenly; every other time its kind is drawn first."""
    if rng.random() < 0.5:
        kinds = np.unique(scene.kinds)
        return int(rng.choice(np.flatnonzero(scene.kinds == kinds[rng.integers(len(kinds))])))
    return int(rng.integers(len(scene.areas)))


def _place_in(rng: np.random.Generator, scene: Objects, anchor: int) -> tuple[float, float]:
    """A pixel (row, col) of the object."""
    left, top, right, bottom = scene.boxes[anchor].astype(int)
    rows, cols = np.nonzero(scene.numbers[top:bottom, left:right] == anchor + 1)
    at = rng.integers(len(rows))
    return float(top + rows[at]), float(left + cols[at])


def _zoom(matrix: np.ndarray) -> float:
    """Pixels of the crop per pixel of the scene, along a side."""
    return float(1 / np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _inside(matrix: np.ndarray, shape: tuple[int, int], crop: int) -> np.ndarray:
    """The matrix moved so that the crop's centre keeps its distance from the scene's edges.

    The product never looks beyond an edge where the raster is large enough.
    """
    half = np.array([crop / 2, crop / 2])
    centre = matrix[:, :2] @ half + matrix[:, 2]
    reach = min(crop / 2 / _zoom(matrix), *(side / 2 for side in shape))
    kept = np.clip(centre, reach, np.array(shape[::-1]) - reach)
    return np.column_stack([matrix[:, :2], matrix[:, 2] + kept - centre])
