# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a loaded network takes and answers what its card promises."""

from __future__ import annotations

from .card import ModelCard
from .errors import CardError
from .onnx_file import TYPES, OnnxFile


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
    if len(shape) != 4 or shape[1] != len(card.bands):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape}, its card promises "
            f"[n, {len(card.bands)}, height, width]; correct input.bands in the card."
        )
    of_tile = card.kind == "classification"
    if any(isinstance(side, int) and not (of_tile and side == card.tile) for side in shape[2:]):
        raise CardError(
            f"The network '{card.id}' takes the shape {shape} only, GeoSift needs one that takes "
            + (f"tiles of {card.tile}; " if of_tile else "any height and width; ")
            + "export it with both dynamic."
        )
    if of_tile and isinstance(shape[0], int):
        raise CardError(
            f"The network '{card.id}' takes {shape[0]} tiles at a time, GeoSift needs one that "
            "takes any number; export it with a dynamic batch."
        )
    return inputs[0].name


def check_output(network: OnnxFile, card: ModelCard) -> tuple[str, int]:
    """The name of the output that is asked and its planes, which fit the card; else CardError."""
    outputs = network.outputs
    shape, classes = outputs[0].shape, len(card.classes)
    ranks = {"segmentation": (4,), "classification": (2, 4)}[card.kind]
    channels = shape[1] if len(shape) in ranks else None
    if channels == classes or (channels == 1 and classes == 2):
        return outputs[0].name, channels
    sides = "" if card.kind == "classification" else ", height, width"
    wanted = f"[n, {classes}{sides}]"
    raise CardError(
        f"The network '{card.id}' answers with the shape {shape}, its card lists {classes} "
        f"classes, so {wanted} was expected; correct the classes in the card."
    )
