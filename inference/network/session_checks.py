# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a loaded network takes and answers what its card promises."""

from __future__ import annotations

from collections.abc import Sequence

from ..cards.card import ModelCard
from ..errors import CardError
from ..foreign.plain_text import plain
from .onnx_file import TYPES, OnnxFile

_RANKS = {
    "segmentation": (3, 4),
    "classification": (2, 4),
    "regression": (3, 4),
    "superresolution": (4,),
    "recognition": (2, 4),
    "features": (2, 4),
}
"""Axes an answer may have: of rank 3 it is one plane without an axis of its own."""
_WITH_CLASSES = ("segmentation", "classification")


def answers_once(card: ModelCard) -> bool:
    """Whether there is one answer for a tile as a whole."""
    if card.kind == "features":
        return card.output == "embedding"
    return card.kind in ("classification", "recognition")


def check_input(network: OnnxFile, card: ModelCard) -> str:
    """The name of the one input, which takes what the card says; else raises CardError."""
    inputs = network.inputs
    if len(inputs) != 1:
        raise CardError(
            f"The network '{card.id}' has {len(inputs)} inputs, GeoSift feeds just one."
        )
    shape, kind = inputs[0].shape, inputs[0].type
    if kind != TYPES[card.dtype]:
        raise CardError(
            f"The network '{card.id}' takes {kind}, its card says {card.dtype}; correct the card."
        )
    if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != len(card.bands)):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape}, its card promises "
            f"[n, {len(card.bands)}, height, width]; correct input.bands in the card."
        )
    _require_sides(shape, card)
    _require_batch(shape, card)
    return inputs[0].name


def _require_sides(shape: Sequence[int | str], card: ModelCard) -> None:
    of_tile = card.fixed_tile or card.kind == "classification"
    if any(isinstance(side, int) and not (of_tile and side == card.tile) for side in shape[2:]):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape} only, GeoSift needs one that takes "
            + (f"tiles of {card.tile}; " if of_tile else "any height and width; ")
            + "export it with both dynamic."
        )


def _require_batch(shape: Sequence[int | str], card: ModelCard) -> None:
    if not isinstance(shape[0], int) or shape[0] == card.fixed_batch:
        return
    if card.fixed_batch is not None:
        raise CardError(
            f"The network '{card.id}' takes {shape[0]} tiles at a time, its card says "
            f"{card.fixed_batch}; correct input.fixed_batch in the card."
        )
    if card.kind == "classification" or shape[0] != 1:
        raise CardError(
            f"The network '{card.id}' takes {shape[0]} tiles at a time, GeoSift needs one that "
            "takes any number; export it with a dynamic batch, or say so by input.fixed_batch in "
            "the card."
        )


def check_output(network: OnnxFile, card: ModelCard) -> tuple[str, int | None]:
    """The name of the output that is asked and its planes, which fit the card; else CardError.

    Planes are None where the file does not say how many there are.
    """
    if card.kind not in _RANKS:
        raise CardError(f"The model '{card.id}' is for {card.kind}, which is asked in another way.")
    shapes = {output.name: output.shape for output in network.outputs}
    asked = card.output or (card.answers[0].name if card.answers else next(iter(shapes), "any"))
    if asked not in shapes:
        raise CardError(
            f"The network '{card.id}' has no output '{asked}', it has {plain(', '.join(shapes))}; "
            "correct output.name in the card."
        )
    shape = shapes[asked]
    if len(shape) not in _RANKS[card.kind]:
        raise CardError(_unexpected(shape, card))
    planes = 1 if len(shape) == 3 else shape[1]
    if not isinstance(planes, int):
        return asked, None
    require_planes(planes, shape, card, is_whole=asked in network.numbered)
    return asked, planes


def require_planes(
    planes: int, shape: Sequence[int | str], card: ModelCard, *, is_whole: bool
) -> None:
    """Raise CardError where there is not a plane for every class, one for two, or one of numbers.

    The last is what a segmentation gives that ends in an argmax.
    """
    classes = len(card.classes)
    if card.kind == "segmentation" and is_whole and planes == 1 < classes:
        return
    if card.kind in _WITH_CLASSES and planes != classes and (planes, classes) != (1, 2):
        raise CardError(_unexpected(shape, card))


def _unexpected(shape: Sequence[int | str], card: ModelCard) -> str:
    sides = "" if answers_once(card) else ", height, width"
    if card.kind in _WITH_CLASSES:
        classes = len(card.classes)
        return (
            f"The network '{card.id}' answers with the shape {shape}, its card lists {classes} "
            f"classes, so [n, {classes}{sides}] was expected; correct the classes in the card."
        )
    return (
        f"The network '{card.id}' answers with the shape {shape}, from a {card.kind} "
        f"[n, values{sides}] was expected; correct the kind in the card."
    )
