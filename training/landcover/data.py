# SPDX-License-Identifier: GPL-2.0-or-later
"""Land-cover scenes in memory: the Dubai tiles joined, and generated scenes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from ...inference.prompt.label_classes import LAND_COVER, UNLABELLED
from ..errors import DataError
from ..scene import CLIMATES, FIRST_SAMPLE_SEED, generate

GENERATED_SIDE = 704
FINER = (1.0, 0.8, 0.62)
"""Made scenes have that many pixels a side, and pixels of the network's times one of these."""
IGNORE = 255
OPEN_GROUND = 254
"""A field in a partial label: vegetation or bare land, by season."""


@dataclass(frozen=True)
class LandClass:
    """One class: its id is its place in CLASSES; colours are what the source masks use."""

    name: str
    mask_rgb: tuple[int, int, int]
    color: str
    synonyms: tuple[str, ...]


CLASSES = (
    LandClass(
        "Building", LAND_COVER["Building"], "#C0392B", ("house", "roof", "structure", "settlement")
    ),
    LandClass(
        "Land",
        LAND_COVER["Land"],
        "#D9B382",
        ("bare land", "bare ground", "soil", "sand", "paved land", "desert"),
    ),
    LandClass(
        "Road", LAND_COVER["Road"], "#7F8C8D", ("street", "highway", "asphalt", "carriageway")
    ),
    LandClass(
        "Vegetation",
        LAND_COVER["Vegetation"],
        "#27AE60",
        ("tree", "grass", "lawn", "plants", "green", "golf course"),
    ),
    LandClass("Water", LAND_COVER["Water"], "#2E86C1", ("sea", "lake", "pool", "canal", "river")),
)
NAMES = tuple(land.name for land in CLASSES)
IGNORED_RGB = (UNLABELLED, (0, 0, 0))


@dataclass(frozen=True)
class Scene:
    """image (H, W, 3) uint8 RGB, truth (H, W) uint8 class ids, OPEN_GROUND, or 255 = unlabelled.

    `resolution_m` is metres per pixel; the Dubai scenes and the field pictures have about 1.
    `things` (H, W) uint16 numbers every single thing from 1, 0 is none: made scenes only have it.
    """

    name: str
    image: np.ndarray
    truth: np.ndarray
    resolution_m: float = 1.0
    things: np.ndarray | None = None


