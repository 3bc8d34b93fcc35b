# SPDX-License-Identifier: GPL-2.0-or-later
"""What the cards of all networks trained here have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Protocol

WHOLE_TILES = {"halo": 0, "ring": 0, "fade": 0}
"""Blending of networks whose tiles have no rim to be left out."""


class Named(Protocol):
    """A class as its task describes it."""

    name: str
    color: str
    synonyms: tuple[str, ...]


def base_card(
    name: str,
    *,
    id: str,
    kind: str,
    description: str,
    limits: str,
    statistics: dict[str, Any],
) -> dict[str, Any]:
    """A card without what its task adds; file, size and figures come when these are known."""
    return {
        "schema": 1,
        "id": id,
        "name": name,
        "kind": kind,
        "file": "",
        "sha256": "",
        "bytes": 0,
        "description": description,
        "limits": limits,
        "licence": "GPL-2.0-or-later",
        "metrics": {},
        "statistics": statistics,
    }


def rgb_input(*, resolution_m: float | None, stride_multiple: int, tile: int) -> dict[str, Any]:
    """Red, green and blue as bytes, as they are."""
    return {
        "bands": ["red", "green", "blue"],
        "dtype": "uint8",
        "mean": [0, 0, 0],
        "std": [1, 1, 1],
        "resolution_m": resolution_m,
        "stride_multiple": stride_multiple,
        "tile": tile,
    }


def classes_of(lands: Iterable[Named]) -> list[dict[str, Any]]:
    """Classes in the order of their ids."""
    return [
        {"id": index, "name": land.name, "color": land.color, "synonyms": list(land.synonyms)}
        for index, land in enumerate(lands)
    ]


def training_of(data: Sequence[dict[str, Any]], *, recipe: str, seed: int) -> dict[str, Any]:
    """What the network saw and how it learnt."""
    return {"data": list(data), "recipe": recipe, "seed": seed, "date": date.today().isoformat()}
