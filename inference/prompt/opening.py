# SPDX-License-Identifier: GPL-2.0-or-later
"""The promptable network of a card: GeoSift's own, or other people's."""

from __future__ import annotations

from ..cards.card import ModelCard
from .network import PromptNetwork
from .network_files import load_decoder
from .pairs.network import PromptPair
from .pairs.spelling import is_decoder
from .promptable import Promptable


def load_promptable(card: ModelCard, *, callers: int = 1, threads_per_call: int = 1) -> Promptable:
    """Loaded, to be asked by up to `callers` threads; what it is, its decoder's inputs tell.

    CardError where the files are not those of the card, or no pair that is known.
    """
    decoder = load_decoder(card, callers=callers, threads_per_call=threads_per_call)
    kind = PromptPair if is_decoder(decoder) else PromptNetwork
    return kind(card, callers=callers, threads_per_call=threads_per_call, decoder=decoder)
