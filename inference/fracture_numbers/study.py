# SPDX-License-Identifier: GPL-2.0-or-later
"""One study of fractures: lines and sampling areas in, all numbers out, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runs.telling import part
from .blocks import Block, block_figures, blocks_in, blocks_of
from .clipping import Pieces, clipped
from .density import Counted, Region, count_in, figures, together
from .intensity_grid import Grid, GridOptions, grid_of
from .lines import FractureLines
from .metric_frame import MetricFrame
from .noding import FractureNetwork, default_snap, node_lines
from .numbers import FractureNumbers, SetNumbers
from .orientation import axial_mean, axial_means, circular_spread, piece_azimuths, rose_of
from .power_law import power_law_of
from .regions import regions_of
from .reservations import reservations
from .sampling import SamplingArea
from .segments import Segments
from .set_names import set_name
from .sets import find_sets

_ALL = "all areas"
_WINDOWS = GridOptions()

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
    ground = _measured(lines, areas, outline, snap=snap, scale=scale, tell=tell)
    frame, pieces, snap = ground.frame, ground.pieces, ground.snap
    counted, blocks = _count(ground, lines, part(tell, 0.3, 0.6))
    whole = counted[0] if len(counted) == 1 else together(counted, _ALL)
    whole = replace(whole, blocks=block_figures(blocks))
    sets, directions = _directions(lines, ground.segments, pieces, frame)
    numbers = FractureNumbers(
        unit=frame.unit,
        plane=frame.in_words(),
        snap=snap,
        lines=len(lines),
        whole=figures(whole),
        areas=tuple(figures(each) for each in counted) if len(counted) > 1 else (),
        rose=rose_of(*directions),
        sets=_set_numbers(sets, lines.set_names, directions, whole, pieces),
        power_law=power_law_of(whole.lengths, seed=seed, tell=part(tell, 0.6, 0.8)),
        warnings=(
            *lines.left_out,
            *reservations(frame, ground.regions, ground.network, whole, snap),
        ),
    )
    regions, network = ground.regions, ground.network
    made = grid_of(
        frame, regions, pieces, network, lines, grid, snap=snap, tell=part(tell, 0.8, 1.0)
    )
    tell(1.0)
    segments = ground.segments
    return Study(numbers, frame, segments, sets, regions, pieces, network, tuple(blocks), made)


@dataclass(frozen=True, eq=False)
class _Ground:
    """Lines on the plane, joined to a network, and what of them lies in each area."""

    frame: MetricFrame
    segments: Segments
    regions: tuple[Region, ...]
    network: FractureNetwork
    pieces: tuple[Pieces, ...]
    snap: float


def _measured(
    lines: FractureLines,
    areas: Sequence[SamplingArea],
    outline: SamplingArea | None,
    *,
    snap: float | None,
    scale: float | None,
    tell: Tell,
) -> _Ground:
    frame = MetricFrame.around(lines.points, lines.crs, scale=scale)
    segments = Segments.of(frame.to_plane(lines.points), lines.starts)
    snap = default_snap(segments) if snap is None else snap
    regions = regions_of(areas, outline, lines, frame)
    tell(0.05)
    network = node_lines(segments, snap=snap)
    tell(0.25)
    pieces = tuple(_pieces(segments, region) for region in regions) or (Pieces.all_of(segments),)
    _require_met(pieces)
    tell(0.3)
    return _Ground(frame, segments, regions, network, pieces, snap)


def _pieces(segments: Segments, region: Region) -> Pieces:
    return clipped(segments, region.outline) if region.cuts else Pieces.all_of(segments)


def _require_met(pieces: Sequence[Pieces]) -> None:
    if not any(len(each.which) for each in pieces):
        raise InputError(
            "No line lies in the sampling areas; check that both lie where you expect and that "
            "they have the right coordinate systems."
        )


def _count(ground: _Ground, lines: FractureLines, tell: Tell) -> tuple[list[Counted], list[Block]]:
    """What each area holds, and all blocks."""
    counted, blocks, snap = [], [], ground.snap
    for done, inside in enumerate(ground.pieces):
        tell(done / len(ground.pieces))
        region = ground.regions[done] if ground.regions else None
        cuts = region is not None and region.cuts
        own = blocks_in(inside, region.outline, snap=snap) if cuts else blocks_of(ground.network)
        found = count_in(region, inside, ground.network, lines.cut, snap=snap)
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
    names: tuple[str, ...],
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
                name=set_name(int(number), names),
                count=int(np.unique(owner[own]).size),
                length=total,
                mean=mean,
                spread=circular_spread(resultant),
                p21=total / whole.area if whole.area else None,
            )
        )
    return tuple(found)
