# SPDX-License-Identifier: GPL-2.0-or-later
"""What two files agree on: which input and output is what, and how large the picture is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...errors import CardError
from ..sight import Sight
from . import spelling
from .picture import PictureInput
from .spelling import EMBEDDING, FINE, HAS_MASK, IOUS, MASK, MASKS, MIDDLE, SMALL_MASKS, Node, Nodes

CELL = 16
"""Pixels along the side of a cell of the embedding."""
_USUAL_CELL, _MOST_CELLS = 4, 256
"""Pixels along the side of a cell of masks, where nothing says so; of more cells means are taken.
"""
_USUAL, _LARGEST = 1024, 8192
_BANDS = 3
NUMBERS = {
    "tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64",
    "tensor(int32)": "int32", "tensor(int64)": "int64", "tensor(uint8)": "uint8",
}  # fmt: skip
"""numpy's names of the types that are fed, by onnxruntime's."""


@dataclass(frozen=True)
class Contract:
    """How a pair is asked; the sides are pixels.

    `fed` are inputs of the decoder and the outputs of the encoder that go there, `asked` its other
    inputs by role. Masks lie over the square of `side`, of which the picture is the upper left.
    """

    picture: PictureInput
    side: int
    cell: int
    fed: tuple[tuple[str, str], ...]
    asked: Mapping[str, Node]
    masks: str
    ious: str
    is_second: bool
    """Whether it is SAM 2: that one has seen whole pictures only and pads its points itself."""
    masks_fit: bool
    """Whether masks are as large as asked for, instead of lying over the square."""

    @property
    def sight(self) -> Sight:
        return Sight.of_squares(self.picture.height, self.picture.width, self.cell)

    @property
    def family(self) -> str:
        """What such pairs are called."""
        if self.is_second:
            return "SAM 2"
        return "SAM" if MASK in self.asked else "EdgeSAM"


def bind(encoder: Nodes, decoder: Nodes, *, called: str) -> Contract:
    """How these two are asked; CardError where they are no pair that GeoSift knows."""
    takes, asked = spelling.encoded(decoder.inputs), spelling.asked(decoder.inputs)
    _require_known(decoder, {**takes, **asked}, called)
    gives = _given(encoder, called)
    for role, node in takes.items():
        if role not in gives:
            raise _no_pair(called, f"the decoder wants '{node.name}', which the encoder lacks")
        _require_same_shape(gives[role], node, called)
    answered = spelling.answered(decoder.outputs)
    masks = answered.get(SMALL_MASKS, answered.get(MASKS))
    if masks is None or IOUS not in answered:
        told = ", ".join(each.name for each in decoder.outputs)
        raise _no_pair(called, f"the decoder gives {told} instead of masks and their scores")
    side = _side(encoder.inputs[0], gives[EMBEDDING], takes[EMBEDDING], called)
    picture = PictureInput.of(encoder.inputs[0], side=side, called=called)
    return Contract(
        picture=picture,
        side=side,
        cell=_cell(masks, asked.get(MASK), picture, side=side, called=called),
        fed=tuple((node.name, gives[role].name) for role, node in takes.items()),
        asked=asked,
        masks=masks.name,
        ious=answered[IOUS].name,
        is_second={FINE, MIDDLE} <= set(takes),
        masks_fit=SMALL_MASKS not in answered and spelling.SIZE in asked,
    )


def _require_known(decoder: Nodes, known: Mapping[str, Node], called: str) -> None:
    """Raise CardError for inputs nobody knows, of a wrong rank, or too few of them."""
    if not spelling.is_decoder(decoder):
        names = ", ".join(each.name for each in decoder.inputs)
        raise _no_pair(
            called,
            "the decoder has to take an embedding of the picture, point_coords and point_labels, "
            f"and takes {names}",
        )
    names = {each.name for each in known.values()}
    for each in decoder.inputs:
        if each.name not in names:
            raise _no_pair(called, f"the decoder wants '{each.name}', and nobody knows what it is")
    for role, each in known.items():
        if len(each.shape) != spelling.RANKS[role] or each.type not in NUMBERS:
            raise _no_pair(
                called,
                f"'{each.name}' has to be numbers in {spelling.RANKS[role]} axes, it is "
                f"{each.type} {list(each.shape)}",
            )
    if (MASK in known) != (HAS_MASK in known):
        raise _no_pair(called, "the decoder takes a mask without word of whether there is one")


def _given(encoder: Nodes, called: str) -> dict[str, Node]:
    """What the encoder says, by role; its only output is the embedding, whatever its name."""
    if not spelling.is_encoder(encoder):
        told = ", ".join(f"{each.name} {list(each.shape)}" for each in encoder.inputs)
        raise _no_pair(called, f"the encoder has to take one picture of 3 bands, and takes {told}")
    if len(encoder.outputs) == 1:
        return {EMBEDDING: encoder.outputs[0]}
    return spelling.encoded(encoder.outputs)


def _require_same_shape(given: Node, taken: Node, called: str) -> None:
    told = zip(spelling.sides(given), spelling.sides(taken))
    agree = all(a == b for a, b in told if a is not None and b is not None)
    if len(given.shape) != len(taken.shape) or not agree or given.type != taken.type:
        raise _no_pair(
            called,
            f"the encoder's '{given.name}' is {given.type} {list(given.shape)}, the decoder takes "
            f"{taken.type} {list(taken.shape)}",
        )


def _side(picture: Node, given: Node, taken: Node, called: str) -> int:
    """Side of the square that the embedding lies over, in pixels."""
    told = [each for each in spelling.sides(picture)[-3:] if each is not None and each != _BANDS]
    cells = [each for node in (given, taken) for each in spelling.sides(node)[2:] if each]
    side = max(told, default=CELL * max(cells, default=_USUAL // CELL))
    if side > _LARGEST or any(CELL * each != side for each in cells):
        raise _no_pair(
            called,
            f"a picture of {side} pixels, {_LARGEST} at most, has to become cells of {CELL}, the "
            f"embedding is {list(given.shape)}",
        )
    return side


def _cell(masks: Node, mask: Node | None, picture: PictureInput, *, side: int, called: str) -> int:
    """Pixels along the side of a cell of the masks."""
    declared = [spelling.sides(node)[-1] for node in (masks, mask) if node and node.shape]
    told = [each for each in declared if each is not None]
    count = min(told[0] if told else side // _USUAL_CELL, _MOST_CELLS)
    cell = side // count
    if side % count or cell == 0 or picture.height % cell or picture.width % cell:
        raise _no_pair(
            called,
            f"masks of {count} cells do not fit a picture of {picture.height} x {picture.width} "
            "pixels",
        )
    return cell


def _no_pair(called: str, why: str) -> CardError:
    return CardError(
        f"'{called}' is no promptable pair that GeoSift knows (SAM 1, EdgeSAM, SAM 2): "
        f"{spelling.in_line(why)}; "
        "export it again or choose another."
    )
