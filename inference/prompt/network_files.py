# SPDX-License-Identifier: GPL-2.0-or-later
"""The two files of a promptable network, loaded once it is known that they are the right ones."""

from __future__ import annotations

from ..cards.card import ModelCard
from ..errors import CardError
from ..network.onnx_file import OnnxFile
from ..runs.job_rules import require_kind


def load_decoder(card: ModelCard, *, callers: int, threads_per_call: int) -> OnnxFile:
    """The smaller file; CardError where the card is of another kind, or of other files."""
    require_kind(card, "prompt")
    if card.decoder is None:
        raise CardError(f"The model '{card.id}' has no decoder; fetch the model again.")
    card.verify()
    return OnnxFile(
        card.decoder.path, called=card.id, callers=callers, threads_per_call=threads_per_call
    )


def load_encoder(card: ModelCard, *, callers: int, threads_per_call: int) -> OnnxFile:
    """The larger file of a card whose decoder was loaded."""
    return OnnxFile(card.path, called=card.id, callers=callers, threads_per_call=threads_per_call)
