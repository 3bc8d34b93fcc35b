# SPDX-License-Identifier: GPL-2.0-or-later
"""What labels of land cover say, and which answers of a network agree with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ...inference.cards.card import ModelCard
from ..errors import DataError
from ..metrics import Counts, confusion_figures, mean_iou, scores
from .land_cover import IGNORE, NAMES, decode_mask

FIELD_COLOR, OTHER_COLOR = "#E3C23C", "#D5D5D5"


@dataclass(frozen=True)
class Labels:
    """One way of labelling: the truth ids are places in `truths`, IGNORE is unlabelled.

    `columns[c]` is the answer column of class c of CLASSES, `right` (truths, answers) whether an
    answer agrees with a truth. `resolution_m` is what pictures labelled so have when nobody says.
    """

    name: str
    truths: tuple[str, ...]
    answers: tuple[str, ...]
    columns: tuple[int, ...]
    right: np.ndarray
    resolution_m: float
    decode: Callable[[np.ndarray], np.ndarray]
    figures: Callable[[Counts], dict[str, float]]
    headline: tuple[tuple[str, str], ...]
    rank: Callable[[Counts], float]
    rank_name: str

    @property
    def is_partial(self) -> bool:
        """Whether only one class is known, so that a confidence cannot be checked."""
        return self.truths != NAMES


def _class_figures(matrix: Counts) -> dict[str, float]:
    return {**scores(matrix, NAMES), **confusion_figures(matrix, NAMES, NAMES)}


def _decode_binary(rgb: np.ndarray, *, no: int) -> np.ndarray:
    """(H, W, 3) of 0 and 255 -> truth 0 where it is 255, `no` where it is 0."""
    if not np.isin(rgb, (0, 255)).all():
        strange = rgb[~np.isin(rgb, (0, 255)).all(axis=-1)][0].tolist()
        raise DataError(
            f"mask values should be 0 and 255, but one is {strange}: "
            "check that it was not saved as JPEG, or give --labels classes"
        )
    return np.where(rgb[..., 0] > 0, 0, no).astype(np.uint8)


def _field_figures(matrix: Counts) -> dict[str, float]:
    """What the pixels of fields are taken for; bare land and vegetation are both right."""
    shares = matrix[0] / max(1, matrix.sum())
    taken = {f"field_share_{name.lower()}": round(float(s), 5) for name, s in zip(NAMES, shares)}
    return {
        "field_accuracy": round(_field_accuracy(matrix), 5),
        "accuracy": round(_field_accuracy(matrix), 5),
        **taken,
        **confusion_figures(matrix, ("Field",), NAMES),
    }


def _field_accuracy(matrix: Counts) -> float:
    return float(matrix[0, _GROUND].sum() / max(1, matrix.sum()))


def _building_figures(matrix: Counts) -> dict[str, float]:
    both = ("Building", "Other")
    figures = scores(matrix, both)
    return {
        **{f"building_{what}": figures.get(f"{what}_building", 0.0) for what in _SCORES},
        "accuracy": figures["accuracy"],
        **confusion_figures(matrix, both, both),
    }


def _building_iou(matrix: Counts) -> float:
    return float(matrix[0, 0] / max(1, matrix.sum() - matrix[1, 1]))


_SCORES = {"iou": "IoU", "precision": "precision", "recall": "recall", "f1": "F1"}
_GROUND = [NAMES.index("Land"), NAMES.index("Vegetation")]
_ALL = tuple(range(len(NAMES)))

CLASS_LABELS = Labels(
    name="classes",
    truths=NAMES,
    answers=NAMES,
    columns=_ALL,
    right=np.eye(len(NAMES), dtype=bool),
    resolution_m=1.0,
    decode=decode_mask,
    figures=_class_figures,
    headline=(
        ("mean_iou", "mean IoU"),
        ("accuracy", "pixel accuracy"),
        ("macro_f1", "macro F1"),
        ("calibration_error", "calibration error"),
    ),
    rank=mean_iou,
    rank_name="mean IoU",
)
FIELD_LABELS = Labels(
    name="fields",
    truths=("Field",),
    answers=NAMES,
    columns=_ALL,
    right=np.isin(_ALL, _GROUND)[np.newaxis],
    resolution_m=1.0,
    decode=lambda rgb: _decode_binary(rgb, no=IGNORE),
    figures=_field_figures,
    headline=(
        ("field_accuracy", "of field pixels are land or vegetation"),
        ("field_share_land", "taken for land"),
        ("field_share_vegetation", "taken for vegetation"),
    ),
    rank=_field_accuracy,
    rank_name="fields right",
)
BUILDING_LABELS = Labels(
    name="buildings",
    truths=("Building", "Other"),
    answers=("Building", "Other"),
    columns=tuple(int(name != "Building") for name in NAMES),
    right=np.eye(2, dtype=bool),
    resolution_m=0.13,
    decode=lambda rgb: _decode_binary(rgb, no=1),
    figures=_building_figures,
    headline=tuple((f"building_{what}", f"building {title}") for what, title in _SCORES.items()),
    rank=_building_iou,
    rank_name="building IoU",
)
LABELS = {labels.name: labels for labels in (CLASS_LABELS, FIELD_LABELS, BUILDING_LABELS)}


def landcover_classes(card: ModelCard) -> np.ndarray:
    """(256,) uint8: class id of the card's network to its place in CLASSES, IGNORE for nodata."""
    table = np.full(256, IGNORE, np.uint8)
    for info in card.classes:
        if info.name.capitalize() not in NAMES:
            raise DataError(
                f"a land-cover network should know {', '.join(NAMES)} and nothing else, but "
                f"'{card.id}' has a class '{info.name}': give another --model"
            )
        table[info.id] = NAMES.index(info.name.capitalize())
    return table


def truth_colors(labels: Labels, card: ModelCard) -> tuple[str, ...]:
    """`#RRGGBB` of every truth; a class has its card's."""
    own = {info.name.capitalize(): info.color for info in card.classes}
    own.update({"Field": FIELD_COLOR, "Other": OTHER_COLOR})
    return tuple(own.get(name, OTHER_COLOR) for name in labels.truths)
