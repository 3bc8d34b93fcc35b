# SPDX-License-Identifier: GPL-2.0-or-later
"""The card of a network that tells land use: what a user may expect of it, in plain JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..card_base import WHOLE_TILES, base_card, classes_of, rgb_input, training_of
from ..data.eurosat import CLASSES, SIDE, Tiles
from ..data.origins import EUROSAT
from ..picture_statistics import feature_statistics
from ..pretrained import PRETRAINED
from .config import EurosatConfig, Stage

DESCRIPTIONS = {
    "cnn": "Ten kinds of land use from red, green and blue of Sentinel-2, a tile of 640 m at a "
    "time: the small and fast one, the first fifteen blocks of a MobileNetV2, 8 bits.",
    "resnet18": "Ten kinds of land use from red, green and blue of Sentinel-2, a tile of 640 m at "
    "a time: the slower and surer one, a ResNet18, 8 bits.",
}
LIMITS = (
    "Trained on EuroSAT: Sentinel-2 tiles of 640 m from 34 European countries, chosen so that one "
    "kind of land use fills each, without clouds and snow. A tile with several kinds gets the one "
    "it looks most like, and what is none of the ten (a beach, bare rock, a glacier, a cloud, a "
    "park) gets one of them all the same: look at the confidence. Other continents, winters, and "
    "pixels much finer or coarser than 10 m are new to it. Tiles beside each other on the ground "
    "can lie in both the trained and the measured part of EuroSAT, so the accuracy told here "
    "flatters. EuroSAT is top-of-atmosphere reflectance (level 1C): surface reflectance (level "
    "2A) is darker, above all in blue, and is told apart less surely."
)
REFLECTANCE = {"low": [0, 0, 0], "high": [2750, 2750, 2750], "offset": 1000}
"""Reflectance x 10,000 that EuroSAT's authors drew as 0 and 255. See DESIGN.md for the measuring;
the offset is what Sentinel-2's products hold more since January 2022."""


def _stage_words(stage: Stage) -> str:
    how = stage.augment
    early = (
        f"the first {stage.early_share:.0%} of them on parts of {stage.early_side} pixels, "
        if stage.early_share
        else ""
    )
    enlarged = f"tiles enlarged {stage.zoom} times, " if stage.zoom > 1 else ""
    return (
        f"{stage.epochs} epochs of batches of {stage.batch}, {early}{enlarged}mirrored and turned, "
        f"scaled 2^+-{how.scale_octaves:g}, moved by up to {how.shift:g} pixels, other light, "
        f"{how.paste_share:.0%} with a rectangle of another tile; AdamW {stage.rate:g}, weight "
        f"decay {stage.weight_decay:g}, one-cycle, label smoothing {stage.label_smoothing:g}, "
        f"averaged weights ({stage.ema:g})"
    )


def recipe_words(config: EurosatConfig, *, kept_step: int, quantisation: str) -> str:
    """The recipe in a paragraph."""
    student, start = config.student, "from ImageNet" if config.student.pretrained else "from noise"
    taught = (
        f" {student.teacher_share:.0%} of the loss is the distance from a teacher's opinion of the "
        f"same picture; the teacher: MobileNetV2 from ImageNet, {_stage_words(config.teacher)}."
        if student.teacher_share
        else ""
    )
    return (
        f"{student.network} {start}: {_stage_words(student)}, tiles that are always wrong "
        f"{1 + student.hard_share:g} times an epoch; weights of step {kept_step}, best on the "
        f"validation tiles, were kept.{taught} {quantisation}"
    )


def statistics(tiles: Tiles) -> dict[str, Any]:
    """Mean and deviation of each band over all pixels, and of the features of each tile."""
    means = tiles.images.mean(axis=(0, 1, 2))
    deviations = tiles.images.std(axis=(0, 1, 2))
    return {
        "bands": [
            {"name": name, "mean": round(float(mean), 2), "std": round(float(deviation), 2)}
            for name, mean, deviation in zip(("red", "green", "blue"), means, deviations)
        ],
        "features": feature_statistics(np.ascontiguousarray(image) for image in tiles.images),
    }


def eurosat_card(
    config: EurosatConfig, *, kept_step: int, quantisation: str, tiles: Tiles
) -> dict[str, Any]:
    """Everything the card says before its network is measured."""
    recipe = recipe_words(config, kept_step=kept_step, quantisation=quantisation)
    data = [{**EUROSAT, "share": 1.0}, {**PRETRAINED, "share": 0.0}]
    return {
        **base_card(
            config.name,
            id=config.id,
            kind="classification",
            description=DESCRIPTIONS[config.student.network],
            limits=LIMITS,
            statistics=statistics(tiles),
        ),
        "input": {
            **rgb_input(resolution_m=10.0, stride_multiple=SIDE, tile=SIDE),
            "reflectance": REFLECTANCE,
        },
        "output": {"activation": "logits", "stride": SIDE},
        "classes": classes_of(CLASSES),
        "blend": WHOLE_TILES,
        "training": training_of(data, recipe=recipe, seed=config.seed),
    }
