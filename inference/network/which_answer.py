# SPDX-License-Identifier: GPL-2.0-or-later
"""Which of several things a network answers is wanted, as users say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import CardError

if TYPE_CHECKING:  # loaded when QGIS starts, which waits for it
    from ..cards.card import ModelCard


def answering(card: ModelCard, which: str) -> ModelCard:
    """The card for an answer by its name or its number (from 0); '' is what the card says itself.

    Raises CardError, which names them all.
    """
    names = [info.name for info in card.answers]
    if not which:
        return card
    if which in names:
        return card.answering(names.index(which))
    if which.isdecimal():
        return card.answering(int(which))
    raise CardError(
        f"The model '{card.id}' has no answer '{which}'; it has "
        f"{', '.join(names) or 'just one, so name none'}."
    )
