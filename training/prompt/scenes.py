# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures whose objects are numbered: what the network learns to cut out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from ..data.dubai import tile_folder
from ..data.fields import FIELDS
from ..data.labelled_scene import Scene
from ..data.land_cover import IGNORE, decode_mask
from ..data.made_scenes import generated_scenes
from ..data.picture_file import read_rgb
from ..data.pictures import images_in
from ..errors import DataError
from .config import PromptConfig
from .instances import components

LEAST_AREA = 150
"""Pixels of an object that is pointed at."""


@dataclass(frozen=True)
class Objects:
    """Numbered objects: `numbers` (H, W) uint16 with 0 for none, and of the objects 1, 2, ...

    their boxes (n, 4) left, top, right, bottom in pixels, areas (n,) in pixels and kinds (n,).
    """

    name: str
    image: np.ndarray
    numbers: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    kinds: np.ndarray


@dataclass(frozen=True)
class Pool:
    """Scenes of one source."""

    name: str
    scenes: tuple[Objects, ...]


def regions(name: str, image: np.ndarray, classes: np.ndarray) -> Objects:
    """Every connected region of a class (H, W) as an object; IGNORE belongs to none."""
    numbers = np.zeros(classes.shape, np.uint16)
    boxes, areas, kinds = [], [], []
    for kind in np.unique(classes[classes != IGNORE]):
        for box, mask in components(classes == kind, least_px=LEAST_AREA):
            boxes.append((box.col_off, box.row_off, box.col_end, box.row_end))
            areas.append(int(mask.sum()))
            kinds.append(int(kind))
            numbers[box.slices()][mask] = len(boxes)
    return _objects(name, image, numbers, boxes, areas, kinds)


def numbered(
    name: str, image: np.ndarray, instances: np.ndarray, classes: np.ndarray | None = None
) -> Objects:
    """Objects as they were drawn, each with a number of its own (H, W), 0 for none.

    An object is of the kind that most of it has in `classes` (H, W); without, all are of one.
    """
    kept = np.zeros(instances.shape, np.uint16)
    boxes, areas, kinds = [], [], []
    for number in np.unique(instances[instances > 0]):
        mask = instances == number
        area = int(mask.sum())
        if area < LEAST_AREA:
            continue
        left, top, width, height = cv2.boundingRect(np.uint8(mask))
        boxes.append((left, top, left + width, top + height))
        areas.append(area)
        kinds.append(0 if classes is None else int(np.bincount(classes[mask]).argmax()))
        kept[mask] = len(boxes)
    return _objects(name, image, kept, boxes, areas, kinds)


def _objects(
    name: str,
    image: np.ndarray,
    numbers: np.ndarray,
    boxes: list[tuple[int, int, int, int]],
    areas: list[int],
    kinds: list[int],
) -> Objects:
    corners = np.array(boxes, np.float32).reshape(-1, 4)
    return Objects(
        name, image, numbers, corners, np.array(areas, np.int64), np.array(kinds, np.int64)
    )


def landcover(data: Path, tiles: tuple[int, ...]) -> Pool:
    """The pictures of those Dubai tiles, each of the nine parts by itself."""
    scenes = []
    for tile in tiles:
        folder = tile_folder(data, tile)
        for path in sorted((folder / "images").glob("*.jpg")):
            classes = decode_mask(read_rgb(folder / "masks" / f"{path.stem}.png"))
            scenes.append(regions(f"tile{tile} {path.stem}", read_rgb(path), classes))
    return Pool("landcover", tuple(scenes))


def held_out_pictures(folder: Path, held_out: tuple[int, ...]) -> set[Path]:
    """The pictures at those places of all in a folder of fields, also of such without an object."""
    paths = images_in(folder) if (folder / "images").is_dir() else []
    if max(held_out, default=0) >= len(paths):
        raise DataError(
            f"{folder} should hold more than {max(held_out, default=0)} images, "
            f"but holds {len(paths)}: check --data and held_out_fields"
        )
    return {paths[place] for place in held_out}


def fields(data: Path, held_out: tuple[int, ...]) -> tuple[Pool, Pool]:
    """Fields to learn from, and those of the pictures with the numbers `held_out`."""
    folder = data / FIELDS
    apart, paths = held_out_pictures(folder, held_out), images_in(folder)
    pools: tuple[list[Objects], list[Objects]] = ([], [])
    for path in paths:
        numbers = cv2.imread(str(folder / "instances" / f"{path.stem}.png"), cv2.IMREAD_UNCHANGED)
        if numbers is None:
            raise DataError(f"{folder / 'instances'} should hold the numbers of {path.stem}")
        pools[path in apart].append(numbered(path.stem, read_rgb(path), numbers))
    return Pool("fields", tuple(pools[0])), Pool("fields", tuple(pools[1]))


def buildings(data: Path) -> Pool:
    """Roofs of Banepa seen by a drone."""
    folder = data / "buildings_banepa"
    paths = sorted((folder / "images").glob("*"))
    if not paths:
        raise DataError(f"{folder} should hold images and masks, but holds none: check --data")
    scenes = []
    for path in paths:
        mask = read_rgb(folder / "masks" / f"{path.stem}.png")[..., 0]
        classes = np.where(mask > 0, 0, IGNORE).astype(np.uint8)
        scenes.append(regions(path.stem, read_rgb(path), classes))
    return Pool("buildings", tuple(scenes))


def generated(scenes: list[Scene]) -> Pool:
    """The single things of made scenes."""
    return Pool("generated", tuple(numbered(s.name, s.image, s.things, s.truth) for s in scenes))


def training_pools(config: PromptConfig, data: Path) -> list[tuple[Pool, float]]:
    """What is learnt from, each source with its share."""
    shares = config.sources
    made = generated_scenes(shares.generated_scenes, seed=config.seed, resolution_m=0.6)
    pools = [
        (landcover(data, config.train_tiles), shares.landcover),
        (fields(data, config.held_out_fields)[0], shares.fields),
        (buildings(data), shares.buildings),
        (generated(made), shares.generated),
    ]
    return [(pool, share) for pool, share in pools if share > 0]


def validation_pools(config: PromptConfig, data: Path) -> list[Pool]:
    """What is only looked at: the tile and the fields kept apart."""
    return [
        landcover(data, (config.validation_tile,)),
        fields(data, config.held_out_fields)[1],
    ]
