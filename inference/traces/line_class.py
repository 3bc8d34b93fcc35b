# SPDX-License-Identifier: GPL-2.0-or-later
"""Which class of a network, or of a raster, is the one whose pixels become lines.

Nothing heavy is imported here: QGIS asks before a run starts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CardError, InputError

if TYPE_CHECKING:
    from ..cards.card import ModelCard
    from ..cards.parts import ClassInfo

_MOST = 65_535


def has_lines(card: ModelCard) -> bool:
    """Whether the network finds something that is made of thin lines."""
    return any(info.lines for info in card.classes)


def class_asked(card: ModelCard | None, which: str | None) -> int | None:
    """The id of a class by its name, in any case, or by its number; None where nothing is asked.

    Without a card the number is that of a class raster.
    """
    if not which:
        return None
    if card is None:
        return _number(which)
    for info in card.classes:
        if which.casefold() == info.name.casefold() or which == str(info.id):
            return info.id
    raise CardError(
        f"CLASS '{which}' is no class of the model '{card.id}', which has: {_listed(card)}."
    )


def line_class(card: ModelCard, class_id: int | None) -> ClassInfo:
    """The class that is traced: the one asked for, or the only one that the card calls lines."""
    chosen = [info for info in card.classes if info.id == class_id]
    own = [info for info in card.classes if info.lines]
    found = own if class_id is None else chosen
    if len(found) == 1:
        return found[0]
    trouble = f"has no class {class_id}"
    if class_id is None:
        trouble = "does not say which of its classes are thin lines"
    if found:
        trouble = "has several classes of thin lines"
    raise CardError(f"The model '{card.id}' {trouble}; give one as CLASS: {_listed(card)}.")


def _number(which: str) -> int:
    if which.isdecimal() and int(which) <= _MOST:
        return int(which)
    raise InputError(
        f"CLASS '{which}' is not the number of a class, as it is where there is no model."
    )


def _listed(card: ModelCard) -> str:
    return ", ".join(f"{info.id}: {info.name}" for info in card.classes)
