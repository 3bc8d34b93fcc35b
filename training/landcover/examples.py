# SPDX-License-Identifier: GPL-2.0-or-later
"""Which places of the measured pictures a report shows, and how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...inference.cards.card import ModelCard
from ...inference.raster.window import Window
from ..data.labelled_scene import Scene
from ..data.labels import Labels, truth_colors
from ..data.land_cover import CLASSES
from ..evaluation import Panel, PictureRow
from ..metrics import confusion_matrix
from ..report_pictures import paint, shrunk, where_wrong

SIDE = 400
"""About the pixels along a window that is shown."""
WHOLE_SIDE = 640
_WHOLE_PICTURES = 6
"""Most pictures that are also shown as a whole."""
_COUNTS = 0.02
"""Share of a window that a truth needs to be one of those the window is about."""


@dataclass(frozen=True)
class Kept:
    """A measured picture on disk: image, truth, class ids, right or wrong as (H, W, 6) uint8."""

    name: str
    path: Path

    @classmethod
    def store(cls, path: Path, scene: Scene, classes: np.ndarray, right: np.ndarray) -> Kept:
        np.save(path, np.dstack([scene.image, scene.truth, classes, right.astype(np.uint8)]))
        return cls(scene.name, path)

    def layers(self) -> np.ndarray:
        """(H, W, 6), read from disk as it is touched."""
        return np.load(self.path, mmap_mode="r")


@dataclass(frozen=True)
class Place:
    """A window of a picture, how well it was answered, and how many truths it is about."""

    rank: float
    truths: int
    kept: Kept
    window: Window


def example_rows(pictures: list[Kept], labels: Labels, card: ModelCard) -> tuple[PictureRow, ...]:
    """Whole pictures where they are few, then the best, the median and the worst window."""
    rows = []
    if len(pictures) <= _WHOLE_PICTURES:
        for kept in pictures:
            height, width = kept.layers().shape[:2]
            rows.append(
                PictureRow(
                    kept.name,
                    f"whole, {width:,} × {height:,} pixels",
                    _panels(kept.layers(), labels, card, side=WHOLE_SIDE),
                )
            )
    for title, place in _chosen([place for kept in pictures for place in _places(kept, labels)]):
        words = (
            f"{labels.rank_name} {place.rank:.3f} · {place.kept.name}, from row "
            f"{place.window.row_off:,}, column {place.window.col_off:,}"
        )
        crop = place.kept.layers()[place.window.slices()]
        rows.append(PictureRow(title, words, _panels(crop, labels, card, side=SIDE * 2)))
    return tuple(rows)


def _places(kept: Kept, labels: Labels) -> list[Place]:
    """The picture cut into windows of equal size, those that have labels."""
    layers, places = kept.layers(), []
    tops, lefts = (_cut(length) for length in layers.shape[:2])
    for top, bottom in zip(tops, tops[1:]):
        for left, right in zip(lefts, lefts[1:]):
            window = Window(top, left, bottom - top, right - left)
            crop = layers[window.slices()]
            matrix = confusion_matrix(
                crop[..., 3],
                np.asarray(labels.columns, np.uint8)[crop[..., 4]],
                rows=len(labels.truths),
                cols=len(labels.answers),
            )
            about = int((matrix.sum(axis=1) >= _COUNTS * window.pixels).sum())
            if about:
                places.append(Place(labels.rank(matrix), about, kept, window))
    return places


def _cut(length: int) -> list[int]:
    return np.linspace(0, length, max(1, round(length / SIDE)) + 1).astype(int).tolist()


def _chosen(places: list[Place]) -> list[tuple[str, Place]]:
    """Best, median and worst of the windows that are about the most; each at most once.

    One of water alone, or of a single roof, would say little: three truths where there are such.
    """
    most = min(3, max((place.truths for place in places), default=0))
    order = sorted((p for p in places if p.truths >= most), key=lambda p: p.rank, reverse=True)
    chosen = {0: "Best window"} if order else {}
    if len(order) > 2:
        chosen[len(order) // 2] = "Median window"
    if len(order) > 1:
        chosen[len(order) - 1] = "Worst window"
    return [(title, order[index]) for index, title in chosen.items()]


def _panels(layers: np.ndarray, labels: Labels, card: ModelCard, *, side: int) -> tuple[Panel, ...]:
    """Image, truth, answer, and where it is wrong."""
    image = shrunk(layers[..., :3], side)
    truth, classes, right = (shrunk(layers[..., layer], side, nearest=True) for layer in (3, 4, 5))
    named = {info.name.capitalize(): info.color for info in card.classes}
    answer_colors = tuple(named.get(land.name, land.color) for land in CLASSES)
    known = truth < len(labels.truths)
    return (
        Panel("Image", image, is_photograph=True),
        Panel(
            "Truth (pale: unlabelled)" if not known.all() else "Truth",
            paint(truth, truth_colors(labels, card), under=image),
        ),
        Panel("Answer", paint(classes, answer_colors, under=image)),
        Panel("Where it is wrong", where_wrong(image, known, right > 0), is_photograph=True),
    )
