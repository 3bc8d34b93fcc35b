# SPDX-License-Identifier: GPL-2.0-or-later
"""Land cover measured on labelled pictures, through the product's engine."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...inference.cards.card import ModelCard
from ..data.labelled_scene import Scene
from ..data.labels import Labels, landcover_classes, truth_colors
from ..data.pictures import Picture, find_pictures
from ..evaluation import Evaluation, Figure, Pages, Part, Request, Swatch
from ..metrics import Counts, Reliability, class_scores, confusion_matrix
from ..report_pictures import WRONG, swatches
from ..show_raster import show_raster
from ..through_engine import ask, place
from .examples import Kept, example_rows


@dataclass(frozen=True)
class Measured:
    """One picture: counts (truths, answers), how sure the network was, and what to show of it."""

    name: str
    matrix: Counts
    reliability: Reliability
    resolution_m: float
    seconds: float
    kept: Kept | None


def evaluate_landcover(request: Request) -> Evaluation:
    """Every picture through the engine, all pixels pooled; unlabelled ones are left out."""
    pictures = find_pictures(request.data, labels=request.labels, held_out=request.held_out)
    labels = pictures[0].labels
    landcover_classes(request.card)  # refused before the work rather than after it
    start = time.perf_counter()
    measured = [_measure(picture, index, request) for index, picture in enumerate(pictures)]
    seconds = time.perf_counter() - start
    figures = _figures(labels, measured) | {
        "labels": labels.name,
        "augment": request.augment,
        "resolution_m": request.resolution_m or measured[0].resolution_m,
        "seconds": round(seconds, 3),
    }
    pages = _pages(request, labels, measured) if request.wants_report else None
    return Evaluation(
        title=f"How good is the network “{request.card.name}”?",
        figures=figures,
        words=_words(request, figures),
        headline=labels.headline,
        pages=pages,
    )


def _words(request: Request, figures: Mapping[str, Figure]) -> str:
    count = figures["pictures"]
    return (
        f"{figures['pixels']:,} labelled pixels of {count} picture{'' if count == 1 else 's'} in "
        f"{'/'.join(request.data.resolve().parts[-2:])}, tiled and blended by GeoSift's engine in "
        f"{figures['engine_seconds']:.1f} s. Network {request.card.sha256[:12]}."
    )


def _measure(picture: Picture, index: int, request: Request) -> Measured:
    scene, labels = picture.read(), picture.labels
    resolution = request.resolution_m or scene.resolution_m
    source = place(scene.image, request.folder / f"{index}.tif", resolution_m=resolution)
    answered = ask(request, source, folder=request.folder)
    ids, percent = answered.read()
    answered.remove()
    source.unlink()
    classes = landcover_classes(request.card)[ids]
    columns = np.asarray(labels.columns, np.uint8)[classes]
    matrix = confusion_matrix(
        scene.truth, columns, rows=len(labels.truths), cols=len(labels.answers)
    )
    known, right = _compare(scene, labels, columns)
    request.tell(
        f"{picture.name}: {scene.truth.size / 1e6:.1f} megapixels in {answered.seconds:.1f} s, "
        f"{labels.rank_name} {labels.rank(matrix):.3f}"
    )
    keep = request.wants_report
    return Measured(
        name=picture.name,
        matrix=matrix,
        reliability=Reliability.of(percent[known], right[known]),
        resolution_m=resolution,
        seconds=answered.seconds,
        kept=Kept.store(request.folder / f"{index}.npy", scene, classes, right) if keep else None,
    )


def _compare(scene: Scene, labels: Labels, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are labelled, and which of these are answered rightly; both (H, W) bool."""
    known = scene.truth < len(labels.truths)
    right = np.zeros(known.shape, bool)
    right[known] = labels.right[scene.truth[known], columns[known]]
    return known, right


def _pooled(measured: list[Measured]) -> tuple[Counts, Reliability]:
    reliability = sum((one.reliability for one in measured), Reliability.none())
    return np.sum([one.matrix for one in measured], axis=0), reliability


def _figures(labels: Labels, measured: list[Measured]) -> dict[str, Figure]:
    matrix, reliability = _pooled(measured)
    figures: dict[str, Figure] = dict(labels.figures(matrix))
    if not labels.is_partial:
        figures["calibration_error"] = round(reliability.calibration_error(), 5)
    figures["pictures"] = len(measured)
    figures["pixels"] = int(matrix.sum())
    figures["engine_seconds"] = round(sum(one.seconds for one in measured), 3)
    return figures


def _legend(labels: Labels, card: ModelCard) -> tuple[Swatch, ...]:
    """The classes, what else the truth is painted in, and wrong answers."""
    classes = swatches(card)
    known = {swatch.name for swatch in classes}
    truths = (
        Swatch(color, name)
        for name, color in zip(labels.truths, truth_colors(labels, card))
        if name not in known
    )
    return (*classes, *truths, Swatch(WRONG, "wrong"))


def _pages(request: Request, labels: Labels, measured: list[Measured]) -> Pages:
    matrix, reliability = _pooled(measured)
    square = labels.truths == labels.answers
    return Pages(
        truths=labels.truths,
        answers=labels.answers,
        truth_colors=truth_colors(labels, request.card),
        matrix=matrix,
        per_class=class_scores(matrix) if square else {},
        reliability=None if labels.is_partial else reliability,
        parts=tuple(Part(m.name, labels.rank(m.matrix), int(m.matrix.sum())) for m in measured),
        part_figure=labels.rank_name,
        examples=example_rows([m.kept for m in measured if m.kept], labels, request.card),
        legend=_legend(labels, request.card),
        shown=tuple(show_raster(path, index, request) for index, path in enumerate(request.shows)),
    )
