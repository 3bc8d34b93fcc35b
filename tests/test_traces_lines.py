# SPDX-License-Identifier: GPL-2.0-or-later
"""Drawn lines come back with the length, azimuth and width they were drawn with."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_lines import coverage, straight
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from trace_rasters import Drawn

from geosift.inference.raster.frame import Frame
from geosift.inference.traces.azimuth import Ground
from geosift.inference.traces.graph import graph_of
from geosift.inference.traces.mask import MaskRules
from geosift.inference.traces.trace import Network
from geosift.inference.traces.tracing import Drawing, draw

RULES = MaskRules(low=0.25, high=0.5, largest_hole=6)


def traced(pixels: np.ndarray, drawing: Drawing | None = None) -> Network:
    seen = Drawn(pixels)
    graph = graph_of(seen, rules=RULES)
    return draw(graph, seen, drawing or Drawing(), Ground(Frame(*pixels.shape, None, None)))


def turn_between(one: float, other: float) -> float:
    """Degrees between two axes."""
    return abs((one - other + 90) % 180 - 90)


@thorough
@given(
    azimuth=st.floats(0, 180),
    width=st.floats(1.5, 7),
    place=st.tuples(st.floats(98, 102), st.floats(98, 102)),
    sharp=st.booleans(),
)
def test_a_straight_line_is_as_it_was_drawn(azimuth, width, place, sharp) -> None:
    pixels = coverage((200, 200), [straight(place, azimuth, 120)], width=width)
    if sharp:
        pixels = (pixels >= 0.5).astype(np.float32)
    (trace,) = traced(pixels).traces
    assert trace.length == pytest.approx(120, rel=0.02)
    assert turn_between(trace.azimuth, azimuth) < 1.0
    assert trace.ends == ("I", "I")
    assert trace.cut == (False, False)


@pytest.mark.parametrize("length", [60, 400])
def test_lines_of_any_length_keep_it(length: int) -> None:
    for azimuth in range(0, 180, 12):
        line = straight((250.3, 250.7), azimuth, length)
        (trace,) = traced(coverage((500, 500), [line], width=3)).traces
        assert trace.length == pytest.approx(length, rel=0.02), azimuth
        assert turn_between(trace.azimuth, azimuth) < 1.0, azimuth


@pytest.mark.parametrize("radius", [30, 60, 150])
def test_a_curve_is_as_long_as_it_was_drawn(radius: int) -> None:
    turns = np.linspace(0.2, 0.2 + min(np.pi, 300 / radius), 200)
    line = [(200 + radius * np.cos(each), 150 + radius * np.sin(each)) for each in turns]
    (trace,) = traced(coverage((400, 400), [line], width=3)).traces
    assert trace.length == pytest.approx(radius * np.ptp(turns), rel=0.02)
    away = np.hypot(*(trace.points - [200, 150]).T)
    assert np.abs(away - radius).max() < 1.5
    assert np.abs(away - radius)[1:-1].max() < 0.75
