# SPDX-License-Identifier: GPL-2.0-or-later
"""Land use measured on labelled tiles, through the product's engine."""

from __future__ import annotations

import math
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...inference.cards.card import ModelCard
from ...inference.classification.job import ClassifyJob
from ...inference.classification.run import run_classify
from ..data.eurosat import CLASSES, SIDE, VALIDATION, Tiles, load_tiles
from ..errors import DataError
from ..evaluation import Evaluation, Figure, Pages, Request
from ..metrics import (
    Reliability,
    class_scores,
    confusion_figures,
    confusion_matrix,
    scores,
)
from ..report_pictures import swatches
from ..through_engine import place
from .examples import confused_rows

NAMES = tuple(land.name for land in CLASSES)
RESOLUTION_M = 10.0
_ACROSS = 64
"""Tiles side by side in the raster the engine is given."""


@dataclass(frozen=True)
class Answers:
    """Class ids (N,) and confidence in percent (N,) of N tiles, and the engine's seconds."""

    ids: NDArray[np.int64]
    percent: NDArray[np.float64]
    seconds: float


def mosaic(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, side, side, 3) row by row as one picture; the last one fills what is left over."""
    rows = math.ceil(len(images) / _ACROSS)
    count = rows * _ACROSS
    filled = np.concatenate([images, np.repeat(images[-1:], count - len(images), axis=0)])
    side = images.shape[1]
    grid = filled.reshape(rows, _ACROSS, side, side, 3)
    return grid.transpose(0, 2, 1, 3, 4).reshape(rows * side, _ACROSS * side, 3)


def answers_of(
    card: ModelCard, tiles: Tiles, *, views: int = 1, threads: int | None = None
) -> Answers:
    """Every tile through the engine: a raster of tiles side by side, classified tile by tile."""
    with tempfile.TemporaryDirectory(prefix="geosift-") as folder:
        source = place(mosaic(tiles.images), Path(folder) / "tiles.tif", resolution_m=RESOLUTION_M)
        cells = Path(folder) / "cells.gpkg"
        job = ClassifyJob(str(source), card, cells=cells, step=SIDE, augment=views, threads=threads)
        result = run_classify(job)
        with closing(sqlite3.connect(cells)) as database:
            rows = database.execute(
                "SELECT class_id, confidence FROM cells ORDER BY fid LIMIT ?", (len(tiles),)
            ).fetchall()
    if len(rows) != len(tiles):
        raise DataError(f"the engine answered {len(rows)} of {len(tiles)} tiles")
    found = np.array(rows, np.float64)
    return Answers(found[:, 0].astype(np.int64), found[:, 1], result.timings["total"])


def figures_of(tiles: Tiles, answers: Answers) -> dict[str, Figure]:
    """Flat figures of answered tiles."""
    matrix = _matrix(tiles, answers)
    figures: dict[str, Figure] = dict(scores(matrix, NAMES))
    figures.pop("pixel_accuracy")
    figures["calibration_error"] = round(_reliability(tiles, answers).calibration_error(), 5)
    return {**figures, **confusion_figures(matrix, NAMES, NAMES)}


def _matrix(tiles: Tiles, answers: Answers) -> NDArray[np.int64]:
    count = len(NAMES)
    return confusion_matrix(tiles.labels, answers.ids, rows=count, cols=count)


def _reliability(tiles: Tiles, answers: Answers) -> Reliability:
    right = answers.ids == tiles.labels
    return Reliability.of(np.rint(answers.percent).astype(np.int64), right)


def evaluate_eurosat(request: Request) -> Evaluation:
    """Every tile of a packed file (or of the validation part in a folder), tile by tile."""
    card, path = request.card, request.data
    if tuple(info.name for info in card.classes) != NAMES or card.kind != "classification":
        raise DataError(
            f"the network '{card.id}' is of kind {card.kind} with the classes "
            f"{', '.join(info.name for info in card.classes)}: give one that knows EuroSAT's ten"
        )
    tiles = load_tiles(path / VALIDATION if path.is_dir() else path)
    answers = answers_of(card, tiles, views=request.augment, threads=request.threads)
    request.tell(f"{len(tiles)} tiles in {answers.seconds:.1f} s")
    figures: Mapping[str, Figure] = {
        **figures_of(tiles, answers),
        "tiles": len(tiles),
        "augment": request.augment,
        "engine_seconds": round(answers.seconds, 3),
    }
    return Evaluation(
        title=f"How good is the network “{card.name}”?",
        figures=figures,
        words=f"{len(tiles):,} tiles of 640 m, each answered by itself, by GeoSift's engine in "
        f"{answers.seconds:.1f} s. Network {card.sha256[:12]}.",
        headline=(
            ("accuracy", "Accuracy"),
            ("macro_f1", "Macro F1"),
            ("macro_precision", "Macro precision"),
            ("macro_recall", "Macro recall"),
            ("calibration_error", "Calibration error"),
        ),
        pages=_pages(card, tiles, answers) if request.wants_report else None,
    )


def _pages(card: ModelCard, tiles: Tiles, answers: Answers) -> Pages:
    matrix = _matrix(tiles, answers)
    return Pages(
        truths=NAMES,
        answers=NAMES,
        truth_colors=tuple(info.color for info in card.classes),
        matrix=matrix,
        per_class=class_scores(matrix),
        reliability=_reliability(tiles, answers),
        parts=(),
        part_figure="",
        examples=confused_rows(matrix, tiles, answers.ids, answers.percent),
        legend=swatches(card),
        shown=(),
        counted="tiles",
    )
