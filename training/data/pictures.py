# SPDX-License-Identifier: GPL-2.0-or-later
"""Labelled pictures of land cover, found by how their folders are laid out."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

from ..errors import DataError
from .described import mask_colors, resolution_of
from .dubai import joined
from .fields import FIELDS, load_fields
from .labelled_scene import Scene
from .labels import LABELS, Labels
from .picture_file import read_rgb

_PICTURES = (".jpg", ".jpeg", ".png")
_GRID_SLACK = 2
"""Pixels by which the nine parts of one scene may differ in height or width."""
SCENE, TRUTH = "scene.tif", "truth.tif"
"""A georeferenced picture and its class ids, as resources/sample has them."""
LEAST_PX = 400
"""Components of a mask below that are specks of drawing rather than objects."""
_COUNTED = re.compile(r"(.*?)(\d+)")


@dataclass(frozen=True)
class Picture:
    """A picture and its mask, or the nine parts of one scene, row by row; read when asked for."""

    name: str
    images: tuple[Path, ...]
    masks: tuple[Path, ...]
    labels: Labels

    def read(self) -> Scene:
        """Pixels and truth ids of `labels`; raises DataError naming the file that is not right."""
        if self.images[0].name == SCENE:
            return _read_scene(self.name, self.images[0], self.masks[0])
        pairs = [self.read_part(*pair) for pair in zip(self.images, self.masks)]
        images, truths = ([pair[part] for pair in pairs] for part in (0, 1))
        metres = resolution_of(self.images[0]) or self.labels.resolution_m
        if len(pairs) == 1:
            return Scene(self.name, images[0], truths[0], metres)
        return Scene(self.name, joined(images), joined(truths), metres)

    def read_part(self, image: Path, mask: Path) -> tuple[np.ndarray, np.ndarray]:
        """Pixels (H, W, 3) and truth ids (H, W) of one of the files, which is not SCENE."""
        pixels, colors = read_rgb(image), mask_colors(mask)
        if pixels.shape != colors.shape:
            raise DataError(
                f"{mask} should be as large as its picture, {pixels.shape[1]}x{pixels.shape[0]}, "
                f"but is {colors.shape[1]}x{colors.shape[0]}: check that they belong together"
            )
        try:
            return pixels, self.labels.decode(colors)
        except DataError as error:
            raise DataError(f"{mask}: {error}") from error


def find_pictures(path: Path, *, labels: str = "auto", held_out: bool = False) -> list[Picture]:
    """Every labelled picture at or below `path`, at least one.

    A folder with images/ and masks/ counts, at `path` or up to two folders below it: one tile, a
    folder of tiles, or one with train/ and val/. Nine numbered parts of one size are one scene.
    So does a folder with scene.tif and truth.tif.
    """
    if (path / SCENE).is_file() and (path / TRUTH).is_file():
        pair = (path / SCENE,), (path / TRUTH,)
        return [Picture(path.resolve().name, *pair, LABELS["classes"])]
    folders = _folders(path)
    kinds = {_labels_of(folder, labels).name for folder in folders}
    if len(kinds) > 1:
        raise DataError(
            f"{path} should hold labels of one kind, but holds {' and '.join(sorted(kinds))}: "
            "give one folder at a time, or --labels"
        )
    kind = LABELS[kinds.pop()]
    pictures = [found for folder in folders for found in _pictures_in(folder, kind, len(folders))]
    return _held_out(path, pictures) if held_out else pictures


def _read_scene(name: str, image: Path, truth: Path) -> Scene:
    with _opened(image) as picture, _opened(truth) as classes:
        if picture.shape != classes.shape or picture.count < 3 or not picture.crs:
            raise DataError(
                f"{image} should be a georeferenced picture in three bands, as large as {truth}, "
                f"but has {picture.count} bands of {picture.shape}: make both of the same frame"
            )
        if {*picture.dtypes[:3], classes.dtypes[0]} != {"uint8"}:
            raise DataError(
                f"{image} and {truth} should have 8 bits a band, but have {picture.dtypes[0]} and "
                f"{classes.dtypes[0]}: convert them"
            )
        pixels = np.moveaxis(picture.read((1, 2, 3)), 0, -1)
        return Scene(name, pixels, classes.read(1), abs(picture.transform.a))


@contextmanager
def _opened(path: Path) -> Iterator[rasterio.DatasetReader]:
    """A raster GDAL can read to the end; else DataError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            with rasterio.open(path) as dataset:
                yield dataset
        except RasterioIOError as error:
            raise DataError(
                f"{path} should be a picture, but could not be read: check the data folder"
            ) from error


