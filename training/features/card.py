# SPDX-License-Identifier: GPL-2.0-or-later
"""The feature network's card: what a user may expect of it, in plain JSON."""

from __future__ import annotations

from typing import Any

from ..card_base import WHOLE_TILES, base_card, rgb_input, training_of
from ..data.origins import BANEPA, EUROSAT, FIELDS, ROCK, SCENES, SENTINEL, dubai
from ..mobile_unet import STRIDE_MULTIPLE
from ..pretrained import PRETRAINED
from .config import PATCH, FeatureConfig
from .network import OUTPUT_STRIDE

DESCRIPTION = (
    "What a place looks like, in numbers: a vector of {embedding} values and length 1 for each "
    "patch of {patch} pixels, in which patches that look alike lie together, and {features} values "
    "for every four pixels, from which classes of one's own can be told after a few strokes. Red, "
    "green and blue pictures of any ground resolution. MobileNetV2 U-Net, 8 bits."
)
LIMITS = (
    "Small and trained on little: Sentinel-2 tiles of Europe (10 m), one desert city (Dubai, about "
    "1 m), fields of the US Corn Belt (1 m), roofs of a Nepalese town (drone, 0.13 m), two places "
    "near Paris, and scenes and rock drawn by GeoSift. It knows no names: likeness is of colour, "
    "texture and small shapes as these pictures have them, and it is surest for the land uses of "
    "EuroSAT, whose labels it learnt from. EuroSAT's tiles lie next to each other on the ground, "
    "also across its parts, so figures on them flatter. A patch says nothing of how large a pixel "
    "is: compare rasters of like resolution. It has never seen infrared, radar, snow, night, or "
    "a photograph of rock."
)


def kept_words(step: int, *, looks: int) -> str:
    """Which weights were kept: the best of several looks, or of one those of its step."""
    best = ", best on what was kept apart," if looks > 1 else ""
    return f"those of step {step}{best} were kept"


def recipe_words(config: FeatureConfig, *, kept: str, quantisation: str) -> str:
    """The recipe in a paragraph."""
    how, crops, rates, loss = config.patches, config.crops, config.optimiser, config.loss
    return (
        f"Begins with the encoder of the bundled network that cuts out what is pointed at; stem "
        f"and six blocks keep its weights. {config.steps.float} steps, in each "
        f"{how.tiles_a_class} tiles of every EuroSAT class, {how.pairs} pairs of neighbours (up "
        f"to {how.near:g} patches apart, pairs {how.far:g} or more) of each of {how.pictures} "
        f"pictures (Tile2Vec, Jean et al. 2019), {how.cover_a_class} patches of each of five land "
        f"covers, and {crops.crops} crops of {crops.crop} pixels with labelled land cover. Patches "
        f"are triplets with every other one of their family as the distant one (temperature "
        f"{loss.temperature:g}; weights {loss.tiles:g}, {loss.neighbours:g}, {loss.cover:g}); a "
        f"linear reader of the dense map tells the land cover (weight {loss.dense:g}). Mirrored, "
        f"turned, scaled, other sensors, seasons, haze, blur. AdamW {rates.encoder_rate:g}, new "
        f"layers {rates.decoder_rate:g}, one-cycle, averaged weights ({rates.ema:g}); {kept}. "
        f"{quantisation}"
    )


def training_data(config: FeatureConfig) -> list[dict[str, Any]]:
    """What the network saw, with licences."""
    tiles = dubai(config.train_tiles)
    return [EUROSAT, tiles, FIELDS, BANEPA, SENTINEL, SCENES, ROCK, PRETRAINED]


def feature_card(
    config: FeatureConfig, *, kept: str, quantisation: str, statistics: dict[str, Any]
) -> dict[str, Any]:
    """Everything `resources/models/features.json` says before its network is measured."""
    how = config.architecture
    sizes = {"embedding": how.embedding, "features": how.features, "patch": PATCH}
    recipe = recipe_words(config, kept=kept, quantisation=quantisation)
    return {
        **base_card(
            "Find and teach",
            id="features",
            kind="features",
            description=DESCRIPTION.format(**sizes),
            limits=LIMITS,
            statistics=statistics,
        ),
        "input": rgb_input(resolution_m=None, stride_multiple=STRIDE_MULTIPLE, tile=PATCH),
        "output": {"activation": "values", "stride": OUTPUT_STRIDE, "name": "embedding"},
        "classes": [],
        "blend": WHOLE_TILES,
        "training": training_of(training_data(config), recipe=recipe, seed=config.seed),
    }
