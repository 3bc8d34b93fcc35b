# SPDX-License-Identifier: GPL-2.0-or-later
"""Pictures for reports: class ids as colours, right and wrong, and how they get into HTML."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import cv2
import numpy as np

from ..inference.cards.card import ModelCard
from .evaluation import Panel, Swatch

WRONG = "#D6249F"
"""No class is magenta."""
_UNLABELLED = 0.28
"""How much of the grey image shows where there is no label."""


def rgb(color: str) -> tuple[int, int, int]:
    """`#RRGGBB` as red, green, blue."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def shrunk(image: np.ndarray, side: int, *, nearest: bool = False) -> np.ndarray:
    """(H, W) or (H, W, C) with no side above `side`; means of pixels, or one of them."""
    factor = side / max(image.shape[:2])
    if factor >= 1:
        return np.ascontiguousarray(image)
    size = tuple(max(1, round(length * factor)) for length in image.shape[1::-1])
    how = cv2.INTER_NEAREST if nearest else cv2.INTER_AREA
    return cv2.resize(np.ascontiguousarray(image), size, interpolation=how)


def paint(ids: np.ndarray, colors: Sequence[str], *, under: np.ndarray) -> np.ndarray:
    """(H, W) ids in their colours; ids without one show the pale grey of the image `under`."""
    table = np.array([rgb(color) for color in colors], np.uint8)
    known = ids < len(colors)
    painted = _pale(under, _UNLABELLED)
    painted[known] = table[ids[known]]
    return painted


def where_wrong(image: np.ndarray, known: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The grey image, wrong pixels in magenta, paler where nothing is labelled."""
    painted = _pale(image, 0.75)
    painted[~known] = _pale(image, _UNLABELLED)[~known]
    painted[known & ~right] = rgb(WRONG)
    return painted


def _pale(image: np.ndarray, strength: float) -> np.ndarray:
    """(H, W, 3) grey picture faded to white."""
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.repeat((255 - strength * (255 - grey))[..., np.newaxis], 3, axis=2).astype(np.uint8)


def data_uri(panel: Panel) -> str:
    """The picture inside a page: JPEG for photographs without alpha, else PNG."""
    pixels = np.ascontiguousarray(panel.pixels)
    if pixels.shape[2] == 4:
        kind, encoded = "png", cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA))[1]
    elif panel.is_photograph:
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        kind, encoded = "jpeg", cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 86])[1]
    else:
        kind, encoded = "png", cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1]
    return f"data:image/{kind};base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


def swatches(card: ModelCard) -> tuple[Swatch, ...]:
    """The classes of a network with their colours."""
    return tuple(Swatch(info.color, info.name) for info in card.classes)
