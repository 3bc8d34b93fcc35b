# SPDX-License-Identifier: GPL-2.0-or-later
"""The land-cover network's card: what a user may expect of it, in plain JSON."""

from __future__ import annotations

from typing import Any

from ..card_base import base_card, classes_of, rgb_input, training_of
from ..data.land_cover import CLASSES
from ..data.origins import FIELDS, SCENES, dubai
from ..mobile_unet import STRIDE_MULTIPLE
from ..pretrained import PRETRAINED
from .config import LandcoverConfig
from .network import OUTPUT_STRIDE

DESCRIPTION = (
    "Five kinds of ground cover from red, green and blue at 0.6 m a pixel: buildings, roads, "
    "vegetation, water, and bare or paved land. U-Net with a MobileNetV2 encoder, 8 bits."
)
LIMITS = (
    "Trained on five satellite scenes of one desert city (Dubai, about 1 m a pixel, estimated "
    "from known places), on made scenes of desert towns and temperate country, and on pictures of "
    "American fields of which it only knows that a field is bare land or vegetation. So real "
    "forests, snow, mountains, other building styles and other light are new to it: woods it "
    "knows from drawings alone. Land means bare ground and paved ground alike; straw, reeds and "
    "leafless woods are meant to be vegetation. The real outlines it learnt from are coarse by a "
    "few pixels, lack small buildings and kerbs, and often draw a block of houses as one building, "
    "so in dense towns it finds built-up blocks rather than single roofs. "
    "It has never seen infrared, radar or panchromatic images. From 0.35 to 1 m a pixel it is "
    "trained; a coarser raster shows it houses smaller than it knows."
)
TILE = 1120
BLEND = {"halo": 80, "ring": 60, "fade": 40}
"""Network pixels; found by measuring, see the blend table in DESIGN.md."""


def recipe_words(config: LandcoverConfig, *, kept_step: int, quantisation: str) -> str:
    """The recipe in a paragraph."""
    steps, batch, rates = config.steps, config.batch, config.optimiser
    sensors = ", ".join(sensor.name for sensor in config.augment.sensors)
    return (
        f"{steps.float} steps of {batch.crops} crops of {batch.crop} pixels at "
        f"{config.resolution_m:g} m times 2^+-{config.augment.scale_octaves:g}, mirrored and "
        f"turned, seen by other sensors ({sensors}: colour, haze, season, blur, noise), "
        f"{batch.paste_share:.0%} with a rectangle of another crop pasted in, "
        f"{batch.hard_share:.0%} where the network erred; AdamW {rates.encoder_rate:g} encoder, "
        f"{rates.decoder_rate:g} decoder, one-cycle, weighted cross-entropy + "
        f"{config.loss.dice:g} dice, averaged weights ({rates.ema:g}); those of step "
        f"{kept_step}, best on the validation tile, were kept. {quantisation}"
    )


def training_data(config: LandcoverConfig) -> list[dict[str, Any]]:
    """What the network saw, with licences and shares of the crops."""
    share = config.batch.generated_share
    fields = config.batch.field_share
    parts = [{**dubai(config.train_tiles), "share": round(1 - share - fields, 3)}]
    parts += [{**SCENES, "share": share}] if share else []
    parts += [{**FIELDS, "share": fields}] if fields else []
    return [*parts, {**PRETRAINED, "share": 0.0}]


def landcover_card(
    *, config: LandcoverConfig, kept_step: int, quantisation: str, statistics: dict[str, Any]
) -> dict[str, Any]:
    """Everything `resources/models/landcover.json` says before its network is measured."""
    recipe = recipe_words(config, kept_step=kept_step, quantisation=quantisation)
    return {
        **base_card(
            "Land cover",
            id="landcover",
            kind="segmentation",
            description=DESCRIPTION,
            limits=LIMITS,
            statistics=statistics,
        ),
        "input": rgb_input(
            resolution_m=config.resolution_m, stride_multiple=STRIDE_MULTIPLE, tile=TILE
        ),
        "output": {"activation": "logits", "stride": OUTPUT_STRIDE},
        "classes": classes_of(CLASSES),
        "blend": BLEND,
        "training": training_of(training_data(config), recipe=recipe, seed=config.seed),
    }
