# SPDX-License-Identifier: GPL-2.0-or-later
"""Where patches lie: their corners on the map, and the record an index keeps of each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..classification.cell_plan import CellPlan
from ..raster.frame import Frame

PLACE = np.dtype(
    [
        ("left", "<f8"), ("bottom", "<f8"), ("right", "<f8"), ("top", "<f8"),
        ("source", "<i4"), ("row", "<i4"), ("col", "<i4"), ("length", "<f4"),
    ]
)  # fmt: skip
"""One patch: the box around it in the index's coordinates, the place of its source in the list of
sources, its row and column among the source's patches, and the length of its int8 vector."""

Places = NDArray[np.void]
Numbers = NDArray[np.intp]


def corners_of(plan: CellPlan, rows: Numbers, cols: Numbers) -> NDArray[np.float64]:
    """(n, 4, 2) of patches by row and column: degrees of WGS 84, x first, where the raster can tell
    its own, else its map coordinates.

    One system for the whole index, since rasters of several zones lie in it; degrees, because that
    is what GeoParquet, H3 and databases take for granted.
    """
    top, bottom = plan.rows.starts[rows], plan.rows.stops[rows]
    left, right = plan.cols.starts[cols], plan.cols.stops[cols]
    down = np.stack([top, top, bottom, bottom], axis=1)
    across = np.stack([left, right, right, left], axis=1)
    # Neighbours share corners, four patches one where they overlap by half: each is found once.
    wide = plan.network.width + 1
    points, which = np.unique(down * wide + across, return_inverse=True)
    at = (part.astype(float) for part in np.divmod(points, wide))
    corners = _on_map(plan.network, *at)[which.reshape(-1, 4)]
    if plan.network.is_georeferenced:
        # A patch across the date line goes on beyond 180 degrees, instead of around the world.
        lon, first = corners[..., 0], corners[:, :1, 0]
        corners[..., 0] = first + (lon - first + 180.0) % 360.0 - 180.0
    return corners


def _on_map(
    frame: Frame, rows: NDArray[np.float64], cols: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(n, 2) x and y of n pixel positions: degrees where the frame can tell them."""
    if frame.is_georeferenced:
        return np.stack(frame.lon_lat(rows, cols), axis=-1)
    return np.stack(frame.to_map(cols, rows), axis=-1)


def placed(
    corners: NDArray[np.float64], source: int, rows: Numbers, cols: Numbers,
    lengths: NDArray[np.float32],
) -> Places:  # fmt: skip
    """The records of patches with these corners, (n, 4, 2)."""
    made = np.zeros(len(corners), PLACE)
    low, high = corners.min(axis=1), corners.max(axis=1)
    made["left"], made["bottom"] = low.T
    made["right"], made["top"] = high.T
    made["source"], made["row"], made["col"], made["length"] = source, rows, cols, lengths
    return made
