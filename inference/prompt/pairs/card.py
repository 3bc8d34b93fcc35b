# SPDX-License-Identifier: GPL-2.0-or-later
"""The card of a promptable pair, made in memory: its files are read, not loaded."""

from __future__ import annotations

from pathlib import Path

from ...cards.card import BlendSettings, DecoderFile, ModelCard
from ...cards.network_file import known_digest
from ...cards.rules import require_valid
from ...errors import CardError
from ...foreign.building import identifier
from ...foreign.plain_text import plain
from .contract import Contract, bind
from .finding import PairFiles, pair_files, taken
from .picture import MEAN, STD

_DESCRIPTION = (
    "A promptable pair of files made elsewhere ({0}): an encoder that sees {1} x {2} pixels at "
    "once, and a decoder that is asked for each prompt of what it saw."
)


def card_of_pair(given: str | Path) -> ModelCard | None:
    """The card of what `pair_files` finds; None for what is no part of a pair.

    CardError and ModelError as there, and where nobody knows such a pair.
    """
    files = pair_files(given)
    return None if files is None else pair_card(files)


def pair_card(files: PairFiles) -> ModelCard:
    """The card of two files; CardError where they are no pair that GeoSift knows."""
    contract = bind(taken(files.encoder), taken(files.decoder), called=files.name)
    card = _card(files, contract)
    try:
        require_valid(card)
    except ValueError as error:
        raise CardError(
            f"No card can be made for {files.encoder} and {files.decoder}: {error}."
        ) from error
    return card


def _card(files: PairFiles, contract: Contract) -> ModelCard:
    picture, family = contract.picture, contract.family
    return ModelCard(
        id=identifier(files.name),
        name=plain(f"{files.name} ({family})"),
        kind="prompt",
        path=files.encoder,
        bands=("red", "green", "blue"),
        dtype="uint8" if picture.is_raw else "float32",
        mean=picture.mean,
        std=picture.std,
        resolution_m=None,
        stride_multiple=contract.cell,
        tile=contract.side,
        output_stride=contract.cell,
        activation="logits",
        classes=(),
        blend=BlendSettings(0, 0, 0),
        sha256=known_digest(files.encoder),
        bytes=files.encoder.stat().st_size,
        decoder=DecoderFile(
            files.decoder, known_digest(files.decoder), files.decoder.stat().st_size
        ),
        description=_DESCRIPTION.format(family, picture.height, picture.width),
        # What stands for pixels without a value: the mean colour, which says nothing.
        statistics={"bands": [{"mean": mean, "std": std} for mean, std in zip(MEAN, STD)]},
        fixed_tile=True,
        origin=f"pair of files ({family})",
    )
