# SPDX-License-Identifier: GPL-2.0-or-later
"""The fracture network's card: what a user may expect of it, in plain JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..card_base import base_card, classes_of, rgb_input, training_of
from ..data.origins import ROCK
from ..mobile_unet import STRIDE_MULTIPLE
from ..pretrained import PRETRAINED
from .config import FractureConfig
from .network import OUTPUT_STRIDE

DESCRIPTION = (
    "Fractures, veins and lineaments on rock: thin dark or bright lines in red, green and blue "
    "pictures of any ground resolution, from photographs of an outcrop to pictures from the air. "
    "U-Net with a MobileNetV2 encoder, 8 bits."
)
LIMITS = (
    "Trained on drawn rock alone: no photograph of a fracture was learnt from. It works on the "
    "raster's own pixels and finds lines best that are 2 to 10 pixels wide; what is wider is seen "
    "better on a coarser copy of the raster, what is thinner than 2 pixels hardly at all. Like a "
    "geologist's sketch it means the longer, continuous lines and leaves out many short cracks; "
    "where people draw more or fewer of them, another threshold on its probability helps. Bedding, "
    "edges of ledges and deep shadows, roots and cables can be taken for fractures, and fractures "
    "under plants, in shade or filled with what the rock is made of are missed. It is not meant "
    "for roads, rivers, pavements, concrete or cells under a microscope, and it has never seen "
    "radar, infrared or relief models. Check it before figures of it decide anything."
)
TILE = 1120
BLEND = {"halo": 80, "ring": 60, "fade": 40}
"""Network pixels; as land cover's, whose trunk this is."""


@dataclass(frozen=True)
class Kind:
    """A class of the card."""

    name: str
    color: str
    synonyms: tuple[str, ...]


CLASSES = (
    Kind("Rock", "#C8B8A0", ("outcrop", "rock face", "no fracture")),
    Kind(
        "Fracture",
        "#C0392B",
        ("crack", "joint", "fissure", "vein", "lineament", "fault", "dyke", "cleft"),
    ),
)


def recipe_words(config: FractureConfig, *, kept_step: int, quantisation: str) -> str:
    """The recipe in a paragraph."""
    steps, batch, rates, loss = config.steps, config.batch, config.optimiser, config.loss
    line = f" + {loss.centre_line:g} dice of centre lines (Shit et al. 2021)" * bool(
        loss.centre_line
    )
    return (
        f"{steps.float} steps of {batch.crops} crops of {batch.crop} pixels of "
        f"{config.scenes.train} drawn pictures of {config.scenes.size} pixels, scaled by "
        f"2^+-{config.augment.scale_octaves:g}, mirrored and turned, {batch.halves_share:.0%} with "
        f"a part of another picture; shadows, casts of colour, grey, uneven contrast, blur, noise, "
        f"JPEG; a cell of 2 x 2 pixels is a fracture from 30 % on, none below 10 %, in between "
        f"nobody asks; AdamW {rates.encoder_rate:g} encoder, {rates.decoder_rate:g} decoder, "
        f"one-cycle, cross-entropy (fractures count {loss.fracture_weight:g} times) + "
        f"{loss.dice:g} dice{line}, averaged weights ({rates.ema:g}); those of step {kept_step}, "
        f"best on drawn pictures kept apart, were kept; on these the probabilities were made right "
        f"(logits scaled and shifted, Platt 1999) and the threshold was chosen. {quantisation}"
    )


def fracture_card(
    *,
    config: FractureConfig,
    kept_step: int,
    quantisation: str,
    threshold: float,
    statistics: dict[str, Any],
) -> dict[str, Any]:
    """Everything `resources/models/fractures.json` says before its network is measured."""
    recipe = recipe_words(config, kept_step=kept_step, quantisation=quantisation)
    rock, fracture = classes_of(CLASSES)
    return {
        **base_card(
            "Fractures",
            id="fractures",
            kind="segmentation",
            description=DESCRIPTION,
            limits=LIMITS,
            statistics=statistics,
        ),
        "input": rgb_input(resolution_m=None, stride_multiple=STRIDE_MULTIPLE, tile=TILE),
        "output": {"activation": "logits", "stride": OUTPUT_STRIDE, "threshold": threshold},
        "classes": [rock, {**fracture, "lines": True}],
        "blend": BLEND,
        "training": training_of(
            [{**ROCK, "share": 1.0}, {**PRETRAINED, "share": 0.0}], recipe=recipe, seed=config.seed
        ),
    }
