# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the card of the network that cuts out, with the commands that give them again."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...inference.cards.card import ModelCard
from ..data.made_pictures import write_pictures
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
    """Data a network is measured on: `folder` below the data folder, or `made` scenes.

    `words` say what it is.
    """

    words: str
    folder: str = ""
    held_out: bool = False
    made: int = 0

    def command(self, model: str) -> str:
        """What to type to get the figures again."""
        held = " --held-out" if self.held_out else ""
        first = f"python -m geosift.training.scene MADE --pictures {self.made}; " * bool(self.made)
        data = "MADE" if self.made else f"DATA/{self.folder}"
        return (
            f"{first}python -m geosift.training evaluate prompt --model {model} "
            f"--data {data} --limit {LIMIT}{held}"
        )

    def placed(self, data: Path, made: Path) -> Path:
        """Where the pictures are; scenes are drawn into `made`."""
        if not self.made:
            return data / self.folder
        list(write_pictures(made, self.made))
        return made


CHECKS = {
    "tile3": Check(
        "Dubai tile 3, a part of the city never trained on, outlines coarse; the best of the "
        "looks during training was kept on it",
        "dubai_landcover/val",
    ),
    "fields": Check(
        "fields of eight NAIP pictures left out of the training by place (the land-cover network "
        "that the encoder began with had seen two of them); the best look was kept on them",
        "fields_cornbelt",
        held_out=True,
    ),
    "generated": Check(
        "single things of 12 scenes drawn by GeoSift with seeds that no training uses", made=12
    ),
}


def measured(card: ModelCard, data: Path) -> dict[str, Any]:
    """What the shipped files do on each of CHECKS, through the product's engine, and how fast."""
    found: dict[str, Any] = {}
    for name, check in CHECKS.items():
        with tempfile.TemporaryDirectory() as folder:
            request = Request(
                card,
                check.placed(data, Path(folder) / "made"),
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
