# SPDX-License-Identifier: GPL-2.0-or-later
"""Which class of a network, or of a raster, is the one whose pixels become lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..inference.errors import InputError
from .i18n import tr

if TYPE_CHECKING:
    from ..inference.cards.card import ModelCard

_MOST = 65_535


def line_class(card: ModelCard | None, wanted: str) -> int | None:
    """The number of the class `wanted` names, by name or number; raises InputError.

    Where nothing is wanted: the class the card says is of lines, and None without a card.
    """
    if card is None:
        return _number(wanted) if wanted else None
    if not wanted:
        return _own(card)
    for info in card.classes:
        if wanted.casefold() == info.name.casefold() or wanted == str(info.id):
            return info.id
    raise InputError(
        tr("CLASS '{0}' is no class of the model '{1}', which has: {2}.").format(
            wanted, card.id, _listed(card)
        )
    )


def has_lines(card: ModelCard) -> bool:
    """Whether the network finds something that is made of thin lines."""
    return any(info.lines for info in card.classes)


def _own(card: ModelCard) -> int:
    found = [info.id for info in card.classes if info.lines]
    if len(found) == 1:
        return found[0]
    words = tr(
        "The model '{0}' does not say which of its classes are thin lines: give one as CLASS "
        "({1}), or choose another model."
    )
    if found:
        words = tr("The model '{0}' has several classes of thin lines: give one as CLASS ({1}).")
    raise InputError(words.format(card.id, _listed(card)))


def _number(wanted: str) -> int:
    if wanted.isdecimal() and int(wanted) <= _MOST:
        return int(wanted)
    words = tr("CLASS '{0}' is not the number of a class, as it is where there is no model.")
    raise InputError(words.format(wanted))


def _listed(card: ModelCard) -> str:
    return ", ".join(f"{info.id} {info.name}" for info in card.classes)
