# SPDX-License-Identifier: GPL-2.0-or-later
"""What the reader of the numbers has to know: where they are bounds, doubtful or of a part only."""

from __future__ import annotations

from .density import Counted, Region
from .metric_frame import MetricFrame
from .noding import FractureNetwork
from .regions import overlap

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


def reservations(
    frame: MetricFrame,
    regions: tuple[Region, ...],
    network: FractureNetwork,
    whole: Counted,
    snap: float,
) -> tuple[str, ...]:
    """A sentence for each; `snap` is in the unit of the plane."""
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
