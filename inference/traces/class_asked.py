# SPDX-License-Identifier: GPL-2.0-or-later
"""Which class is traced, as users say it."""

from __future__ import annotations

from ..cards.card import ModelCard
from ..errors import CardError, InputError


def class_asked(card: ModelCard | None, which: str | None) -> int | None:
    """The id of a class by its name or its number; without a card a number is all there is."""
    if which is None:
        return None
    named = [] if card is None else [info.id for info in card.classes if info.name == which]
    if named:
        return named[0]
    if which.isdecimal():
        return int(which)
    if card is None:
        raise InputError(f"Without a model the class is a number of the raster, not '{which}'.")
    names = ", ".join(f"{info.id}: {info.name}" for info in card.classes)
    raise CardError(f"The model '{card.id}' has no class '{which}'; name one of {names}.")
