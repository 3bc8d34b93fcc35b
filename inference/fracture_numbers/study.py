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
from .regions import overlap, regions_of
from .sampling import SamplingArea
from .segments import Segments
from .sets import find_sets

_ALL = "all areas"
_WINDOWS = GridOptions()

_MANY, _BENT, _HIDDEN = 0.1, 1e-3, 0.01
_NO_AREA = (
    "The lines span no area and none was given, so there is no density, only lengths, directions "
    "and nodes."
)
_HULL = (
    "No sampling area was given: densities are those of the lines' convex hull, which is smaller "
    "than what was looked at, so they are rather too high."
)
_CUT = (
    "{:.0f} % of the traces are cut by the edge: their lengths are lower bounds, and so is the "
    "mean of what is seen."
)
_FAR = (
    "The lines lie so far apart that lengths may be wrong by {:.1f} %; measure regions by "
    "themselves, or check the coordinate system."
)
_BLIND = (
    "{:.0f} % of {} has no data: densities are of the rest. The map of intensity shows that part "
    "as rock without fractures."
)
_LOST = (
    "{:,} of {:,} lines are no longer than the snapping distance of {:.3g}: they have no nodes; "
    "give a shorter one."
)
_OVERLAP = (
    "Sampling areas overlap: what lies in several counts in each, so more than once in all areas."
)
_DOUBLE = (
    "{:,} stretches of line lie on another: they count once as branches and twice as length; "
    "remove what was drawn twice."
)

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
    regions = regions_of(areas, outline, lines, frame)
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
        warnings=(*lines.left_out, *_warnings(frame, regions, network, whole, snap)),
    )
    made = grid_of(
        frame, regions, pieces, network, lines, grid, snap=snap, tell=part(tell, 0.8, 1.0)
    )
    tell(1.0)
    return Study(numbers, frame, segments, sets, regions, pieces, network, tuple(blocks), made)


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


def _warnings(
    frame: MetricFrame,
    regions: tuple[Region, ...],
    network: FractureNetwork,
    whole: Counted,
    snap: float,
) -> tuple[str, ...]:
    lost = int((network.segments.line_length <= snap).sum())
    share = whole.censored / max(len(whole.lengths), 1)
    told = (
        (not regions, _NO_AREA),
        (bool(regions) and not regions[0].cuts, _HULL),
        (share > _MANY, _CUT.format(100 * share)),
        (frame.distortion > _BENT, _FAR.format(100 * frame.distortion)),
        (len(regions) > 1 and overlap(regions), _OVERLAP),
        (network.doubles > 0, _DOUBLE.format(network.doubles)),
        (lost > 0, _LOST.format(lost, len(network.segments.line_length), snap)),
        *((each.blind > _HIDDEN, _BLIND.format(100 * each.blind, each.name)) for each in regions),
    )
    return tuple(sentence for holds, sentence in told if holds)
