# SPDX-License-Identifier: GPL-2.0-or-later
"""What is drawn as a network comes back as one: nodes, traces and ends are counted exactly."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from drawn_lines import Line, coverage, straight
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from test_traces_lines import traced, turn_between
from trace_rasters import clouds

from geosift.inference.traces.trace import Network
from geosift.inference.traces.tracing import Drawing

MIDDLE = (150.3, 150.6)
WIDTHS = (2, 3, 5)


def drawn(*lines: Line, width: float = 3.0, drawing: Drawing | None = None) -> Network:
    return traced(coverage((300, 300), lines, width=width), drawing)


def counts(network: Network) -> tuple[int, int, int, int]:
    """Traces, and nodes of the kinds I, Y and X."""
    return (len(network.traces), *(network.nodes.count(kind) for kind in "IYX"))


@pytest.mark.parametrize(
    ("angle", "width"),
    [(angle, width) for angle in (90, 75, 60, 45, 30, 20) for width in WIDTHS]
    + [(15, width) for width in WIDTHS if width < 5],  # 70 of 220 pixels run as one line at 5
)
def test_lines_that_cross_are_two_and_one_crossing(angle: int, width: int) -> None:
    for azimuth in (0, 20, 45, 101):
        lines = (straight(MIDDLE, azimuth, 220), straight(MIDDLE, azimuth + angle, 220))
        found = drawn(*lines, width=width)
        assert counts(found) == (2, 4, 0, 1), azimuth
        assert len(found.branches) == 4
        for trace in found.traces:
            assert trace.length == pytest.approx(220, rel=0.02)
            turns = [turn_between(trace.azimuth, azimuth + each) for each in (0, angle)]
            assert min(turns) < 1.0
            assert trace.ends == ("I", "I")
        node = found.nodes.kind.tolist().index("X")
        away = np.hypot(found.nodes.x[node] - MIDDLE[0], found.nodes.y[node] - MIDDLE[1])
        assert away < 1.0 + 0.5 * width / np.sin(np.radians(angle))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("angle", [90, 60, 45, 30, 20])
def test_a_line_that_abuts_ends_there(angle: int, width: int) -> None:
    for azimuth in (0, 20, 45, 101):
        through = straight(MIDDLE, azimuth, 220)
        abutting = (MIDDLE, straight(MIDDLE, azimuth + angle, 220)[1])
        found = drawn(through, abutting, width=width)
        assert counts(found) == (2, 3, 1, 0), azimuth
        long, short = found.traces
        assert long.ends == ("I", "I")
        assert sorted(short.ends) == ["I", "Y"]
        assert long.length == pytest.approx(220, rel=0.02)


@pytest.mark.parametrize("apart", [6, 9, 14])
def test_lines_side_by_side_stay_apart(apart: float) -> None:
    for azimuth in (0, 33, 45, 90):
        turn = np.radians(azimuth)
        beside = (MIDDLE[0] + apart * np.cos(turn), MIDDLE[1] + apart * np.sin(turn))
        found = drawn(straight(MIDDLE, azimuth, 220), straight(beside, azimuth, 180))
        assert counts(found) == (2, 4, 0, 0), azimuth


@pytest.mark.parametrize(("gap", "traces"), [(4, 1), (12, 1), (19, 1), (24, 2)])
def test_gaps_are_closed_up_to_a_limit(gap: float, traces: int) -> None:
    for azimuth in (0, 33, 45, 120):
        start, end = (np.array(each) for each in straight(MIDDLE, azimuth, 220))
        way = (end - start) / 220
        parts = ((start, start + way * (110 - gap / 2)), (start + way * (110 + gap / 2), end))
        found = drawn(*parts, drawing=Drawing(gap=20.0))
        assert counts(found) == (traces, 2 * traces, 0, 0), azimuth
        if traces == 1:
            assert found.traces[0].length == pytest.approx(220, rel=0.02)
            assert turn_between(found.traces[0].azimuth, azimuth) < 1.0


def test_a_gap_with_a_line_in_it_is_a_crossing() -> None:
    left, right = ((50, 150), (143, 150)), ((157, 150), (250, 150))
    assert counts(drawn(left, right, ((150, 50), (150, 250)))) == (2, 4, 0, 1)


def test_ends_that_pass_one_another_are_not_joined() -> None:
    found = drawn(((50, 150), (150, 150)), ((140, 158), (250, 158)))
    assert counts(found) == (2, 4, 0, 0)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.3, 0.6), (-40.2, 17.5)])
def test_hooked_ends_that_pass_one_another_are_joined_once(shift: tuple[float, float]) -> None:
    """Each points at the other's line: carried on to both, they would enclose a sliver."""
    above = ((80, 140), (142, 130.4)), ((142, 130.4), (150, 150))
    below = ((148.5, 154.6), (156.5, 173.6)), ((156.5, 173.6), (220, 165))
    moved = [tuple(tuple(np.add(place, shift)) for place in line) for line in (*above, *below)]
    assert counts(drawn(*moved, width=2.5)) == (1, 2, 0, 0)


def test_an_end_just_before_a_line_abuts_it() -> None:
    found = drawn(((50, 150), (250, 150)), ((160, 60), (160, 142)))
    assert counts(found) == (2, 3, 1, 0)
    found = drawn(((50, 150), (250, 150)), ((160, 60), (160, 130)))
    assert counts(found) == (2, 4, 0, 0)


