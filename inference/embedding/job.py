# SPDX-License-Identifier: GPL-2.0-or-later
"""What one run of embedding is asked for, and what it did."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rasterio.crs import CRS

from ..cards.card import ModelCard
from ..errors import CardError
from ..runs.job_rules import hold, shared_rules

KINDS = ("features", "recognition")
"""Networks that answer a tile with a vector."""


@dataclass(frozen=True)
class EmbedJob:
    """Which rasters to put into which index, with what.

    `rasters` are paths, or any names GDAL opens; one that is in already is left as it is, one that
    has changed since is told, and done anew with `renew`. `index` is a folder, made where there is
    none. Patches are tiles of the network, one every `step` of its pixels (half a tile by default).
    `bands` count from 1; None finds them by colour. `extent` (xmin, ymin, xmax, ymax) and `mask`
    (GeoJSON-like polygons), in `crs` or else each raster's coordinate system, leave out patches
    whose middle is not inside. `resolution` (metres per pixel) takes the place of the card's, None
    of both is the raster's own. `threads` None takes every core. `drop` names rasters to leave out
    of the index.
    """

    rasters: tuple[str, ...]
    card: ModelCard
    index: Path
    step: int | None = None
    bands: tuple[int, ...] | None = None
    extent: tuple[float, float, float, float] | None = None
    mask: tuple[Mapping[str, Any], ...] | None = None
    crs: CRS | None = None
    resolution: float | None = None
    threads: int | None = None
    renew: bool = False
    drop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_vectors(self.card)
        tile = self.card.tile
        hold(
            *shared_rules(resolution=self.resolution, threads=self.threads, augment=1),
            (
                bool(self.rasters or self.drop),
                "Nothing is to be done; give a raster to put into the index, or one to drop.",
            ),
            (
                self.step is None or 1 <= self.step <= tile,
                f"The step is 1 to {tile} pixels (a patch of the network), not {self.step}.",
            ),
        )

    @property
    def every(self) -> int:
        """Pixels of the network from patch to patch."""
        return self.step or max(self.card.tile // 2, 1)

    @property
    def area(self) -> str:
        """A digest of the part that is asked for, "" for all of a raster."""
        if self.extent is None and self.mask is None:
            return ""
        where = () if self.crs is None else (self.crs.to_wkt(),)
        told = json.dumps([self.extent, self.mask, *where], sort_keys=True, default=str)
        return hashlib.sha256(told.encode("utf-8")).hexdigest()[:16]


def require_vectors(card: ModelCard) -> None:
    """Raise CardError for a network that answers another question."""
    if card.kind not in KINDS:
        raise CardError(
            f"The model '{card.id}' is made for {card.kind}, a model that answers with vectors "
            f"({' or '.join(KINDS)}) is needed here; choose another model."
        )


@dataclass(frozen=True)
class EmbedResult:
    """What a run did: `added` patches of `done` rasters; `rows` are in the index now.

    `skipped` were in already, of `changed` the file is another than the one that is in, `failed`
    could not be embedded, and a warning says why. `timings` hold "total" (wall clock) and the
    stages, added up over all threads.
    """

    index: Path
    added: int
    rows: int
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    changed: tuple[str, ...]
    failed: tuple[str, ...]
    timings: Mapping[str, float]
    engine: str
    warnings: tuple[str, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=str)
