# SPDX-License-Identifier: GPL-2.0-or-later
"""Blocks and nodes as layers of a GeoPackage."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..vector.geometry_blob import geometry_blob, point_blob
from ..vector.geopackage_file import GeoPackageFile
from .metric_frame import MetricFrame
from .noding import ABUTTING, CROSSING, FREE
from .study import Study

BLOCKS, NODES = "blocks", "nodes"
_LETTERS = {FREE: "I", ABUTTING: "Y", CROSSING: "X"}


def write_layers(path: Path, study: Study, names: Iterable[str]) -> None:
    """A new GeoPackage with the layers `names`: BLOCKS, NODES or both."""
    with closing(GeoPackageFile(path)) as file:
        for name in names:
            (_add_blocks if name == BLOCKS else _add_nodes)(file, study)
        file.finish()


def block_fields(unit: str) -> dict[str, str]:
    """`edge` is 1 where the edge of the sampling area cuts the block."""
    return {"id": "INTEGER", f"area_{unit}2": "REAL", "edge": "INTEGER"}


NODE_FIELDS = {"kind": "TEXT", "degree": "INTEGER"}
"""I, Y or X; and how many branches meet there."""


def _add_blocks(file: GeoPackageFile, study: Study) -> None:
    layer = file.layer(
        BLOCKS, geometry="POLYGON", crs=study.frame.crs, fields=block_fields(study.numbers.unit)
    )
    rows, edges = [], []
    for index, block in enumerate(study.blocks, 1):
        rings = tuple(_on_map(study.frame, ring) for ring in block.rings)
        box = (*rings[0].min(axis=0).tolist(), *rings[0].max(axis=0).tolist())
        blob = geometry_blob((rings,), srs=layer.srs, box=box)
        rows.append((blob, index, block.area, int(block.at_edge)))
        edges.append(box)
    layer.insert(rows, edges)


def _add_nodes(file: GeoPackageFile, study: Study) -> None:
    """Joints, where one line goes on as another, are no nodes."""
    layer = file.layer(NODES, geometry="POINT", crs=study.frame.crs, fields=NODE_FIELDS)
    network = study.network
    chosen = np.flatnonzero(np.isin(network.kind, list(_LETTERS)))
    places = study.frame.to_map(network.nodes[chosen]).tolist()
    rows = [
        (point_blob(x, y, srs=layer.srs), _LETTERS[int(kind)], int(degree))
        for (x, y), kind, degree in zip(places, network.kind[chosen], network.degree[chosen])
    ]
    layer.insert(rows, [(x, y, x, y) for x, y in places])


def _on_map(frame: MetricFrame, ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """A closed ring of the plane on the map, closed to the last digit."""
    made = frame.to_map(ring[:-1])
    return np.concatenate([made, made[:1]])
