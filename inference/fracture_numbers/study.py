# SPDX-License-Identifier: GPL-2.0-or-later
"""One study of fractures: lines and sampling areas in, all numbers out, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runs.telling import part
from ..traces.sets import find_sets
from ..vector.outlines import ranges
from .blocks import Block, block_figures, blocks_in, blocks_of, turned
from .clipping import Pieces, clipped
from .density import Counted, Region, count_in, figures, together
from .faces import ring_area
from .intensity_grid import Grid, GridOptions, grid_of
from .lines import FractureLines
from .metric_frame import MetricFrame
from .noding import FractureNetwork, default_snap, node_lines
from .numbers import FractureNumbers, SetNumbers
from .orientation import axial_mean, axial_means, circular_spread, piece_azimuths, rose_of
from .power_law import power_law_of
from .sampling import HULL, SamplingArea, hull_of
from .segments import Segments

_ALL = "all areas"
_WINDOWS = GridOptions()
_EDGE_PARTS = 32

Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Study:
    """The numbers, and the geometry behind them on the plane.

    `sets` (lines,) is the set of each line, `pieces` what of the lines lies in the areas.
    """

    numbers: FractureNumbers
    frame: MetricFrame
    segments: Segments
    sets: NDArray[np.int64]
    regions: tuple[Region, ...]
    pieces: tuple[Pieces, ...]
    network: FractureNetwork
    blocks: tuple[Block, ...]
    grid: Grid | None


def study_of(
    lines: FractureLines,
    *,
    areas: Sequence[SamplingArea] = (),
    outline: SamplingArea | None = None,
    snap: float | None = None,
    scale: float | None = None,
    grid: GridOptions | None = _WINDOWS,
    seed: int = 0,
    tell: Tell = lambda done: None,
) -> Study:
    """Measure lines inside `areas`, else inside `outline`, else inside their own convex hull.

    `snap` is in the unit of the answer; None takes half a percent of the median length. `scale` is
    metres a pixel where the lines have no place on a globe. `tell` hears 0..1 and may raise.
    Raises InputError where the areas and the lines do not meet.
    """
    tell(0.0)
    frame = MetricFrame.around(lines.points, lines.crs, scale=scale)
    segments = Segments.of(frame.to_plane(lines.points), lines.starts)
    snap = default_snap(segments) if snap is None else snap
    regions = _regions(areas, outline, lines, frame)
    tell(0.05)
    network = node_lines(segments, snap=snap)
    tell(0.25)
    pieces = tuple(_pieces(segments, region) for region in regions) or (Pieces.all_of(segments),)
    _require_met(pieces)
    tell(0.3)
    counted, blocks = _count(regions, pieces, network, lines, snap, part(tell, 0.3, 0.6))
    whole = counted[0] if len(counted) == 1 else together(counted, _ALL)
    whole = replace(whole, blocks=block_figures(blocks))
    sets, directions = _directions(lines, segments, pieces, frame)
    numbers = FractureNumbers(
        unit=frame.unit,
        plane=frame.in_words(),
        snap=snap,
        lines=len(lines),
        whole=figures(whole),
        areas=tuple(figures(each) for each in counted) if len(counted) > 1 else (),
        rose=rose_of(*directions),
        sets=_set_numbers(sets, directions, whole, pieces),
        power_law=power_law_of(whole.lengths, seed=seed, tell=part(tell, 0.6, 0.8)),
        warnings=(*lines.left_out, *_warnings(regions, whole)),
    )
    made = grid_of(
        frame, regions, pieces, network, lines, grid, snap=snap, tell=part(tell, 0.8, 1.0)
    )
    tell(1.0)
    return Study(numbers, frame, segments, sets, regions, pieces, network, tuple(blocks), made)


def _regions(
    areas: Sequence[SamplingArea],
    outline: SamplingArea | None,
    lines: FractureLines,
    frame: MetricFrame,
) -> tuple[Region, ...]:
    """The areas on the plane; none where there is none and the lines span none."""
    given = tuple(areas) or ((outline,) if outline is not None else ())
    if given:
        return tuple(_region(each, frame) for each in given)
    hull = hull_of(frame.to_plane(lines.points))
    return () if hull is None else (_on_plane(hull),)


def _region(area: SamplingArea, frame: MetricFrame) -> Region:
    """Edges are straight on the map: they are cut, so that they stay where they are."""
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
    size = sum(ring_area(ring) for ring in rings)
    if size <= 0:
        raise InputError(f"The sampling area {area.name} has no extent; give a polygon.")
    return Region(area.name, area.kind, Segments.of_rings(rings), size, area.kind != HULL)


def _pieces(segments: Segments, region: Region) -> Pieces:
    return clipped(segments, region.outline) if region.cuts else Pieces.all_of(segments)


def _require_met(pieces: Sequence[Pieces]) -> None:
    if not any(len(each.which) for each in pieces):
        raise InputError(
            "No line lies in the sampling areas; check that both lie where you expect and that "
            "they have the right coordinate systems."
        )


def _count(
    regions: tuple[Region, ...],
    pieces: tuple[Pieces, ...],
    network: FractureNetwork,
    lines: FractureLines,
    snap: float,
    tell: Tell,
) -> tuple[list[Counted], list[Block]]:
    """What each area holds, and all blocks."""
    counted, blocks = [], []
    for done, inside in enumerate(pieces):
        tell(done / len(pieces))
        region = regions[done] if regions else None
        cuts = region is not None and region.cuts
        own = blocks_in(inside, region.outline, snap=snap) if cuts else blocks_of(network)
        found = count_in(region, inside, network, lines.cut, snap=snap)
        counted.append(replace(found, blocks=block_figures(own)))
        blocks += own
    return counted, blocks


Directions = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _directions(
    lines: FractureLines, segments: Segments, pieces: tuple[Pieces, ...], frame: MetricFrame
) -> tuple[NDArray[np.int64], Directions]:
    """The set of every line; and of those with a part inside: directions, those of the pieces, and
    the lengths of the pieces.
    """
    azimuths = np.concatenate([piece_azimuths(each, frame) for each in pieces])
    lengths = np.concatenate([each.length for each in pieces])
    owner = np.concatenate([each.line for each in pieces])
    means = axial_means(azimuths, lengths, owner, segments.lines)
    inside = np.bincount(owner, lengths, segments.lines)
    there = inside > 0
    sets = lines.sets
    if not sets.any():
        sets = np.zeros(segments.lines, np.int64)
        sets[there] = find_sets(means[there], inside[there])
    return sets, (means[there], azimuths, lengths)


def _set_numbers(
    sets: NDArray[np.int64],
    directions: Directions,
    whole: Counted,
    pieces: tuple[Pieces, ...],
) -> tuple[SetNumbers, ...]:
    """Every set that has a part inside, those that belong to none last."""
    _, azimuths, lengths = directions
    owner = np.concatenate([each.line for each in pieces])
    there = np.unique(sets[owner])
    found = []
    for number in [*there[there != 0].tolist(), *there[there == 0].tolist()]:
        own = sets[owner] == number
        mean, resultant = axial_mean(azimuths[own], lengths[own])
        total = float(lengths[own].sum())
        found.append(
            SetNumbers(
                set=int(number),
                count=int(np.unique(owner[own]).size),
                length=total,
                mean=mean,
                spread=circular_spread(resultant),
                p21=total / whole.area if whole.area else None,
            )
        )
    return tuple(found)


def _warnings(regions: tuple[Region, ...], whole: Counted) -> tuple[str, ...]:
    told = []
    if not regions:
        told.append(
            "The lines span no area and none was given, so there is no density, only lengths, "
            "directions and nodes."
        )
    elif not regions[0].cuts:
        told.append(
            "No sampling area was given: densities are those of the lines' convex hull, which is "
            "smaller than what was looked at, so they are rather too high."
        )
    share = whole.censored / max(len(whole.lengths), 1)
    if share > 0.1:
        told.append(
            f"{100 * share:.0f} % of the traces are cut by the edge: their lengths are lower "
            "bounds, and so is the mean of what is seen."
        )
    return tuple(told)
