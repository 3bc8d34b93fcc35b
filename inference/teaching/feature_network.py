# SPDX-License-Identifier: GPL-2.0-or-later
"""The network of features, asked for its dense map."""

from __future__ import annotations

from dataclasses import replace

from ..cards.card import ModelCard
from ..errors import CardError

HALO = 96
"""Pixels around a block that the network sees, too; a multiple of its total stride.

With 64 its features differ from those of the whole picture by 2 to 9 % of their spread, most at the
rims, so that seams show; with 96 by 0.4 to 2 %.
"""
DENSE = "features"
"""The output with a vector for every cell."""


def dense_card(card: ModelCard) -> ModelCard:
    """The card, asked for that; CardError for a network that has none."""
    if card.kind != "features":
        raise CardError(
            f"The model '{card.id}' is made for {card.kind}, a network of features is needed to "
            "teach; choose another model."
        )
    if card.fixed_tile or HALO % card.stride_multiple:
        raise CardError(
            f"The model '{card.id}' takes tiles of one size only, or has a stride above {HALO}; "
            "choose another network of features."
        )
    return replace(card, output=DENSE)
