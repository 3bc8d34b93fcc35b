# SPDX-License-Identifier: GPL-2.0-or-later
"""The polygon layer of a scene classification: a feature a cell, or a feature a zone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.crs import CRS

from ..cards.card import ModelCard
from ..raster.window import Window
from ..vector.geometry_blob import Rings
from ..vector.geopackage import Feature, LayerWriter
from .cell_plan import CellPlan
from .job import ZonePolygon

FIELDS = {
    "class_id": "INTEGER",
    "name": "TEXT",
    "confidence": "REAL",
    "second_id": "INTEGER",
    "second": "TEXT",
    "margin": "REAL",
    "area_m2": "REAL",
}
_TAKEN = ("fid", "geom")


def answer_fields(card: ModelCard, *, probabilities: bool) -> dict[str, str]:
    """Names and types of the fields an answer fills; `p_<class>` for every class if wanted."""
    shares = dict.fromkeys(_share_names(card), "REAL") if probabilities else {}
    return {**FIELDS, **shares}


def _share_names(card: ModelCard) -> list[str]:
    names = [f"p_{_key(info.name)}" for info in card.classes]
    return [
        name if names.count(name) == 1 else f"{name}_{info.id}"
        for name, info in zip(names, card.classes)
    ]


def _key(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def own_fields(
    given: Mapping[str, str], taken: Mapping[str, str], *, prefix: str
) -> dict[str, str]:
    """The user's fields under names of their own: `prefix` before those that are taken."""
    used = {name.lower() for name in (*taken, *_TAKEN)}
    found: dict[str, str] = {}
    for name, kind in given.items():
        free = name
        while free.lower() in used:
            free = f"{prefix}{free}"
        used.add(free.lower())
        found[free] = kind
    return found


def answer_rows(
    shares: NDArray[np.floating],
    area_m2: NDArray[np.float64] | None,
    card: ModelCard,
    *,
    probabilities: bool,
) -> Iterator[tuple[Any, ...]]:
    """Field values for each of (n, classes) probabilities; NULL where they are NaN."""
    known = ~np.isnan(shares).any(axis=1)
    percent = np.round(100.0 * np.where(known[:, None], shares, 0.0).astype(np.float64), 2)
    order = np.argsort(-shares, axis=1, kind="stable")
    names = card.class_names
    areas = [None] * len(shares) if area_m2 is None else np.round(area_m2, 3).tolist()
    several = shares.shape[1] > 1
    second = order[:, 1] if several else order[:, 0]
    at = np.arange(len(shares))
    margin = np.round(100.0 * (shares[at, order[:, 0]] - shares[at, second]), 2)
    columns = zip(
        known.tolist(), order[:, 0].tolist(), second.tolist(), percent[at, order[:, 0]].tolist(),
        margin.tolist(), areas, percent.tolist(),
    )  # fmt: skip
    for is_known, one, two, sure, ahead, area, all_percent in columns:
        each = tuple(all_percent) if probabilities else ()
        if not is_known:
            yield (*(None,) * 6, area, *(None for _ in each))
        elif several:
            yield (one, names[one], sure, two, names[two], ahead, area, *each)
        else:
            yield (one, names[one], sure, None, None, None, area, *each)


class CellLayer:
    """Writes a square for every cell with an answer, as rows of cells are finished."""

    def __init__(
        self, path: Path, plan: CellPlan, card: ModelCard, *, name: str, probabilities: bool
    ) -> None:
        self._plan, self._card, self._probabilities = plan, card, probabilities
        self._layer = LayerWriter(
            path,
            name=name,
            crs=plan.network.crs,
            fields=answer_fields(card, probabilities=probabilities),
        )

    def add(
        self,
        cells: Window,
        shares: NDArray[np.float32],
        answered: NDArray[np.bool_],
        area_m2: NDArray[np.float64] | None,
    ) -> None:
        """Write the answered cells of a window: (rows, columns, classes) and (rows, columns)."""
        rows, cols = self._plan.edges(cells)
        corners = np.stack(
            [
                np.stack(self._plan.network.to_map(*np.meshgrid(x, y)), axis=-1)
                for x, y in (
                    (cols[:-1], rows[:-1]), (cols[:-1], rows[1:]),
                    (cols[1:], rows[1:]), (cols[1:], rows[:-1]),
                )
            ],
            axis=2,
        )  # fmt: skip
        areas = None if area_m2 is None else area_m2[answered]
        values = answer_rows(shares[answered], areas, self._card, probabilities=self._probabilities)
        self._layer.add_squares(corners[answered], values)

    def finish(self) -> None:
        self._layer.finish()

    def close(self) -> None:
        self._layer.close()


def write_zones(
    path: Path,
    zones: tuple[ZonePolygon, ...],
    own: Mapping[str, str],
    shares: NDArray[np.float64],
    area_m2: NDArray[np.float64] | None,
    *,
    name: str,
    crs: CRS | None,
    card: ModelCard,
    probabilities: bool,
) -> None:
    """Write a feature a zone: its own fields, then the answer; (zones, classes) probabilities."""
    fields = answer_fields(card, probabilities=probabilities)
    multi = any(zone.geometry["type"] == "MultiPolygon" for zone in zones)
    rows = answer_rows(shares, area_m2, card, probabilities=probabilities)
    all_fields = {**own_fields(own, fields, prefix="zone_"), **fields}
    with closing(LayerWriter(path, name=name, crs=crs, fields=all_fields, multi=multi)) as layer:
        layer.add(Feature(zone_rings(zone), (*zone.values, *row)) for zone, row in zip(zones, rows))
        layer.finish()


def zone_rings(zone: ZonePolygon) -> tuple[Rings, ...]:
    """The polygons of a zone."""
    coordinates = zone.geometry["coordinates"]
    polygons = coordinates if zone.geometry["type"] == "MultiPolygon" else [coordinates]
    return tuple(
        tuple(_closed(np.array(ring, float)[:, :2]) for ring in polygon) for polygon in polygons
    )


def _closed(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ring that ends where it begins, as hand-written GeoJSON may forget."""
    return ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
