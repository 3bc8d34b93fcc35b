# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold between the fields of a card, each rule with the sentence of who breaks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .answer_rules import (
    CLASS_KINDS,
    KINDS,
    NODATA_CLASS,
    VALUE_KINDS,
    Rule,
    of_answer,
    of_answers,
    of_detection,
    of_values,
)
from .network_file import SHA256

if TYPE_CHECKING:
    from .card import ModelCard

__all__ = ["CLASS_KINDS", "KINDS", "MOST_TEXT", "NODATA_CLASS", "VALUE_KINDS", "require_valid"]

MOST_TEXT = 200
"""Characters of a name: it stands in a list, a legend, an attribute."""
_MOST_DEPTH = 16
_MOST_VALUES = 2**28
"""Of what goes into a network at once: 1 GB of floats."""
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")


def require_valid(card: ModelCard) -> None:
    """Raise ValueError with the first rule the card breaks."""
    rules = (
        *_of_file(card),
        *_of_bands(card),
        *_of_tile(card),
        *_of_reflectance(card),
        *_of_kind(card),
        *of_answer(card),
        *of_answers(card),
        *of_values(card),
        *of_detection(card),
        *_of_decoder(card),
    )
    for holds, message in rules:
        if not holds:
            raise ValueError(message)


def _of_file(card: ModelCard) -> tuple[Rule, ...]:
    """Names are shown in one line wherever they appear, so nothing in them may leave that line."""
    outputs = [card.output or "", *(answer.name for answer in card.answers)]
    classes = [info for answer in card.answers for info in answer.classes] or card.classes
    words = [word for info in classes for word in (info.name, *info.synonyms)]
    names = [card.name, *card.bands, *words, *outputs]
    unfit = [name for name in names if not (name.isprintable() and len(name) <= MOST_TEXT)]
    return (
        (
            bool(_ID.fullmatch(card.id)) and len(card.id) <= MOST_TEXT,
            f"id '{card.id:.40}' has other than a-z, 0-9, - and _, or over {MOST_TEXT} letters",
        ),
        (bool(SHA256.fullmatch(card.sha256)), "sha256 is not 64 hexadecimal digits"),
        (card.bytes >= 0, f"bytes {card.bytes} is not a size"),
        (
            all(map(_is_flat, (card.metrics, card.training, card.statistics))),
            f"metrics, training or statistics nest more than {_MOST_DEPTH} deep",
        ),
        (
            not unfit,
            f"the name {unfit[:1]!r:.60} is no single line of up to {MOST_TEXT} letters",
        ),
    )


def _is_flat(told: Any) -> bool:
    """Whether a document may be compared and written without running out of stack."""
    level = [told]
    for _ in range(_MOST_DEPTH):
        inner: list[Any] = []
        for holder in level:
            inner.extend(holder.values() if isinstance(holder, Mapping) else holder)
        level = [value for value in inner if isinstance(value, (Mapping, list))]
        if not level:
            return True
    return False


def _of_bands(card: ModelCard) -> tuple[Rule, ...]:
    bands = len(card.bands)
    return (
        (0 < bands <= 1024, "input.bands is empty" if not bands else "input.bands has over 1024"),
        (card.dtype in ("uint8", "float32"), f"input.dtype '{card.dtype}' is not uint8 or float32"),
        (
            len(card.mean) == bands == len(card.std) and all(value > 0 for value in card.std),
            f"input.mean and input.std need {bands} values each, std above 0",
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


def _of_tile(card: ModelCard) -> tuple[Rule, ...]:
    bands, unit, count = len(card.bands), card.stride_multiple, card.fixed_batch or 1
    largest = card.tile if card.kind == "classification" else 256
    return (
        (
            card.resolution_m is None or 0 < card.resolution_m < 1e5,
            f"input.resolution_m {card.resolution_m} is not metres per pixel",
        ),
        (1 <= unit <= max(largest, 256), f"input.stride_multiple {unit} is not within 1..256"),
        (
            0 < unit <= card.tile <= 8192 and card.tile % unit == 0,
            f"input.tile {card.tile} is not a multiple of {unit} up to 8192",
        ),
        (
            card.tile - 2 * card.blend.halo >= unit,
            f"blend.halo {card.blend.halo} on both sides leaves nothing of a tile of {card.tile}",
        ),
        (
            card.fixed_batch is None or 1 <= card.fixed_batch <= 1024,
            f"input.fixed_batch {card.fixed_batch} is not within 1..1024",
        ),
        (
            not card.fixed_tile or bands * card.tile**2 * count <= _MOST_VALUES,
            f"{count} tiles of {card.tile} pixels in {bands} bands are more than "
            f"{_MOST_VALUES:,} values at once",
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
