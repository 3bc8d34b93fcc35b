# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be answered: prompts beside the raster and where it shows nothing."""

from __future__ import annotations

from ..errors import InputError
from .embedding import Embedding
from .look import Look, Pyramid
from .prompts import Prompt


def require_inside(prompt: Prompt, pyramid: Pyramid) -> None:
    """Raise InputError where the prompt is not on the raster."""
    height, width = pyramid.height, pyramid.width
    for click in prompt.clicks:
        if click.positive and not (0 <= click.x < width and 0 <= click.y < height):
            raise InputError("The point lies outside the raster; point at something in it.")
    box = prompt.box
    if box is not None and not (
        box.left < width and box.right > 0 and box.top < height and box.bottom > 0
    ):
        raise InputError("The box lies outside the raster; draw it around something in it.")


def require_value(prompt: Prompt, look: Look, embedding: Embedding) -> None:
    """Raise InputError where the raster has no value under the prompt."""
    if embedding.valid is None:
        return
    there = prompt.scaled(look.across, look.down)
    if any(click.positive and not embedding.has_value(click.x, click.y) for click in there.clicks):
        raise InputError(
            "The raster has no value at the point (nodata, transparent or NaN); point at "
            "something that is to be seen."
        )
    if there.box is not None and not embedding.any_value(there.box):
        raise InputError(
            "The raster has no value in the box (nodata, transparent or NaN); draw it around "
            "something that is to be seen."
        )
