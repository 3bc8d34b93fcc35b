# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures of many objects: means over all, by class and by size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..evaluation import Figure
from ..metrics import key
from .instances import Instance
from .trial import CLICKS, Trial

SIZES = (("small", 32**2), ("medium", 96**2), ("large", float("inf")))
"""Areas in pixels that each size stays below, as COCO has them."""
COLUMNS = {
    "box_iou": "box",
    **{f"click{count}_iou": f"{count} click{'s' * (count > 1)}" for count in CLICKS},
    "clicks_to_80": "clicks to 80 %",
    "fill_box_iou": "box filled",
    "grabcut_box_iou": "GrabCut",
    "grabcut_seeded_box_iou": "seeded GrabCut",
    "region_click1_iou": "wand, 1 click",
    "region_click5_iou": "wand, 5 clicks",
}
"""What a table shows of each class."""


@dataclass(frozen=True)
class Measured:
    """What is kept of a trial: the figures by their keys, and (said, true) IoUs of each prompt."""

    instance: Instance
    figures: dict[str, float]
    estimates: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, trial: Trial) -> Measured:
        estimates = tuple((answer.said or 0.0, answer.iou) for answer in trial.estimates)
        return cls(trial.instance, trial.figures, estimates)

    @property
    def size(self) -> str:
        return next(name for name, limit in SIZES if self.instance.area_px < limit)

    @property
    def rank(self) -> float:
        """How well it went, for choosing examples."""
        return float(np.mean([self.figures[name] for name in _RANKED]))


_RANKED = ("box_iou", "click1_iou", "click5_iou")


def names_of(measured: Iterable[Measured]) -> tuple[str, ...]:
    """The classes that occur, by name."""
    return tuple(sorted({one.instance.name for one in measured}))


def by_class(measured: Sequence[Measured], name: str) -> list[Measured]:
    """Those of one class."""
    return [one for one in measured if one.instance.name == name]


def flat(measured: Sequence[Measured]) -> dict[str, Figure]:
    """Means of all, then of each class and size as `box_iou_building`, `box_iou_small`, ..."""
    groups = {key(name): by_class(measured, name) for name in names_of(measured)}
    for size, _ in SIZES:
        groups[size] = [one for one in measured if one.size == size]
    figures: dict[str, Figure] = {**means(measured), **correlations(measured)}
    for group, members in groups.items():
        if members:
            figures[f"instances_{group}"] = len(members)
            figures.update({f"{name}_{group}": value for name, value in means(members).items()})
    return figures


def means(measured: Sequence[Measured]) -> dict[str, float]:
    """Every figure's mean over the objects, each counting the same."""
    return {
        name: round(float(np.mean([one.figures[name] for one in measured])), 5)
        for name in measured[0].figures
    }


def correlations(measured: Sequence[Measured]) -> dict[str, float]:
    """Pearson's between what was said and what is true: over all, and after each kind of prompt.

    0 where all are the same.
    """
    pairs = np.array([one.estimates for one in measured])
    kinds = ("box", *(f"click{count}" for count in CLICKS))
    each = {f"iou_correlation_{kind}": pairs[:, place] for place, kind in enumerate(kinds)}
    every = {"iou_correlation": pairs.reshape(-1, 2), **each}
    return {name: round(_correlation(values), 5) for name, values in every.items()}


def _correlation(pairs: np.ndarray) -> float:
    said, true = pairs[:, 0] - pairs[:, 0].mean(), pairs[:, 1] - pairs[:, 1].mean()
    spread = float(np.sqrt((said**2).sum() * (true**2).sum()))
    return float((said * true).sum()) / spread if spread > 1e-12 else 0.0
