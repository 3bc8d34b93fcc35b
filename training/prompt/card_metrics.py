# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the card of the network that cuts out, with the commands that give them again."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...inference.card import ModelCard
from ..evaluation import Request
from .evaluate import evaluate_prompt
from .speed import measure_speed

LIMIT = 160
"""Objects tried out for a card, spread evenly: all of them take an hour."""
KEYS = (
    "box_iou", "click1_iou", "click3_iou", "click5_iou", "clicks_to_80", "iou_correlation",
    "grabcut_box_iou", "region_click1_iou", "region_click5_iou", "fill_box_iou",
    "instances", "of",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """Data a network is measured on; `folder` below the data folder, and what it is in words."""

    folder: str
    words: str
    held_out: bool = False

    def command(self, model: str) -> str:
        """What to type to get the figures again."""
        held = " --held-out" if self.held_out else ""
        return (
            f"python -m geosift.training evaluate prompt --model {model} "
            f"--data DATA/{self.folder} --limit {LIMIT}{held}"
        )


CHECKS = {
    "tile3": Check(
        "dubai_landcover/val",
        "Dubai tile 3, a part of the city never trained on, outlines coarse; the best of the "
        "looks during training was kept on it",
    ),
    "fields": Check(
        "fields_cornbelt",
        "fields of eight NAIP pictures left out of the training by place (the land-cover network "
        "that the encoder began with had seen two of them); the best look was kept on them",
        held_out=True,
    ),
}


def measured(card: ModelCard, data: Path) -> dict[str, Any]:
    """What the shipped files do on each of CHECKS, through the product's engine, and how fast."""
    found: dict[str, Any] = {}
    for name, check in CHECKS.items():
        with tempfile.TemporaryDirectory() as folder:
            request = Request(
                card,
                data / check.folder,
                Path(folder),
                held_out=check.held_out,
                limit=LIMIT,
                wants_report=False,
                tell=lambda line: print(line, flush=True),
            )
            figures = evaluate_prompt(request).figures
        told = {key: figures[key] for key in KEYS if key in figures}
        found[name] = {"data": check.words, "command": check.command(card.id), **told}
    return {**found, "speed": measure_speed(card)}
