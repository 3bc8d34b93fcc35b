# SPDX-License-Identifier: GPL-2.0-or-later
"""The layers of a network of traces in one GeoPackage: the traces, their nodes and branches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.frame import Frame
from ..runs.telling import Tell
from ..vector.geometry_blob import Edges, line_blob, point_blob
from ..vector.geopackage_file import GeoPackageFile, LayerRows
from .trace import Network, Trace, TraceBranch

NODE_FIELDS = {"kind": "TEXT", "degree": "INTEGER", "border": "INTEGER"}
"""`border` is 1 where a line only ends because nobody saw how it goes on."""
_AT_ONCE = 500


def trace_fields(unit: str) -> dict[str, str]:
    """Names and SQL types; lengths and widths say their unit ("m" or "px").

    `cut_1` and `cut_2` are 1 where that end lies at the border of what was seen, beyond which the
    line may go on.
    """
    return {
        "id": "INTEGER",
        f"length_{unit}": "REAL",
        "azimuth": "REAL",
        f"width_{unit}": "REAL",
        "confidence": "REAL",
        "set": "INTEGER",
        "end_1": "TEXT",
        "end_2": "TEXT",
        "cut_1": "INTEGER",
        "cut_2": "INTEGER",
    }


def branch_fields(unit: str) -> dict[str, str]:
    """`kind` is that of the nodes at both ends, such as I-Y."""
    return {"trace": "INTEGER", f"length_{unit}": "REAL", "kind": "TEXT"}


def write_traces(path: Path, network: Network, tell: Tell = lambda done: None) -> None:
    """Write a new GeoPackage with the layers traces, nodes and branches."""
    frame, unit = network.frame, network.unit
    with closing(GeoPackageFile(path)) as file:
        traces = file.layer(
            "traces", geometry="LINESTRING", crs=frame.crs, fields=trace_fields(unit)
        )
        nodes = file.layer("nodes", geometry="POINT", crs=frame.crs, fields=NODE_FIELDS)
        branches = file.layer(
            "branches", geometry="LINESTRING", crs=frame.crs, fields=branch_fields(unit)
        )
        _add_lines(traces, network.traces, map(_trace_row, network.traces), frame, tell)
        _add_nodes(nodes, network)
        rows = (_branch_row(each, network) for each in network.branches)
        _add_lines(branches, network.branches, rows, frame, tell)
        file.finish()
    tell(1.0)


def _trace_row(trace: Trace) -> tuple[Any, ...]:
    return (
        trace.id, _told(trace.length), round(trace.azimuth, 2) % 180.0, _told(trace.width),
        round(trace.confidence, 1), trace.set, *trace.ends, *map(int, trace.cut),
    )  # fmt: skip


def _told(length: float) -> float:
    """To seven digits: pixels may be thousandths of a millimetre or tens of metres."""
    return float(f"{length:.7g}")


def _branch_row(branch: TraceBranch, network: Network) -> tuple[Any, ...]:
    kinds = sorted(str(network.nodes.kind[node]) for node in (branch.start, branch.end))
    return branch.trace, _told(branch.length), "-".join(kinds)


def _add_lines(
    layer: LayerRows,
    lines: Sequence[Trace | TraceBranch],
    values: Iterable[tuple[Any, ...]],
    frame: Frame,
    tell: Tell,
) -> None:
    coming = iter(values)
    for first in range(0, len(lines), _AT_ONCE):
        tell(first / len(lines))
        some = [_on_map(line.points, frame) for line in lines[first : first + _AT_ONCE]]
        edges: list[Edges] = [
            (*line.min(axis=0).tolist(), *line.max(axis=0).tolist()) for line in some
        ]
        blobs = [line_blob(line, srs=layer.srs, box=box) for line, box in zip(some, edges)]
        layer.insert([(blob, *next(coming)) for blob in blobs], edges)


def _add_nodes(layer: LayerRows, network: Network) -> None:
    nodes = network.nodes
    if not len(nodes):
        return
    xs, ys = network.frame.to_map(nodes.x, nodes.y)
    places = list(zip(xs.tolist(), ys.tolist()))
    columns = zip(nodes.kind.tolist(), nodes.degree.tolist(), nodes.border.astype(int).tolist())
    rows = ((point_blob(x, y, srs=layer.srs), *row) for (x, y), row in zip(places, columns))
    layer.insert(rows, [(x, y, x, y) for x, y in places])


def _on_map(points: NDArray[np.float64], frame: Frame) -> NDArray[np.float64]:
    return np.stack(frame.to_map(*points.T), axis=1)