def _folders(path: Path) -> list[Path]:
    if not path.is_dir():
        raise DataError(f"--data should be a folder, but {path} is none: check the path")
    folders = folders_with(path, "images")
    for folder in folders:
        if not (folder / "masks").is_dir():
            raise DataError(f"{folder} should hold images and masks, but has no folder masks")
    if not folders:
        raise DataError(
            f"{path} should be a folder with images/ and masks/, or a folder of such folders, "
            "but none is there: check --data"
        )
    return folders


def folders_with(path: Path, *parts: str) -> list[Path]:
    """Those of `path` and the folders up to two below it that hold folders of these names."""
    places = (path, *(place for deep in ("*", "*/*") for place in sorted(path.glob(deep))))
    return [place for place in places if all((place / part).is_dir() for part in parts)]


def images_in(folder: Path) -> list[Path]:
    """The pictures in its folder images, by name; at least one."""
    found = sorted(p for p in (folder / "images").iterdir() if p.suffix.lower() in _PICTURES)
    if not found:
        raise DataError(f"{folder / 'images'} should hold pictures (jpg or png), but holds none")
    return found


def mask_of(image: Path) -> Path:
    """The file in the folder masks that belongs to a picture."""
    mask = image.parent.parent / "masks" / f"{image.stem}.png"
    if not mask.is_file():
        raise DataError(f"{image} should have a mask {mask}, but there is none: check the folder")
    return mask


def _labels_of(folder: Path, wanted: str) -> Labels:
    """The labels asked for, or those the masks and the names of the folder speak for."""
    if wanted != "auto":
        return LABELS[wanted]
    masks = (mask_colors(mask_of(image)) for image in images_in(folder))
    values = next((v for v in (np.unique(mask) for mask in masks) if v.any()), np.zeros(1))
    if not set(values.tolist()) <= {0, 255}:
        return LABELS["classes"]
    if (folder / "instances").is_dir() or "field" in folder.name.lower():
        return LABELS["fields"]
    if "building" in folder.name.lower():
        return LABELS["buildings"]
    raise DataError(
        f"the masks in {folder} hold 0 and 255 only, which says not of what: "
        "give --labels fields or --labels buildings"
    )


def _pictures_in(folder: Path, labels: Labels, folders: int) -> list[Picture]:
    images = images_in(folder)
    masks = [mask_of(image) for image in images]
    if labels is LABELS["classes"] and _are_parts(images):
        images = sorted(images, key=_number)
        return [Picture(folder.name, tuple(images), tuple(map(mask_of, images)), labels)]
    before = f"{folder.name}/" if folders > 1 else ""
    return [
        Picture(f"{before}{image.stem}", (image,), (mask,), labels)
        for image, mask in zip(images, masks)
    ]


def _are_parts(images: list[Path]) -> bool:
    """Whether these are the parts 1 to 9 of a scene cut into a 3x3 grid, row by row."""
    matches = [_COUNTED.fullmatch(image.stem) for image in images]
    if not all(matches) or len({match[1] for match in matches if match}) != 1:
        return False
    if sorted(map(_number, images)) != list(range(1, 10)):
        return False
    sizes = np.array([_size(image) for image in images])
    return bool((np.ptp(sizes, axis=0) <= _GRID_SLACK).all())


def _number(image: Path) -> int:
    match = _COUNTED.fullmatch(image.stem)
    return int(match[2]) if match else -1


def _size(image: Path) -> tuple[int, int]:
    with _opened(image) as dataset:
        return dataset.shape


def _held_out(path: Path, pictures: list[Picture]) -> list[Picture]:
    """Those of the field pictures that the training leaves out, by its own rule."""
    if path.resolve().name != FIELDS:
        raise DataError(
            f"--held-out picks what the training leaves out of {FIELDS}, but --data is "
            f"{path}: leave it out"
        )
    names = {scene.name for scene in load_fields(path.resolve().parent, held_out=True)}
    return [picture for picture in pictures if picture.name in names]
