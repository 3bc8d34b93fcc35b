# SPDX-License-Identifier: GPL-2.0-or-later
"""Sampling areas on the plane, where everything is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..vector.outlines import ranges
from .blocks import turned
from .clipping import distance_to
from .density import Region
from .faces import ring_area
from .lines import FractureLines
from .meetings import crossings
from .metric_frame import MetricFrame
from .sampling import HULL, SamplingArea, hull_of
from .segments import Segments

_EDGE_PARTS = 32
_ROUNDING = 1e-9
_NOWHERE = np.zeros((0, 2))
_TOUCHING = 1e-4
"""Of an area's extent: neighbours share edges that are straight on the map, not on the plane."""


def regions_of(
    areas: Sequence[SamplingArea],
    outline: SamplingArea | None,
    lines: FractureLines,
    frame: MetricFrame,
) -> tuple[Region, ...]:
    """The areas on the plane; none where there is none and the lines span none.

    Without `areas` the `outline` counts, else the lines' convex hull.
    """
    given = tuple(areas) or ((outline,) if outline is not None else ())
    if given:
        return tuple(_region(each, frame) for each in given)
    hull = hull_of(frame.to_plane(lines.points))
    return () if hull is None else (_on_plane(hull),)


def _region(area: SamplingArea, frame: MetricFrame) -> Region:
    """Edges are straight on the map: they are cut, so that they stay where they are."""
    _require_simple(area)
    extent = max(float(np.ptp(ring, axis=0).max()) for ring in area.rings)
    polygons = tuple(
        tuple(frame.to_plane(_divided(ring, extent / _EDGE_PARTS, frame)) for ring in rings)
        for rings in area.polygons
    )
    return _on_plane(replace(area, polygons=polygons))


def _divided(ring: NDArray[np.float64], longest: float, frame: MetricFrame) -> NDArray[np.float64]:
    if frame.plane is None:
        return ring
    lengths = np.hypot(*np.diff(ring, axis=0).T)
    parts = np.maximum(np.ceil(lengths / longest), 1).astype(np.int64)
    which = np.repeat(np.arange(len(parts)), parts)
    share = (ranges(np.zeros_like(parts), parts) / parts[which])[:, None]
    return np.concatenate([ring[which] + share * (ring[which + 1] - ring[which]), ring[-1:]])


def _on_plane(area: SamplingArea) -> Region:
    rings = turned(area.rings)
    outline = Segments.of_rings(rings)
    size = sum(ring_area(ring) for ring in rings)
    extent = float(np.ptp(outline.start, axis=0).max())
    if size <= _ROUNDING * extent**2:
        raise InputError(f"The sampling area {area.name} has no extent; give a polygon.")
    seen = size if area.seen is None else min(area.seen, size)
    return Region(area.name, area.kind, outline, seen, area.kind != HULL, 1.0 - seen / size)


def overlap(regions: Sequence[Region]) -> bool:
    """Whether a corner or the middle of an edge of one area lies well inside another."""
    starts = [region.outline.start for region in regions]
    middles = [(region.outline.start + region.outline.end) / 2 for region in regions]
    looked = [np.concatenate(each) for each in zip(starts, middles)]
    low = np.array([each.min(axis=0) for each in starts])
    high = np.array([each.max(axis=0) for each in starts])
    for index, region in enumerate(regions):
        slack = _TOUCHING * float((high[index] - low[index]).max())
        near = ((low < high[index] - slack) & (high > low[index] + slack)).all(axis=1)
        for other in np.flatnonzero(near):
            within = looked[other][region.has(looked[other])] if other != index else _NOWHERE
            if len(within) and distance_to(within, region.outline).max() > slack:
                return True
    return False


def _require_simple(area: SamplingArea) -> None:
    """Before its edges are cut: where these cross they may be cut by chance, too."""
    if _crosses_itself(Segments.of_rings(area.rings)):
        raise InputError(
            f"The outline of {area.name} crosses itself; mend it (in QGIS: Fix geometries)."
        )


def _crosses_itself(outline: Segments) -> bool:
    """Whether edges meet elsewhere than at corners: corners may touch, as at islands."""
    places = crossings(outline).place
    extent = float(np.ptp(outline.start, axis=0).max())
    corners = outline.start
    return any(np.abs(corners - place).max(axis=1).min() > _ROUNDING * extent for place in places)
