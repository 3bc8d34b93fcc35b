# SPDX-License-Identifier: GPL-2.0-or-later
"""How dense fractures are from place to place: a raster of square cells or of round windows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from ..errors import InputError
from ..raster.frame import Frame
from .clipping import Pieces
from .density import Region, seen_ends, seen_nodes
from .lines import FractureLines
from .metric_frame import MetricFrame
from .noding import FractureNetwork
from .segments import Segments
from .square_cells import cell_lengths, cell_numbers, cell_shares
from .windows import Windows

BANDS = ("P21", "P20", "nodes per area", "connections per branch", "share seen")
_PART, _STEPS = 20, 4
_MOST_CELLS = 4_000_000
_LEAST_SHARE = 0.01
"""Of a cell or window that must lie in a sampling area: smaller slivers say nothing."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class GridOptions:
    """Square cells of side `cell`, or with `radius` round windows around the cells' centres.

    Both in the unit of the answer. Without either: windows of a twentieth of the area's extent,
    four cells a radius.
    """

    cell: float | None = None
    radius: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("cell", self.cell), ("radius", self.radius)):
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InputError(f"The {name} of the grid is a length above 0, not {value}.")

    def sizes(self, extent: float) -> tuple[float, float | None]:
        """Side of a cell and radius of a window, None for the cells themselves."""
        if self.cell is not None:
            return self.cell, self.radius
        radius = self.radius or extent / _PART
        return radius / _STEPS, radius


@dataclass(frozen=True, eq=False)
class Grid:
    """`values` (bands, rows, columns) float32, NaN outside the areas, on cells of the map.

    `areas` (rows, columns) is how much of each cell or window lies in the areas. `cell` and
    `radius` (None: square cells) are in the unit of the answer.
    """

    values: NDArray[np.float32]
    areas: Floats
    frame: Frame
    cell: float
    radius: float | None

    def in_words(self, unit: str) -> str:
        """What a value is of."""
        if self.radius is None:
            return f"square cells of {self.cell:.4g} {unit}"
        return f"round windows of {self.radius:.4g} {unit} radius, every {self.cell:.4g} {unit}"


def grid_of(
    frame: MetricFrame,
    regions: tuple[Region, ...],
    pieces: tuple[Pieces, ...],
    network: FractureNetwork,
    lines: FractureLines,
    options: GridOptions | None,
    *,
    snap: float,
    tell: Callable[[float], None],
) -> Grid | None:
    """The raster; None where it is not wanted, or there is no area."""
    if options is None or not regions:
        return None
    corners = np.concatenate([region.outline.start for region in regions])
    extent = float(np.ptp(corners, axis=0).max())
    cell, radius = options.sizes(extent)
    cells = _cells(frame, corners, cell)
    kinds = np.sum([seen_nodes(each, network, lines.cut, snap) for each in regions], axis=0)
    seen = np.sum([seen_ends(each, network.segments, lines.cut, snap) for each in regions], axis=0)
    ends = network.segments.ends.reshape(-1, 2)
    if radius is None:
        length, count, shares, area = _in_cells(frame, cells, regions, pieces, lines,
                                                (ends, seen), (network.nodes, kinds))  # fmt: skip
    else:
        windows = Windows(frame.to_plane(_centres(cells)), radius)
        length, count, shares, area = windows.measured(
            regions, pieces, (ends, seen), (network.nodes, kinds), tell
        )
    shape = cells.height, cells.width
    values = _values(length, count, shares, area).reshape(len(BANDS), *shape)
    return Grid(values.astype(np.float32), area.reshape(shape), cells, cell, radius)


def _cells(frame: MetricFrame, corners: Floats, cell: float) -> Frame:
    """Cells of the map that are `cell` wide and high on the ground in the middle of the data."""
    on_map = frame.to_map(corners)
    low, high = on_map.min(axis=0), on_map.max(axis=0)
    step = 1e-3 * np.maximum(high - low, 1e-300)
    there = frame.to_plane(np.array([(low + high) / 2, (low + high) / 2 + (step[0], 0),
                                     (low + high) / 2 + (0, step[1])]))  # fmt: skip
    unit = np.hypot(*(there[1:] - there[0]).T) / step
    width, height = cell / unit
    cols, rows = (math.ceil(round(each, 6)) for each in (high - low) / (width, height))
    if rows * cols > _MOST_CELLS:
        raise InputError(
            f"The grid would have {rows * cols:,} cells, at most {_MOST_CELLS:,} are made; give "
            "a larger cell or radius."
        )
    transform = Affine(width, 0.0, low[0], 0.0, -height, high[1])
    return Frame(max(rows, 1), max(cols, 1), transform, frame.crs)


def _centres(cells: Frame) -> Floats:
    """(rows x columns, 2) map coordinates, row by row."""
    rows, cols = np.indices((cells.height, cells.width)) + 0.5
    return np.stack(cells.to_map(cols.ravel(), rows.ravel()), axis=1)


def _in_cells(
    frame: MetricFrame,
    cells: Frame,
    regions: tuple[Region, ...],
    pieces: tuple[Pieces, ...],
    lines: FractureLines,
    ends: tuple[Floats, NDArray[np.int64]],
    nodes: tuple[Floats, NDArray[np.int64]],
) -> tuple[Floats, Floats, Floats, Floats]:
    """Length, (4, n) ends and nodes I, Y, X, share and area of each cell, row by row."""
    drawn = Segments.of(lines.points, lines.starts)
    length = sum(cell_lengths(cells, drawn, each) for each in pieces)
    ground = _ground(frame, cells)
    share = sum(
        cell_shares(cells, Segments.of(frame.to_map(_points(each)), _starts(each)))
        for each in (region.outline for region in regions)
    )
    counts = [cell_numbers(cells, frame.to_map(ends[0]), ends[1])]
    counts += [cell_numbers(cells, frame.to_map(nodes[0]), each) for each in nodes[1]]
    return length, np.stack(counts), share, share * ground


def _points(outline: Segments) -> Floats:
    own = (slice(*outline.first[index : index + 2]) for index in range(outline.lines))
    rings = [np.concatenate([outline.start[each], outline.end[each][-1:]]) for each in own]
    return np.concatenate(rings)


def _starts(outline: Segments) -> NDArray[np.int64]:
    return outline.first + np.arange(outline.first.size)


def _ground(frame: MetricFrame, cells: Frame) -> Floats:
    """(n,) how large each cell is on the plane, row by row."""
    rows, cols = np.indices((cells.height + 1, cells.width + 1)).astype(float)
    corners = frame.to_plane(np.stack(cells.to_map(cols.ravel(), rows.ravel()), axis=1))
    x, y = corners.T.reshape(2, *rows.shape)
    across = (x[1:, 1:] - x[:-1, :-1]), (y[1:, 1:] - y[:-1, :-1])
    other = (x[1:, :-1] - x[:-1, 1:]), (y[1:, :-1] - y[:-1, 1:])
    return np.abs(across[0] * other[1] - across[1] * other[0]).ravel() / 2


def _values(length: Floats, counts: Floats, share: Floats, area: Floats) -> Floats:
    """(bands, n), NaN where too little was seen."""
    seen = share > _LEAST_SHARE
    over = np.where(seen, area, np.nan)
    ends, i, y, x = counts
    branches = (i + 3 * y + 4 * x) / 2
    connected = np.where(branches > 0, (3 * y + 4 * x) / np.maximum(branches, 0.5), np.nan)
    connected[~seen] = np.nan
    return np.stack(
        [
            length / over,
            ends / 2 / over,
            (i + y + x) / over,
            connected,
            np.where(seen, share, np.nan),
        ]
    )
