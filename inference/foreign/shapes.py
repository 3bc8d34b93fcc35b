# SPDX-License-Identifier: GPL-2.0-or-later
"""What the shapes of a file tell: its tile, its bands, and what its answers can be."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ModelError
from .facts import OnnxFacts, Side, ValueFacts
from .plain_text import plain

_INPUT_TYPES = {"tensor(float)": "float32", "tensor(uint8)": "uint8"}
_MOST_BANDS, _MOST_SIDE, _MOST_BATCH = 1024, 8192, 1024
_SHARES = ("Softmax", "Sigmoid", "HardSigmoid")
_NUMBERS = "ArgMax"
_PASSING = (
    "Identity", "Cast", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten",
    "Resize", "Upsample", "Clip",
)  # fmt: skip
"""Operators that leave shares shares, and numbers numbers."""


@dataclass(frozen=True)
class InputShape:
    """What one picture goes in as: `bands`, `side` pixels or None for any, `batch` at a time."""

    bands: int
    side: int | None
    batch: int | None
    dtype: str


@dataclass(frozen=True)
class OutputShape:
    """An answer: its name, its rank, how many planes (or entries) it has, and its sides.

    Sides are pixels, or None where the file does not say. `is_whole` where its numbers are.
    """

    name: str
    rank: int
    planes: int | None
    sides: tuple[int | None, ...]
    is_whole: bool = False


def input_of(facts: OnnxFacts, *, called: str) -> InputShape:
    """The one input; ModelError where GeoSift cannot feed it, with what would mend it."""
    if len(facts.inputs) != 1:
        names = plain(", ".join(value.name for value in facts.inputs)) or "none"
        raise ModelError(
            f"{called} has {len(facts.inputs)} inputs ({names}), GeoSift feeds one picture; "
            "export the network so that it takes just the image."
        )
    value = facts.inputs[0]
    if value.type not in _INPUT_TYPES:
        half = " without half precision (half=False)" if "float16" in value.type else " so"
        raise ModelError(
            f"{called} takes {value.type}, GeoSift feeds float32 or uint8; export it{half}."
        )
    if len(value.shape) != 4:
        raise ModelError(
            f"{called} takes an input of rank {len(value.shape)} ({in_words(value.shape)}), "
            "GeoSift feeds [batch, bands, height, width]; export it with such an input."
        )
    batch, bands, height, width = (_size(side) for side in value.shape)
    if bands is None or (width in (1, 3, 4) and bands not in (1, 3, 4)):
        raise ModelError(
            f"{called} takes the shape {in_words(value.shape)}, GeoSift needs the number of bands "
            "as second of [batch, bands, height, width]; export it with channels first."
        )
    if height != width and None not in (height, width):
        raise ModelError(
            f"{called} takes pictures of {height} x {width} pixels only, GeoSift cuts squares; "
            "export it with equal sides."
        )
    side = height or width
    if bands > _MOST_BANDS or (side or 0) > _MOST_SIDE or (batch or 0) > _MOST_BATCH:
        raise ModelError(
            f"{called} takes the shape {in_words(value.shape)}, GeoSift feeds up to {_MOST_BANDS} "
            f"bands of {_MOST_SIDE} pixels, {_MOST_BATCH} at a time; export it with less."
        )
    return InputShape(bands, side, batch, _INPUT_TYPES[value.type])


def outputs_of(facts: OnnxFacts, *, called: str) -> tuple[OutputShape, ...]:
    """The answers in the order of the file; ModelError where there is none."""
    if not facts.outputs:
        raise ModelError(f"{called} has no output, so it answers nothing; export it again.")
    return tuple(_output(value, is_numbered(facts, value)) for value in facts.outputs)


def activation_of(facts: OnnxFacts, output: str) -> str:
    """ "probabilities" where the graph ends in a softmax or sigmoid, else "logits".

    Of numbers of classes each is sure.
    """
    return "probabilities" if _ending(facts, output) in (*_SHARES, _NUMBERS) else "logits"


def is_numbered(facts: OnnxFacts, value: ValueFacts) -> bool:
    """Whether an answer is whole numbers, as those of classes are, even where told as decimals."""
    return "int" in value.type or _ending(facts, value.name) == _NUMBERS


def _ending(facts: OnnxFacts, output: str) -> str:
    """The last operator that makes an output, but for those that pass on what they get."""
    makers = {name: node for node in facts.graph.nodes for name in node.outputs}
    name = output
    for _ in range(len(_PASSING)):
        node = makers.get(name)
        if node is None:
            return ""
        if node.op not in _PASSING or not node.inputs:
            return node.op
        name = node.inputs[0]
    return ""


def in_words(shape: tuple[Side, ...]) -> str:
    """A shape as people write it: [n, 3, 512, 512]."""
    return f"[{', '.join('?' if side is None else plain(str(side))[:20] for side in shape)}]"


def _output(value: ValueFacts, is_whole: bool) -> OutputShape:
    sizes = tuple(_size(side) for side in value.shape)
    if len(sizes) == 3:  # [batch, height, width] is one plane; what detects has no sides
        return OutputShape(value.name, 3, 1, sizes[1:], is_whole)
    planes = sizes[1] if len(sizes) > 1 else None
    return OutputShape(value.name, len(sizes), planes, sizes[2:], is_whole)


def _size(side: Side) -> int | None:
    """A size that is said; a name, nothing, or what cannot be one (-1, 0) is none."""
    return side if isinstance(side, int) and side > 0 else None
