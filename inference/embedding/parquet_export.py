# SPDX-License-Identifier: GPL-2.0-or-later
"""An index as GeoParquet 1.1, with the columns that others' embeddings have.

Earth Index calls them `geometry`, `id` and `embedding`; Clay adds `source_url` and a date, Major
TOM a timestamp. `row` and `col` are our own, and `h3` is the cell around the middle of a patch.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..raster.frame import earth_centred
from ..runs.partial_file import PartialFile, writing
from ..vector.geometry_blob import square_blobs
from .index import Index
from .parquet_package import h3, pyarrow
from .patch_layer import HEADER_BYTES

KEY = b"geosift"
"""Under which the file says how the vectors were made, as `index.json` does."""
_ROWS = 20_000
Tell = Callable[[float], None]


def export_parquet(index: Index, path: Path, *, tell: Tell = lambda done: None) -> int:
    """Write all patches; returns how many. Whole, or not there."""
    arrow = pyarrow()
    cells = _cells(index)
    schema = _schema(arrow, index, with_cells=cells is not None)
    made, rows = PartialFile(path), index.info.rows
    try:
        with writing(path), _writer(arrow, made.partial, schema) as writer:
            for start in range(0, rows, _ROWS):
                some = np.arange(start, min(start + _ROWS, rows))
                writer.write_table(_table(arrow, index, some, schema, cells))
                tell(some[-1] / rows)
        made.commit()
    finally:
        made.discard()
    return rows


def _writer(arrow: Any, path: Path, schema: Any) -> Any:
    """Numbers of vectors hardly repeat, names of sources always do."""
    return arrow.parquet.ParquetWriter(
        path, schema, compression="zstd", use_dictionary=["source_url"]
    )


def _schema(arrow: Any, index: Index, *, with_cells: bool) -> Any:
    number = arrow.float64()
    box = arrow.struct([(name, number) for name in ("xmin", "ymin", "xmax", "ymax")])
    fields = [
        ("id", arrow.string()),
        ("geometry", arrow.binary()),
        ("bbox", box),
        ("datetime", arrow.timestamp("ms", tz="UTC")),
        ("source_url", arrow.string()),
        ("row", arrow.int32()),
        ("col", arrow.int32()),
        ("embedding", arrow.list_(arrow.float32(), index.making.dimension)),
    ]
    if with_cells:
        fields.append(("h3", arrow.string()))
    told = {b"geo": _geo(index), KEY: index.info.to_json()}
    return arrow.schema(fields, metadata=told)


def _geo(index: Index) -> str:
    """What GeoParquet wants to be told; without a "crs" it is longitude and latitude."""
    column: dict[str, Any] = {
        "encoding": "WKB",
        "geometry_types": ["Polygon"],
        "covering": {"bbox": {n: ["bbox", n] for n in ("xmin", "ymin", "xmax", "ymax")}},
    }
    if index.crs is None:
        column["crs"] = None
    if index.info.rows:
        places = index.places
        column["bbox"] = [
            float(places["left"].min()), float(places["bottom"].min()),
            float(places["right"].max()), float(places["top"].max()),
        ]  # fmt: skip
    told = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    return json.dumps(told)


def _table(
    arrow: Any, index: Index, rows: NDArray[np.intp], schema: Any, cells: Callable[..., Any] | None
) -> Any:
    places, sources = index.places[rows], index.info.sources
    edges = [places[name] for name in ("left", "bottom", "right", "top")]
    dates = [_moment(sources[number].date) for number in places["source"]]
    flat = index.unit_vectors(rows).astype(np.float32).ravel()
    columns = [
        arrow.array([f"{index.making.model}:{row}" for row in rows.tolist()]),
        arrow.array(_shapes(index, rows), arrow.binary()),
        arrow.StructArray.from_arrays(
            [arrow.array(edge, arrow.float64()) for edge in edges],
            ["xmin", "ymin", "xmax", "ymax"],
        ),
        arrow.array(dates, schema.field("datetime").type),
        arrow.array([sources[number].file.path for number in places["source"]]),
        arrow.array(places["row"], arrow.int32()),
        arrow.array(places["col"], arrow.int32()),
        arrow.FixedSizeListArray.from_arrays(arrow.array(flat), index.making.dimension),
    ]
    if cells is not None:
        columns.append(arrow.array(cells(rows)))
    return arrow.Table.from_arrays(columns, schema=schema)


def _shapes(index: Index, rows: NDArray[np.intp]) -> list[bytes]:
    """Well-known binary of each patch; its box where a user has deleted it from the layer."""
    places = index.places[rows]
    edges = np.stack([places[name] for name in ("left", "bottom", "right", "top")], axis=1)
    boxes = square_blobs(edges[:, [[0, 3], [2, 3], [2, 1], [0, 1]]], edges, srs=0)
    drawn = index.layer.shapes(rows.tolist())
    return [drawn.get(row, box)[HEADER_BYTES:] for row, box in zip(rows.tolist(), boxes)]


def _moment(date: str) -> datetime | None:
    return datetime.fromisoformat(date.replace("Z", "+00:00")) if date else None


def _cells(index: Index) -> Callable[[NDArray[np.intp]], list[str]] | None:
    """What gives rows their H3 cells, about as large as a patch; None without places or h3."""
    package = h3()
    if package is None or index.crs is None or not index.info.rows:
        return None
    first = index.places[0]
    corners = earth_centred([first["left"], first["right"]], [first["bottom"], first["top"]])
    area = float(np.linalg.norm(corners[1] - corners[0])) ** 2 / 2
    level = min(
        range(16),
        key=lambda each: abs(math.log(package.average_hexagon_area(each, unit="m^2") / area)),
    )

    def cells(rows: NDArray[np.intp]) -> list[str]:
        x, y = index.middles[:, rows]
        return [package.latlng_to_cell(b, a, level) for a, b in zip(x.tolist(), y.tolist())]

    return cells
