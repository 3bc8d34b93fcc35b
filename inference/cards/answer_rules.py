# SPDX-License-Identifier: GPL-2.0-or-later
"""What must hold for what a card says of its network's answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .detection_info import LAYOUTS

if TYPE_CHECKING:
    from .card import ModelCard
    from .parts import ClassInfo

CLASS_KINDS = ("segmentation", "classification", "detection")
"""A class for every pixel, one for every tile, or objects of classes."""
VALUE_KINDS = ("regression", "superresolution", "recognition")
"""A number for every pixel, a finer picture, or a vector for every tile."""
OWN_KINDS = ("prompt", "features")
"""An outline for every prompt; a vector for every patch and, of the same network, for every cell of
it. Nobody else's files are of these kinds."""
KINDS = (*CLASS_KINDS, *VALUE_KINDS, *OWN_KINDS)
FEATURE_OUTPUTS = ("embedding", "features")
"""What a network of features answers: (n, values) of unit length, (n, channels, rows, columns)."""
NODATA_CLASS = 255
"""Class id of pixels without an answer, hence no class may have it."""
_MOST_OF_OBJECTS = 2000
_MOST_ANSWERS = 64
_MOST_UPSCALE = 16
_MOST_MEDIAN = 255
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")

Rule = tuple[bool, str]


def most_classes(kind: str) -> int:
    """How many fit; of objects more than of pixels, whose class is a byte of a raster."""
    return _MOST_OF_OBJECTS if kind == "detection" else NODATA_CLASS - 1


def of_answer(card: ModelCard) -> tuple[Rule, ...]:
    """Of stride, activation and classes."""
    stride, unit = card.output_stride, card.stride_multiple
    is_values = card.kind in VALUE_KINDS or card.kind == "features"
    activations = ("values",) if is_values else ("logits", "probabilities")
    expected = " or ".join(map(repr, activations))
    return (
        (
            stride >= 1 and unit % stride == 0,
            f"output.stride {stride} does not divide input.stride_multiple {unit}",
        ),
        (
            card.activation in activations,
            f"output.activation '{card.activation}' of a {card.kind} is not {expected}",
        ),
        *_of_classes(card.classes, most_classes(card.kind)),
        (
            bool(card.classes) or card.kind not in CLASS_KINDS,
            f"0 classes; 1 to {most_classes(card.kind)} fit",
        ),
        (
            not card.classes or not is_values,
            f"a {card.kind} has no classes, but {len(card.classes)} are listed",
        ),
        (
            card.kind != "features" or card.output in FEATURE_OUTPUTS,
            f"output.name '{card.output}' of features is not {' or '.join(FEATURE_OUTPUTS)}",
        ),
        (
            card.kind == "segmentation" or not any(info.lines for info in card.classes),
            f"a class of lines is one of a segmentation, not of a {card.kind}",
        ),
    )


def _of_classes(classes: Sequence[ClassInfo], most: int) -> tuple[Rule, ...]:
    ids = [info.id for info in classes]
    return (
        (
            ids == list(range(len(ids))),
            f"classes need the ids 0, 1, 2, ... in order, not {ids!r:.60}",
        ),
        (len(ids) <= most, f"{len(ids)} classes; 1 to {most} fit"),
        (
            all(_COLOR.fullmatch(info.color) for info in classes),
            "a class colour is not of the form #RRGGBB",
        ),
    )


def of_answers(card: ModelCard) -> tuple[Rule, ...]:
    """Of a network with several outputs: `classes` are always those of the one that is asked."""
    names = [info.name for info in card.answers]
    asked = {info.name: info.classes for info in card.answers}.get(
        names[0] if names and card.output is None else card.output or ""
    )
    most = most_classes(card.kind)
    each = [rule for info in card.answers for rule in _of_classes(info.classes, most)]
    return (
        (not names or card.kind == "segmentation", f"a {card.kind} gives one answer, not several"),
        (
            len(names) == len(set(names)) <= _MOST_ANSWERS,
            f"answers need different names, and at most {_MOST_ANSWERS} fit",
        ),
        *each,
        (
            not names or asked == card.classes,
            f"classes are not those of the answer '{card.output or names[:1]}' that is asked",
        ),
    )


def of_values(card: ModelCard) -> tuple[Rule, ...]:
    """Of what is done with the numbers that a network answers."""
    median, segments = card.median, card.kind == "segmentation"
    return (
        (
            card.threshold is None or 0 <= card.threshold <= 1,
            f"output.threshold {card.threshold} is not within 0..1",
        ),
        (
            median == 0 or (3 <= median <= _MOST_MEDIAN and median % 2 == 1),
            f"output.median {median} is neither 0 nor odd and within 3..{_MOST_MEDIAN}",
        ),
        (
            segments or not (median or card.threshold is not None),
            f"output.threshold and output.median are for a segmentation, not a {card.kind}",
        ),
        (
            not card.centred or (card.fixed_tile and card.output_stride == 1),
            "output.centred needs input.fixed_tile and output.stride 1",
        ),
        (
            card.upscale == 1 or (card.kind == "superresolution" and card.upscale > 1),
            f"output.upscale {card.upscale} is not 1, which it is but for a superresolution",
        ),
        (card.upscale <= _MOST_UPSCALE, f"output.upscale {card.upscale} is above {_MOST_UPSCALE}"),
        (
            card.value_scale != 0 and (card.value_scale == 1 or card.kind == "regression"),
            f"output.scale {card.value_scale} is 0, or is not 1 and no regression's",
        ),
    )


def of_detection(card: ModelCard) -> tuple[Rule, ...]:
    """Of a network that finds objects."""
    found = card.detection
    if found is None:
        return ((card.kind != "detection", "a detection network has a field 'detection'"),)
    return (
        (card.kind == "detection", f"'detection' is for a detection network, not a {card.kind}"),
        (found.layout in LAYOUTS, f"detection.layout '{found.layout}' is not one of {LAYOUTS}"),
        (
            0 <= found.confidence <= 1 and 0 <= found.iou <= 1,
            f"detection.confidence {found.confidence} and iou {found.iou} are not within 0..1",
        ),
    )
