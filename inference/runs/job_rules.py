# SPDX-License-Identifier: GPL-2.0-or-later
"""What every job is held to before it begins."""

from __future__ import annotations

import math
from pathlib import Path

from ..cards.card import ModelCard
from ..errors import CardError, InputError, OutputError
from ..network.symmetry import BY_COUNT
from ..raster.source import RasterSource

Rule = tuple[bool, str]


def hold(*rules: Rule) -> None:
    """Raise InputError with the sentence of the first rule that does not hold."""
    for holds, message in rules:
        if not holds:
            raise InputError(message)


def shared_rules(
    *, resolution: float | None, threads: int | None, augment: int
) -> tuple[Rule, ...]:
    """Those of settings that every job has."""
    return (
        (
            resolution is None or (resolution > 0 and math.isfinite(resolution)),
            f"The resolution is metres per pixel and above 0, not {resolution}.",
        ),
        (threads is None or threads >= 1, f"At least one thread is needed, not {threads}."),
        (augment in BY_COUNT, f"Each tile is seen in 1, 4 or 8 views, not {augment}."),
    )


def overlap_rule(overlap: int | None) -> Rule:
    """That of jobs whose tiles may overlap by another number of pixels than the card says."""
    words = f"The overlap is pixels and at least 0, not {overlap}."
    return overlap is None or overlap >= 0, words


def require_kind(card: ModelCard, kind: str) -> None:
    """Raise CardError for a network that answers another question."""
    if card.kind != kind:
        raise CardError(
            f"The model '{card.id}' is made for {card.kind}, a model for {kind} is needed here; "
            "choose another model."
        )


def require_distinct_files(source: str | RasterSource, *outputs: Path | None) -> None:
    """Raise OutputError where two outputs, or one and the input, are the same file."""
    require_distinct_paths(*outputs, Path(source) if isinstance(source, str) else None)


def require_distinct_paths(*files: Path | None) -> None:
    """The same of any files that are read or written; None is no file."""
    paths = [Path(path).resolve() for path in files if path is not None]
    for path in paths:
        if paths.count(path) > 1:
            raise OutputError(
                f"{path} is named twice among input and outputs; give each its own file."
            )
