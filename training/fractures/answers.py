# SPDX-License-Identifier: GPL-2.0-or-later
"""What a network says of pictures of rock, asked through the product's engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...inference.cards.card import ModelCard
from ..errors import DataError
from ..evaluation import Request
from ..through_engine import ask, place
from .faces import Face

FRACTURE = 1
"""The class of fractures; 0 is rock."""
_METRE = 1.0
"""Of a pixel: any will do, the network works on the picture's own pixels."""


@dataclass(frozen=True)
class Answer:
    """Where the card's threshold sees fractures (H, W) bool, their probability in percent (H, W)

    uint8, and the seconds it took.
    """

    fractures: NDArray[np.bool_]
    percent: NDArray[np.uint8]
    seconds: float


def require_two_classes(card: ModelCard) -> None:
    """Raise DataError unless the network tells fractures from rock."""
    if card.kind != "segmentation" or len(card.classes) != 2 or card.resolution_m is not None:
        raise DataError(
            f"the network should tell two classes apart, rock (0) and fractures (1), at any "
            f"resolution, but '{card.id}' is a {card.kind} with {len(card.classes)} classes"
            f"{'' if card.resolution_m is None else f' at {card.resolution_m:g} m'}: "
            "give another --model"
        )


def answer(request: Request, face: Face) -> Answer:
    """The answer to one picture, tiled and blended by the engine, on its own pixels."""
    source = place(face.image, request.folder / f"{face.name}.tif", resolution_m=_METRE)
    answered = ask(request, source, folder=request.folder)
    classes, sure = answered.read()
    answered.remove()
    source.unlink()
    fractures = classes == FRACTURE
    return Answer(fractures, np.where(fractures, sure, 100 - sure), answered.seconds)
