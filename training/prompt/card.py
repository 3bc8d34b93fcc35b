# SPDX-License-Identifier: GPL-2.0-or-later
"""The card of the network that cuts out: what a user may expect of it, in plain JSON."""

from __future__ import annotations

from typing import Any

from ...inference.prompt.planes import STRIDE
from ..card_base import WHOLE_TILES, base_card, rgb_input, training_of
from ..data.origins import BANEPA, FIELDS, SCENES, dubai
from ..mobile_unet import STRIDE_MULTIPLE
from ..pretrained import PRETRAINED
from .config import PromptConfig

DESCRIPTION = (
    "Cuts out what is pointed at, by a box or by clicks, in red, green and blue pictures of any "
    "ground resolution. One encoding of the place in view (MobileNetV2 U-Net) and a light "
    "decoder for each prompt, both in 8 bits; three masks from part to whole, each with the IoU it "
    "expects."
)
LIMITS = (
    "Small and trained on little: roofs, roads, water, plants and bare land of one desert city "
    "(Dubai, about 1 m a pixel, outlines coarse by a few pixels), fields of the US Corn Belt "
    "(NAIP, 1 m), roofs of a Nepalese town (drone, 0.13 m) and scenes drawn by GeoSift. It knows "
    "no names and takes what looks of one piece; one click often means more than one thing, so "
    "try the other masks, another click, or a box. The expected IoU was learnt on the same "
    "pictures and is surer there than elsewhere. Long thin things (roads, rivers) are cut where "
    "the window ends. It has never seen infrared, radar, forests from real pictures, snow, or "
    "rock faces; where a place looks different from all of these, draw a box."
)
TILE = 1024


def recipe_words(config: PromptConfig, *, kept_step: int, quantisation: str) -> str:
    """The recipe in a paragraph."""
    steps, how, rates = config.steps, config.prompts, config.optimiser
    return (
        f"Begun with the land-cover network's float weights, its first blocks frozen. "
        f"{steps.float} steps of {steps.crops} crops of {how.crop} pixels with {how.each} prompts "
        f"each, {how.box_share:.0%} of the crops with boxes (sides off by up to {how.jitter:.0%}), "
        f"the others clicks; objects {how.click_side[0]} to {how.click_side[1]} pixels long; "
        f"corrections played {', '.join(map(str, how.rounds))} times in turn, each click where the "
        f"mask was most wrong, a third of the first answers looked at again without one; "
        f"mirrored, turned, "
        f"seen by other sensors; focal and dice loss of the best of three masks, the IoU learnt "
        f"beside; AdamW {rates.encoder_rate:g} encoder, "
        f"{rates.decoder_rate:g} decoder, one-cycle, averaged weights ({rates.ema:g}); those of "
        f"step {kept_step}, best on what was kept apart, were kept. {quantisation}"
    )


def training_data(config: PromptConfig) -> list[dict[str, Any]]:
    """What the network saw, with licences and shares of the crops."""
    share = config.sources
    kept = len(config.held_out_fields)
    return [
        {**dubai(config.train_tiles), "share": share.landcover},
        {
            **FIELDS,
            "name": f"Hand-drawn fields on NAIP pictures of the US Corn Belt, all but {kept} of 30",
            "share": share.fields,
        },
        {**BANEPA, "share": share.buildings},
        {**SCENES, "share": share.generated},
        {**PRETRAINED, "share": 0.0},
    ]


def prompt_card(
    config: PromptConfig, *, kept_step: int, quantisation: str, statistics: dict[str, Any]
) -> dict[str, Any]:
    """Everything `resources/models/prompt.json` says before its network is measured."""
    recipe = recipe_words(config, kept_step=kept_step, quantisation=quantisation)
    return {
        **base_card(
            "Point and cut out",
            id="prompt",
            kind="prompt",
            description=DESCRIPTION,
            limits=LIMITS,
            statistics=statistics,
        ),
        "decoder": {},
        "input": rgb_input(resolution_m=None, stride_multiple=STRIDE_MULTIPLE, tile=TILE),
        "output": {"activation": "logits", "stride": STRIDE},
        "classes": [],
        "blend": WHOLE_TILES,
        "training": training_of(training_data(config), recipe=recipe, seed=config.seed),
    }
