# SPDX-License-Identifier: GPL-2.0-or-later
"""GeoSift's own promptable network: what it sees of a picture, what it answers to prompts of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cards.card import ModelCard
from ..errors import CardError
from ..network.onnx_file import TYPES, OnnxFile
from ..raster.window import Window
from .box_fit import best_for_box
from .network_files import load_decoder, load_encoder
from .planes import CELLS, LOGIT_CELLS, LOGIT_STRIDE, PLANES, STRIDE, Planes, planes
from .promptable import Answer, Asked, Logits
from .prompts import Click, Prompt, PromptBox
from .sight import SLIDING, Sight
from .sureness import sureness

MASKS = 3
"""Answers to one prompt, from part to whole."""
_WITHOUT_AND_MIDDLE = 2
"""Of the ways to ask about a box: without a click and with one in its middle."""
_IN_BOX = ((0.5, 0.5), (0.3, 0.3), (0.7, 0.3), (0.3, 0.7), (0.7, 0.7))
"""Where in a box, as shares of its width and height, a click is tried: somewhere it is right."""
_AT_ONCE = 32
"""Ways the decoder is asked at once; more would only take memory."""


@dataclass(frozen=True, eq=False)
class CellFeatures:
    """Features (channels, height / 4, width / 4) of a picture: a window of them is a slice."""

    values: NDArray[Any]

    @property
    def nbytes(self) -> int:
        return self.values.nbytes

    def under(self, window: Window) -> NDArray[Any]:
        """Those (channels, 64, 64) of a window of the picture."""
        rows, cols = window.shrunk(STRIDE).slices()
        return self.values[:, rows, cols]


class PromptNetwork:
    """An encoder asked once for a place, and a decoder asked for each prompt of it.

    Both are asked by up to `callers` threads side by side (see OnnxFile).
    Law: decode(stack) = stack(decode(each)).
    """

    sight: Sight = SLIDING

    def __init__(
        self,
        card: ModelCard,
        *,
        callers: int = 1,
        threads_per_call: int = 1,
        decoder: OnnxFile | None = None,
    ) -> None:
        """Load and check both files, unless the decoder is there; CardError where they contradict
        the card.
        """
        self.card = card
        self._decoder = decoder or load_decoder(
            card, callers=callers, threads_per_call=threads_per_call
        )
        self._encoder = load_encoder(card, callers=callers, threads_per_call=threads_per_call)
        self.channels, self._type = _check_encoder(self._encoder, card)
        _check_decoder(self._decoder, card, self.channels, self._type)

    def see(self, image: NDArray[Any], inside: Window) -> CellFeatures:
        """See Promptable; what lies beyond the raster is taken as it comes."""
        return CellFeatures(self.encode(image[np.newaxis])[0])

    def answers(self, asked: Sequence[Asked]) -> list[Answer]:
        """See Promptable; the calls of the decoder are shared by all."""
        ways = [_ways(each) for each in asked]
        told = np.stack([way for each in ways for way in each])
        seen = [each.seen for each, some in zip(asked, ways) for _ in some]
        parts = [slice(start, start + _AT_ONCE) for start in range(0, len(seen), _AT_ONCE)]
        found = [self.decode(np.stack(seen[part]), told[part]) for part in parts]
        masks, ious = (np.concatenate(each) for each in zip(*found))
        ends = np.cumsum([len(each) for each in ways])[:-1]
        answers = zip(np.split(masks, ends), np.split(ious, ends))
        return [_answer(each.prompt, *answer) for each, answer in zip(asked, answers)]

    def encode(self, images: NDArray[Any]) -> NDArray[Any]:
        """(n, bands, height, width) to features (n, channels, height / 4, width / 4)."""
        features = self._encoder.run(["features"], {"image": images})[0]
        count, _, height, width = images.shape
        _require_shape(
            self.card, features, (count, self.channels, height // STRIDE, width // STRIDE)
        )
        return features

    def decode(self, features: NDArray[Any], planes: Planes) -> tuple[Logits, NDArray[np.float32]]:
        """Features (n, channels, 64, 64) and planes (n, 4, 64, 64) to three masks each.

        Masks are logits (n, 3, 128, 128); the IoUs expected of them, (n, 3), lie within 0..1.
        """
        feeds = {"features": features, "planes": planes}
        masks, ious = self._decoder.run(["masks", "ious"], feeds)
        _require_shape(self.card, masks, (len(features), MASKS, LOGIT_CELLS, LOGIT_CELLS))
        _require_shape(self.card, ious, (len(features), MASKS))
        return masks, np.clip(ious, 0.0, 1.0)


def _ways(asked: Asked) -> tuple[Planes, ...]:
    """The planes of each way to ask: a box without clicks also with one in several places."""
    box = asked.prompt.box
    alone = planes(asked.prompt, asked.before)
    if box is None or asked.prompt.clicks:
        return (alone,)
    wide, high = box.right - box.left, box.bottom - box.top
    clicks = [Click(box.left + x * wide, box.top + y * high) for x, y in _IN_BOX]
    return alone, *(planes(Prompt((click,), box), asked.before) for click in clicks)


def _answer(prompt: Prompt, masks: Logits, ious: NDArray[np.float32]) -> Answer:
    """What all ways to ask come to, masks (ways, 3, 128, 128) and IoUs (ways, 3).

    For a box alone that is first the mask in which all agree and which fits the box, then those of
    the first two ways.
    """
    box = prompt.box
    if box is None or len(masks) == 1:
        return masks[0], sureness(masks[0], ious[0])
    edges = (edge / LOGIT_STRIDE for edge in (box.left, box.top, box.right, box.bottom))
    cells = masks.reshape(-1, LOGIT_CELLS, LOGIT_CELLS)
    best, expected = best_for_box(cells, ious.ravel(), PromptBox(*edges))
    # Not what the ways with a click expect: of some thing a click is always surer than of the box.
    sure = (ious[0].max() + expected) / 2
    others = masks[:_WITHOUT_AND_MIDDLE].mean(axis=0)
    # One part of an answer may be surer of itself, but it is not what the box asks for.
    least = np.minimum(sureness(others, ious[:_WITHOUT_AND_MIDDLE].mean(axis=0)), sure)
    return np.stack([best, *others]), np.array([sure, *least], np.float32)


def _require_shape(card: ModelCard, answer: NDArray[Any], expected: tuple[int, ...]) -> None:
    if answer.shape != expected:
        raise CardError(
            f"The network '{card.id}' answered with the shape {answer.shape}, a promptable network "
            f"gives {expected} here; export it again or choose another."
        )


def _check_encoder(encoder: OnnxFile, card: ModelCard) -> tuple[int, str]:
    """How many channels the features have, and their type as ONNX calls it."""
    bands = len(card.bands)
    shapes = {each.name: each.shape for each in (*encoder.inputs, *encoder.outputs)}
    types = {each.name: each.type for each in (*encoder.inputs, *encoder.outputs)}
    if [each.name for each in encoder.inputs] != ["image"] or "features" not in shapes:
        raise _contradicts(card, encoder, "an input 'image' and an output 'features'")
    if types["image"] != TYPES[card.dtype] or types["features"] not in TYPES.values():
        raise _contradicts(card, encoder, f"{card.dtype} in, uint8 or float32 out")
    image, features = shapes["image"], shapes["features"]
    free = len(image) == 4 and image[1] == bands and not _fixed(image[2:])
    if not free or len(features) != 4 or not isinstance(features[1], int):
        raise _contradicts(card, encoder, f"[n, {bands}, height, width] of any height and width")
    return features[1], types["features"]


def _check_decoder(decoder: OnnxFile, card: ModelCard, channels: int, kind: str) -> None:
    wanted = {
        "features": ([channels, CELLS, CELLS], kind),
        "planes": ([PLANES, CELLS, CELLS], TYPES["float32"]),
        "masks": ([MASKS, LOGIT_CELLS, LOGIT_CELLS], TYPES["float32"]),
        "ious": ([MASKS], TYPES["float32"]),
    }
    nodes = {each.name: each for each in (*decoder.inputs, *decoder.outputs)}
    for name, (shape, type_name) in wanted.items():
        words = f"'{name}' of [n, {', '.join(map(str, shape))}], {type_name}"
        if name not in nodes or nodes[name].type != type_name:
            raise _contradicts(card, decoder, words)
        found = nodes[name].shape
        if len(found) != len(shape) + 1 or _fixed(found[:1]):
            raise _contradicts(card, decoder, words)
        if any(isinstance(side, int) and side != want for side, want in zip(found[1:], shape)):
            raise _contradicts(card, decoder, words)


def _fixed(sides: list[int | str | None]) -> bool:
    return any(isinstance(side, int) for side in sides)


def _contradicts(card: ModelCard, file: OnnxFile, wanted: str) -> CardError:
    nodes = [(each.name, each.type, each.shape) for each in (*file.inputs, *file.outputs)]
    told = ", ".join(f"{name} {kind} {shape}" for name, kind, shape in nodes)
    return CardError(
        f"The network '{card.id}' is no promptable network as GeoSift knows it: {wanted} was "
        f"expected, it has {told}; export it again or choose another."
    )
