# SPDX-License-Identifier: GPL-2.0-or-later
"""The single objects in a folder of labelled pictures: numbered ones, or components of masks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...inference.raster.window import Window
from ..data.described import mask_colors
from ..data.labels import Labels
from ..data.land_cover import IGNORE, NAMES, decode_mask
from ..data.pictures import (
    LEAST_PX,
    Picture,
    find_pictures,
    folders_with,
    images_in,
    mask_of,
)
from ..errors import DataError

ROAD_SIDE = 512
"""A road goes on for ever: it is cut to pieces that a window of that side holds."""
NO_OBJECT = "Other"
_ROAD = "Road"
_OBJECT = "Object"
"""What a numbered thing is called where nothing says its class."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Instance:
    """One object of a picture: its box in pixels and its mask (height, width) in that box.

    `number` counts the objects of a picture from 0. Outside of `within` nobody knows what belongs
    to it: that is the whole picture, or the window a road was cut to.
    """

    image: Path
    number: int
    name: str
    window: Window
    mask: Mask = field(repr=False, compare=False)
    within: Window

    @property
    def area_px(self) -> int:
        return int(np.count_nonzero(self.mask))


def find_instances(folder: Path, *, least_px: int = LEAST_PX) -> tuple[Instance, ...]:
    """Every object of the pictures at or up to two folders below `folder`, at least one.

    Where a folder `instances` lies beside `images`, each of its numbers but 0 is one object,
    however small. Elsewhere it is each 4-connected component of a class in `masks`, of `least_px`
    pixels or more: what touches at a corner only are two. Unlabelled pixels are no object.
    """
    if not folder.is_dir():
        raise DataError(f"--data should be a folder, but {folder} is none: check the path")
    found: list[Instance] = []
    numbered = folders_with(folder, "images", "instances")
    for place in numbered:
        for image in images_in(place):
            found.extend(_numbered(image))
    if not numbered:
        for picture in find_pictures(folder):
            for image, truth in _truths(picture):
                found.extend(instances_of(truth, image, picture.labels, least_px=least_px))
    if not found:
        raise DataError(
            f"{folder} should hold objects, but its masks have none of {least_px} pixels or more: "
            "check --data"
        )
    return tuple(found)


def _truths(picture: Picture) -> Iterator[tuple[Path, NDArray[np.uint8]]]:
    """Each file of a picture with its truth ids: parts of one scene stay the files they are."""
    if len(picture.images) == 1:
        yield picture.images[0], picture.read().truth
        return
    for image, mask in zip(picture.images, picture.masks):
        yield image, picture.read_part(image, mask)[1]


def instances_of(
    truth: NDArray[np.uint8], image: Path, labels: Labels, *, least_px: int = LEAST_PX
) -> Iterator[Instance]:
    """The components of every class in (H, W) truth ids of `labels`."""
    whole, number = Window(0, 0, *truth.shape), 0
    for index, name in enumerate(labels.truths):
        if name == NO_OBJECT:
            continue
        for window, within in _components(truth == index, name, least_px):
            box, mask = window
            yield Instance(image, number, name, box, mask, within or whole)
            number += 1


def _components(
    of_class: Mask, name: str, least_px: int
) -> Iterator[tuple[tuple[Window, Mask], Window | None]]:
    """Boxes with masks; a road that is too long comes in pieces, each with the window it is in."""
    for box, mask in components(of_class, least_px=least_px):
        if name != _ROAD or max(box.height, box.width) <= ROAD_SIDE:
            yield (box, mask), None
            continue
        for piece in _pieces(box):
            part = mask[piece.relative_to(box).slices()]
            for inner, cut in components(part, least_px=least_px):
                yield (_moved(inner, piece), cut), piece


def components(mask: Mask, *, least_px: int) -> Iterator[tuple[Window, Mask]]:
    """4-connected parts of (H, W) with `least_px` pixels or more: each one's box and its mask."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    for label in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[label])
        if area >= least_px:
            box = Window(top, left, height, width)
            yield box, numbers[box.slices()] == label


def _pieces(box: Window) -> Iterator[Window]:
    """The box in equal parts, none longer than ROAD_SIDE on a side."""
    rows = _edges(box.row_off, box.height)
    columns = _edges(box.col_off, box.width)
    for top, bottom in zip(rows, rows[1:]):
        for left, right in zip(columns, columns[1:]):
            yield Window(top, left, bottom - top, right - left)


def _edges(start: int, length: int) -> list[int]:
    count = -(-length // ROAD_SIDE)
    return [start + length * step // count for step in range(count + 1)]


def _moved(window: Window, origin: Window) -> Window:
    return Window(
        window.row_off + origin.row_off,
        window.col_off + origin.col_off,
        window.height,
        window.width,
    )


def _numbered(image: Path) -> Iterator[Instance]:
    path = image.parent.parent / "instances" / f"{image.stem}.png"
    numbers = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if numbers is None or numbers.ndim != 2:
        raise DataError(
            f"{image} should have a grey picture {path} with the number of the object at every "
            "pixel, but it is not there or has colours: check the folder"
        )
    name_of, whole = _namer(image), Window(0, 0, *numbers.shape)
    for count, value in enumerate(np.unique(numbers[numbers > 0])):
        mask = numbers == value
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, left = int(rows[0]), int(columns[0])
        box = Window(top, left, int(rows[-1]) + 1 - top, int(columns[-1]) + 1 - left)
        yield Instance(image, count, name_of(mask), box, mask[box.slices()].copy(), whole)


def _namer(image: Path) -> Callable[[Mask], str]:
    """Says what a numbered object is: the class most of it has, or by the name of its folder."""
    if (image.parent.parent / "masks").is_dir():
        colors = mask_colors(mask_of(image))
        if not np.isin(colors, (0, 255)).all():
            truth = decode_mask(colors)
            return lambda mask: _majority(truth[mask])
    folder = image.resolve().parent.parent.name.lower()
    name = next((name for name in ("Field", "Building") if name.lower() in folder), _OBJECT)
    return lambda mask: name


def _majority(ids: NDArray[np.uint8]) -> str:
    most = int(np.bincount(ids).argmax())
    return _OBJECT if most == IGNORE else NAMES[most]