def decode_mask(rgb: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 mask colours -> (H, W) class ids; a colour nobody described is an error."""
    packed = rgb.astype(np.uint32) @ np.array([65536, 256, 1], dtype=np.uint32)
    truth = np.full(packed.shape, IGNORE, dtype=np.uint8)
    known = np.zeros(packed.shape, dtype=bool)
    for red, green, blue in IGNORED_RGB:
        known |= packed == (red << 16 | green << 8 | blue)
    for index, land in enumerate(CLASSES):
        red, green, blue = land.mask_rgb
        here = packed == (red << 16 | green << 8 | blue)
        truth[here] = index
        known |= here
    if not known.all():
        strange = rgb[~known][0].tolist()
        raise DataError(
            f"mask colour {strange} is none of the described classes: "
            "check that the mask was read as RGB without loss"
        )
    return truth


def read_rgb(path: Path) -> np.ndarray:
    """A picture file as (H, W, 3) uint8 RGB."""
    data = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if data is None:
        raise DataError(f"{path} should be a picture, but could not be read: check the data folder")
    return cv2.cvtColor(data, cv2.COLOR_BGR2RGB)


def joined(parts: list[np.ndarray]) -> np.ndarray:
    """Nine parts of a 3x3 grid, row by row, each cut to the least size (they differ by a pixel)."""
    height = min(part.shape[0] for part in parts)
    width = min(part.shape[1] for part in parts)
    parts = [part[:height, :width] for part in parts]
    return np.concatenate([np.concatenate(parts[i : i + 3], axis=1) for i in (0, 3, 6)], axis=0)


def load_tile(data: Path, tile: int) -> Scene:
    """One Dubai tile, its nine parts joined; it lies in train/ or val/."""
    places = [Path(data) / "dubai_landcover" / part / f"tile{tile}" for part in ("train", "val")]
    folder = next((place for place in places if place.is_dir()), None)
    if folder is None:
        raise DataError(
            f"tile {tile} should be a folder {places[0]} or {places[1]}: "
            "check --data and the tile numbers in the recipe"
        )
    images = sorted((folder / "images").glob("*.jpg"))
    masks = [folder / "masks" / f"{path.stem}.png" for path in images]
    if len(images) != 9:
        raise DataError(f"{folder} should hold nine images, but holds {len(images)}")
    image = joined([read_rgb(path) for path in images])
    truth = joined([decode_mask(read_rgb(path)) for path in masks])
    if image.shape[:2] != truth.shape:
        raise DataError(f"{folder}: images {image.shape[:2]} and masks {truth.shape} should agree")
    return Scene(f"tile{tile}", image, truth)


def load_fields(data: Path, *, held_out: bool) -> list[Scene]:
    """The field pictures: every fifth is held out for evaluation, the others are for training.

    Their labels are partial: a field is OPEN_GROUND, all else is unlabelled.
    """
    folder = Path(data) / "fields_cornbelt"
    images = sorted((folder / "images").glob("*.jpg"))
    if not images:
        raise DataError(f"{folder} should hold images and masks, but holds none: check --data")
    scenes = []
    for number, path in enumerate(images):
        if (number % 5 == 4) is held_out:
            mask = read_rgb(folder / "masks" / f"{path.stem}.png")[..., 0] > 0
            truth = np.where(mask, OPEN_GROUND, IGNORE).astype(np.uint8)
            scenes.append(Scene(path.stem, read_rgb(path), truth))
    return scenes


def generated_scenes(count: int, *, seed: int, resolution_m: float) -> list[Scene]:
    """`count` made scenes, the same for the same seed, every climate in turn.

    They come at `resolution_m` and finer, so that crops of them are never blown up much.
    """
    first = seed * 1000
    if first + count > FIRST_SAMPLE_SEED:
        raise ValueError(
            f"seed {seed} reaches the scenes kept for samples and tests; "
            f"take one below {FIRST_SAMPLE_SEED // 1000}"
        )
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return list(pool.map(partial(generated_scene, resolution_m), range(first, first + count)))


def generated_scene(resolution_m: float, seed: int) -> Scene:
    """One made scene; climates and finer pixels take turns with the seed."""
    cv2.setNumThreads(1)
    metres = resolution_m * FINER[seed // len(CLIMATES) % len(FINER)]
    climate = tuple(CLIMATES)[seed % len(CLIMATES)]
    drawn = generate(seed, size=GENERATED_SIDE, resolution_m=metres, climate=climate)
    return Scene(f"generated{seed}", drawn.image, drawn.truth, metres, drawn.things)


def zoomed(scene: Scene, resolution_m: float) -> Scene:
    """The scene with pixels of `resolution_m`, as the product would show it to a network.

    Its things are left behind: who asks for them takes the scene as it was made.
    """
    if scene.resolution_m == resolution_m:
        return scene
    factor = scene.resolution_m / resolution_m
    size = tuple(round(side * factor) for side in scene.truth.shape[::-1])
    smooth = cv2.INTER_LINEAR if factor > 1 else cv2.INTER_AREA
    return Scene(
        scene.name,
        cv2.resize(scene.image, size, interpolation=smooth),
        cv2.resize(scene.truth, size, interpolation=cv2.INTER_NEAREST),
        resolution_m,
    )


def class_shares(scenes: list[Scene]) -> np.ndarray:
    """Share of every class among the labelled pixels, float64 (classes,)."""
    counts = sum(np.bincount(s.truth.ravel(), minlength=256)[: len(CLASSES)] for s in scenes)
    return counts / max(1, counts.sum())


def band_statistics(scenes: list[Scene]) -> list[dict[str, float]]:
    """Mean, standard deviation, 2nd and 98th percentile of red, green, blue in 0..255 units."""
    counts = sum(
        np.stack([np.bincount(s.image[..., band].ravel(), minlength=256) for band in range(3)])
        for s in scenes
    )
    values, answer = np.arange(256), []
    for count in counts:
        share = count / count.sum()
        mean, cumulated = float(share @ values), np.cumsum(share)
        answer.append(
            {
                "mean": round(mean, 2),
                "std": round(float(np.sqrt(share @ (values - mean) ** 2)), 2),
                "p2": int(np.searchsorted(cumulated, 0.02)),
                "p98": int(np.searchsorted(cumulated, 0.98)),
            }
        )
    return answer
