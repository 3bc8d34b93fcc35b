# SPDX-License-Identifier: GPL-2.0-or-later
"""A folder of training data while it is written: three PNG files a tile, and what they mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import OutputError
from ..raster.source import Validity
from ..raster.window import Window
from ..runs.partial_file import writing
from .label_classes import UNLABELLED, LabelClass

CLASSES_FILE = "classes.json"
IMAGES, MASKS, INSTANCES = "images", "masks", "instances"
_SCHEMA = 1
_FACTS = {"schema", "tiles", "objects", "unlabelled", "classes"}
"""What CLASSES_FILE says at least: others call a file so, too."""
NO_OBJECT = -1
_MOST_OBJECTS = 2**16 - 1


@dataclass(frozen=True)
class Pair:
    """One tile: its picture (3, height, width), and what is where, (height, width).

    `class_ids` are places in the classes of the folder, 0 for what no object covers; `objects` are
    numbers of objects, the same in all tiles, NO_OBJECT for none. `valid` is None for all pixels.
    """

    window: Window
    picture: NDArray[np.uint8]
    class_ids: NDArray[np.int64]
    objects: NDArray[np.int64]
    valid: Validity | None


@dataclass(frozen=True)
class ClassCount:
    """What is painted of one class: its objects, and its pixels in all tiles."""

    name: str
    color: str
    objects: int
    pixels: int


class LabelFolder:
    """Writes tiles, counts what is in them, and says at the end what the colours mean."""

    def __init__(self, path: Path, classes: tuple[LabelClass, ...]) -> None:
        """`path` is an empty folder; the first class is what no object covers, "" for nothing."""
        self._path, self._classes = path, classes
        self._paint = np.array([each.rgb for each in classes], np.uint8)
        self._pixels = np.zeros(len(classes), np.int64)
        self._seen: dict[int, int] = {}
        self.tiles = 0
        with writing(path):
            for name in (IMAGES, MASKS, INSTANCES):
                (path / name).mkdir()

    @property
    def objects(self) -> int:
        """How many lie in any tile so far."""
        return len(self._seen)

    def add(self, pair: Pair) -> None:
        """Write one tile; raises OutputError."""
        name = f"r{pair.window.row_off}_c{pair.window.col_off}.png"
        mask = self._paint[pair.class_ids]
        counted = pair.class_ids
        if pair.valid is not None:
            mask[~pair.valid] = UNLABELLED
            counted = counted[pair.valid]
        self._pixels += np.bincount(counted.ravel(), minlength=len(self._classes))
        numbers, first, places = np.unique(pair.objects, return_index=True, return_inverse=True)
        of_class = pair.class_ids.ravel()[first]
        self._seen.update((int(n), int(c)) for n, c in zip(numbers, of_class) if n != NO_OBJECT)
        if numbers.size > _MOST_OBJECTS:
            raise OutputError(
                f"A tile holds {numbers.size} outlines, and {_MOST_OBJECTS} can be numbered; make "
                "the tiles smaller."
            )
        instances = places.reshape(pair.objects.shape) + (numbers[0] != NO_OBJECT)
        self._write(IMAGES, name, pair.picture.transpose(1, 2, 0)[..., ::-1])
        self._write(MASKS, name, mask[..., ::-1])
        self._write(INSTANCES, name, instances.astype(np.uint16))
        self.tiles += 1

    def counts(self) -> tuple[ClassCount, ...]:
        """One for every class, in their order."""
        objects = np.bincount(list(self._seen.values()), minlength=len(self._classes))
        return tuple(
            ClassCount(each.name, each.color, int(count), int(pixels))
            for each, count, pixels in zip(self._classes, objects, self._pixels)
            if each.name
        )

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write what the colours mean, with some facts of the raster; raises OutputError."""
        told = {
            "schema": _SCHEMA,
            **facts,
            "tiles": self.tiles,
            "objects": self.objects,
            "unlabelled": LabelClass("", UNLABELLED).color,
            "classes": [vars(count) for count in self.counts()],
        }
        path = self._path / CLASSES_FILE
        with writing(path):
            path.write_text(json.dumps(told, indent=2, ensure_ascii=False), encoding="utf-8")

    def _write(self, folder: str, name: str, pixels: NDArray[Any]) -> None:
        path = self._path / folder / name
        with writing(path):
            path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(pixels))[1].tobytes())


def is_label_folder(path: Path) -> bool:
    """Whether a folder is one of an earlier export with nothing else in it: it may be replaced."""
    try:
        told = json.loads((path / CLASSES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none, or it is another program's
        return False
    held = {each.name for each in path.iterdir()}
    return (
        held <= {IMAGES, MASKS, INSTANCES, CLASSES_FILE}
        and isinstance(told, dict)
        and told.keys() >= _FACTS
        and told["schema"] == _SCHEMA
    )
