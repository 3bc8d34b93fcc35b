# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold between the fields of a card, each rule with the sentence of who breaks it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .network_file import SHA256

if TYPE_CHECKING:
    from .card import ModelCard

KINDS = ("segmentation", "classification", "prompt")
"""A class for every pixel, one for every tile, or an outline for every prompt."""
NODATA_CLASS = 255
"""Class id of pixels without an answer, hence no class may have it."""

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")

Rule = tuple[bool, str]


def require_valid(card: ModelCard) -> None:
    """Raise ValueError with the first rule the card breaks."""
    of_file = (
        (bool(_ID.fullmatch(card.id)), f"id '{card.id}' has other than a-z, 0-9, - and _"),
        (bool(SHA256.fullmatch(card.sha256)), "sha256 is not 64 hexadecimal digits"),
    )
    rules = (
        *of_file,
        *_of_input(card),
        *_of_reflectance(card),
        *_of_answer(card),
        *_of_kind(card),
        *_of_decoder(card),
    )
    for holds, message in rules:
        if not holds:
            raise ValueError(message)


def _of_input(card: ModelCard) -> tuple[Rule, ...]:
    bands, unit = len(card.bands), card.stride_multiple
    return (
        (bands > 0, "input.bands is empty"),
        (card.dtype in ("uint8", "float32"), f"input.dtype '{card.dtype}' is not uint8 or float32"),
        (
            len(card.mean) == bands == len(card.std) and all(value > 0 for value in card.std),
            f"input.mean and input.std need {bands} values each, std above 0",
        ),
        (
            card.resolution_m is None or 0 < card.resolution_m < 1e5,
            f"input.resolution_m {card.resolution_m} is not metres per pixel",
        ),
        (1 <= unit <= 256, f"input.stride_multiple {unit} is not within 1..256"),
        (
            0 < unit <= card.tile <= 8192 and card.tile % unit == 0,
            f"input.tile {card.tile} is not a multiple of {unit} up to 8192",
        ),
        (
            card.tile - 2 * card.blend.halo >= unit,
            f"blend.halo {card.blend.halo} on both sides leaves nothing of a tile of {card.tile}",
        ),
        (
            len(card.band_statistics) in (0, bands),
            f"statistics.bands needs {bands} entries, one for each of input.bands",
        ),
        (
            all(low <= high for low, high in card.feature_limits.values()),
            "a p1 of statistics.features is above its p99",
        ),
    )


def _of_answer(card: ModelCard) -> tuple[Rule, ...]:
    stride, unit = card.output_stride, card.stride_multiple
    ids = [info.id for info in card.classes]
    return (
        (
            stride >= 1 and unit % stride == 0,
            f"output.stride {stride} does not divide input.stride_multiple {unit}",
        ),
        (
            card.activation in ("logits", "probabilities"),
            f"output.activation '{card.activation}' is not 'logits' or 'probabilities'",
        ),
        (ids == list(range(len(ids))), f"classes need the ids 0, 1, 2, ... in order, not {ids}"),
        (
            len(ids) < NODATA_CLASS and (bool(ids) or card.kind == "prompt"),
            f"{len(ids)} classes; 1 to {NODATA_CLASS - 1} fit",
        ),
        (
            all(_COLOR.fullmatch(info.color) for info in card.classes),
            "a class colour is not of the form #RRGGBB",
        ),
    )


def _of_reflectance(card: ModelCard) -> tuple[Rule, ...]:
    if card.reflectance is None:
        return ()
    low, high, bands = card.reflectance.low, card.reflectance.high, len(card.bands)
    return (
        (
            len(low) == len(high) == bands and all(a < b for a, b in zip(low, high)),
            f"input.reflectance needs {bands} values of low and of high, each low below its high",
        ),
        (card.reflectance.offset >= 0, "input.reflectance.offset is below 0"),
    )


def _of_kind(card: ModelCard) -> tuple[Rule, ...]:
    known = card.kind in KINDS
    one_answer = card.tile == card.stride_multiple == card.output_stride
    blend = card.blend
    return (
        (known, f"kind '{card.kind}' is not one of {', '.join(map(repr, KINDS))}"),
        (
            card.kind != "classification" or one_answer,
            "a classification answers once a tile, so input.tile, input.stride_multiple and "
            f"output.stride are the same, not {card.tile}, {card.stride_multiple} and "
            f"{card.output_stride}",
        ),
        (
            card.kind != "classification" or not (blend.halo or blend.ring or blend.fade),
            "a classification blends whole tiles, so blend.halo, ring and fade are 0",
        ),
    )


def _of_decoder(card: ModelCard) -> tuple[Rule, ...]:
    decoder, is_prompt = card.decoder, card.kind == "prompt"
    return (
        (
            (decoder is not None) == is_prompt,
            "a prompt network has a 'decoder' beside its file, and no other kind has one",
        ),
        (
            decoder is None or bool(SHA256.fullmatch(decoder.sha256)),
            "decoder.sha256 is not 64 hexadecimal digits",
        ),
        (
            not is_prompt or card.activation == "logits",
            f"a prompt network answers with logits, not {card.activation}",
        ),
    )