def test_spurs_and_short_lines_are_left_out() -> None:
    line, spur, speck = ((50, 150), (250, 150)), ((150, 150), (150, 156)), ((80, 60), (92, 60))
    assert counts(drawn(line, spur, speck)) == (1, 2, 0, 0)
    plain = Drawing(least_length=0.0, spur=0.0, gap=0.0)
    assert counts(drawn(line, ((150, 150), (150, 165)), speck, drawing=plain)) == (3, 5, 1, 0)


def test_a_ring_is_one_closed_trace() -> None:
    turns = np.linspace(0, 2 * np.pi, 200)
    found = drawn([(150 + 60 * np.cos(each), 150 + 60 * np.sin(each)) for each in turns])
    (trace,) = found.traces
    assert trace.length == pytest.approx(2 * np.pi * 60, rel=0.02)
    assert trace.ends == ("Y", "Y")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("angle", [60, 40, 25])
def test_a_line_that_crosses_itself_is_one_trace(angle: int, width: int) -> None:
    """Thinning makes two nodes of the crossing, one of them with both ends of a loop."""
    out = np.radians([angle / 2, -angle / 2])
    first, last = np.array(MIDDLE) - 110 * np.stack([np.cos(out), np.sin(out)], axis=1)
    middle, size = np.add(MIDDLE, (90 * np.cos(out[0]), 0)), 90 * np.sin(out[0])
    turns = np.radians(np.arange(90, -91, -6))
    bow = [tuple(middle + size * np.array([np.cos(turn), np.sin(turn)])) for turn in turns]
    corners = [tuple(first), *bow, tuple(last)]
    found = drawn(*zip(corners, corners[1:]), width=width)
    assert counts(found) == (1, 2, 0, 1)
    steps = np.diff(corners, axis=0)
    assert found.traces[0].length == pytest.approx(np.hypot(*steps.T).sum(), rel=0.03)


@pytest.mark.parametrize("shape", [(40, 33_000), (33_000, 40)])
def test_rasters_longer_than_opencv_takes_are_traced(shape: tuple[int, int]) -> None:
    """Far along, widths and ends are read as they are near the beginning."""
    height, width = shape
    start = np.array([20.3, 20.4])
    step = np.array([60.0, 7.0]) if width > height else np.array([7.0, 60.0])
    far = np.array([width, height]) - 2 * start - step
    lines = [(tuple(start + at * far), tuple(start + at * far + step)) for at in (0.0, 1.0)]
    near, beyond = sorted(
        traced(coverage(shape, lines, width=4.0)).traces, key=lambda each: each.points.max()
    )
    assert beyond.points.max() > 32_900
    assert beyond.length == pytest.approx(near.length, abs=0.3)
    assert beyond.width == pytest.approx(near.width, abs=0.1)
    assert beyond.width == pytest.approx(4.0, abs=0.4)


def test_ends_at_the_edge_of_the_raster_are_cut() -> None:
    found = drawn(((-10, 100), (200, 160)))
    (trace,) = found.traces
    assert sorted(trace.cut) == [False, True]
    assert sum(trace.cut) == 1
    assert Counter(found.nodes.border.tolist()) == {True: 1, False: 1}
    assert found.nodes.count("I") == 1


NETWORK = (
    ((20, 60), (480, 90)), ((30, 200), (470, 150)), ((25, 330), (480, 400)),
    ((100, 20), (140, 470)), ((300, 20), (250, 480)), ((400, 111), (420, 300)),
    ((180, 100), (200, 176)), ((340, 440), (470, 470)), ((160, 420), (230, 440)),
)  # fmt: skip
"""Three lines across, two down that cross them all, and some that abut or lie alone."""


def test_a_whole_network_is_counted_exactly() -> None:
    found = traced(coverage((500, 500), NETWORK, width=3))
    assert len(found.traces) == 9
    assert (found.nodes.count("X"), found.nodes.count("Y")) == (7, 1)
    assert found.nodes.count("I") == 17


@thorough
@given(
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    rough=st.floats(0.5, 4),
    gaps=st.sampled_from([0.0, 0.02]),
    seed=st.integers(0, 999),
    least=st.sampled_from([0.0, 8.0, 30.0]),
    gap=st.sampled_from([0.0, 10.0, 40.0]),
)
def test_whatever_is_seen_makes_a_sound_network(size, rough, gaps, seed, least, gap) -> None:
    """Branches fill traces, nodes have as many of them as they say; nothing leaves the raster."""
    pixels = clouds(size, rough=rough, gaps=gaps, seed=seed)
    drawing = Drawing(least_length=least, spur=least / 4, gap=gap)
    found = traced(pixels, drawing)
    degrees = np.zeros(len(found.nodes), int)
    lengths = dict.fromkeys((trace.id for trace in found.traces), 0.0)
    for branch in found.branches:
        degrees[branch.start] += 1
        degrees[branch.end] += 1
        lengths[branch.trace] += branch.length
        for node, point in ((branch.start, branch.points[0]), (branch.end, branch.points[-1])):
            assert point == pytest.approx((found.nodes.x[node], found.nodes.y[node]))
    np.testing.assert_array_equal(degrees, found.nodes.degree)
    for trace in found.traces:
        assert trace.length == pytest.approx(lengths[trace.id])
        assert trace.length >= 0
        assert 0 <= trace.azimuth < 180
        assert 0 <= trace.confidence <= 100.001
        assert trace.width > 0
        assert (trace.points >= -1e-6).all()
        assert (trace.points <= np.array(size[::-1]) + 1e-6).all()
        for end, cut in zip(trace.ends, trace.cut):
            assert end == "I" or not cut
    assert [trace.id for trace in found.traces] == list(range(1, len(found.traces) + 1))
