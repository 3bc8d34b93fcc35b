# SPDX-License-Identifier: GPL-2.0-or-later
"""The page: everything is there, nothing is fetched or run, no name is taken for HTML."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from drawn_networks import CROSS, GRID, area, box, by_chance, lines_of
from rasterio.crs import CRS
from report_pages import Pictures

from geosift.inference.fracture_numbers.lines import FractureLines
from geosift.inference.fracture_numbers.page import fracture_page
from geosift.inference.fracture_numbers.page_rose import rose_by_count
from geosift.inference.fracture_numbers.study import Study, study_of
from geosift.inference.fracture_numbers.svg import log_steps, nice, number, path_of, round_steps

SVG = "{http://www.w3.org/2000/svg}"
LABELS = {
    "Map of the traces",
    "Map of the fracture intensity P21",
    "Rose of the traces",
    "Rose weighted by length",
    "Histogram of lengths",
    "Cumulative lengths",
    "Kinds of nodes",
}


def drawings(page: str) -> dict[str, ElementTree.Element]:
    """Every drawing of a page by its words: each is well-formed."""
    found = re.findall(r"<svg .*?</svg>", page, re.S)
    trees = [
        ElementTree.fromstring(each.replace("<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1))
        for each in found
    ]
    return {str(each.get("aria-label")): each for each in trees}


@pytest.fixture(scope="module")
def study() -> Study:
    corner = np.array([500_000.0, 5_000_000.0])
    lines = [line + corner for line in by_chance(1, count=150)]
    areas = tuple(
        area(box(left, 0, left + 50, 100) + corner, name=name)
        for left, name in ((0, "west <b>"), (50, "east & more"))
    )
    return study_of(FractureLines.of(lines, crs=CRS.from_epsg(32632)), areas=areas)


def test_the_page_has_every_drawing_and_needs_nothing(study: Study) -> None:
    page = fracture_page(study, title="Quarry", facts={"File": "a<b>.gpkg"}, timings={"total": 1})
    assert set(drawings(page)) >= {*LABELS, "Histogram of block areas"}
    found = Pictures(page)
    assert found.needs == []
    assert "http" not in page.replace("http-equiv", "")
    assert "a<b>" not in page
    assert "west <b>" not in page
    assert "west &lt;b&gt;" in page
    assert "east &amp; more" in page


def test_numbers_are_said(study: Study) -> None:
    page, numbers = fracture_page(study, title="Quarry"), study.numbers
    for value in (numbers.p21, numbers.p20, numbers.mean_length, numbers.area):
        assert number(value) in page
    assert f"{numbers.power_law.exponent:.2f}" in page
    assert ("power law of lengths</span>" in page) == numbers.power_law.is_sound
    assert "Sanderson" in page
    assert "EPSG:32632" in page
    assert "nan" not in page.lower().replace("nanometre", "")


@pytest.mark.parametrize(
    ("lines", "areas"),
    [
        ([((0, 0), (3, 4))], ()),
        ([((0, 0), (5, 0)), ((0, 0), (9, 0))], ()),
        (CROSS, ()),
        (GRID, (area(box(0, 0, 10, 10)),)),
        ([((0, 0), (5, 0), (5, 5), (0, 0))], ()),
        ([((0, 0), (0, 9)), ((1e-6, 0), (1e-6, 9))], ()),
    ],
)
def test_little_to_say_is_a_page_too(lines: list, areas: tuple) -> None:
    page = fracture_page(study_of(lines_of(lines), areas=areas), title="Few")
    assert set(drawings(page)) >= LABELS - {"Map of the fracture intensity P21"}
    assert "nan" not in page.lower()
    assert "inf" not in re.sub(r"[a-z]*inf[a-z]+", "", page.lower())


def test_pixels_have_no_north() -> None:
    page = fracture_page(study_of(lines_of(by_chance(0))), title="Photograph")
    found = drawings(page)
    assert "N" not in [each.text for each in found["Rose of the traces"].iter(f"{SVG}text")]
    texts = [each.text for each in found["Map of the traces"].iter(f"{SVG}text")]
    assert "N" not in texts
    assert any(str(each).endswith("px") for each in texts)


def test_petals_are_as_large_as_there_is_and_point_where_they_should() -> None:
    tree = ElementTree.fromstring(
        rose_by_count([0, 4, 0, 1, 0, 0], 45.0, resultant=0.5).replace(
            "<svg ", f'<svg xmlns="{SVG[1:-1]}" ', 1
        )
    )
    petals = [each for each in tree.iter(f"{SVG}path") if "fill-opacity" in each.attrib]
    assert len(petals) == 4  # both ends of two directions
    radii = [float(re.search(r"A([\d.]+)", each.attrib["d"]).group(1)) for each in petals]
    assert radii[0] / radii[2] == pytest.approx(2.0, abs=0.01)  # four times the area
    x, y = map(float, re.search(r"L([\d.]+) ([\d.]+)A", petals[0].attrib["d"]).groups())
    turn = math.radians(30)
    assert (x - 190, 190 - y) == pytest.approx(
        (radii[0] * math.sin(turn), radii[0] * math.cos(turn)), abs=0.1
    )


def test_traces_lie_where_they_do() -> None:
    """North is up, east is right, and the scale bar is as long as it says."""
    crs, corner = CRS.from_epsg(32632), np.array([500_000.0, 5_000_000.0])
    line = corner + np.array([(20, 20), (80, 95)])
    ring = corner + box(0, 0, 100, 100)
    page = fracture_page(study_of(FractureLines.of([line], crs=crs), areas=(area(ring),)), title="")
    tree = drawings(page)["Map of the traces"]
    paths = [each.attrib for each in tree.iter(f"{SVG}path")]
    drawn = next(each["d"] for each in paths if "stroke-linecap" in each)
    x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", drawn))
    scale = 540 / 100
    assert (x1 - x0, y0 - y1) == pytest.approx((60 * scale, 75 * scale), rel=2e-3)
    bar = next(each["d"] for each in paths if "v8M" in each["d"])
    words = next(each.text for each in tree.iter(f"{SVG}text") if str(each.text).endswith(" m"))
    long = float(re.search(r"h([\d.]+)", bar).group(1))
    assert long == pytest.approx(float(words[:-2]) * scale, rel=2e-3)


def test_steps_are_round() -> None:
    assert round_steps(0, 10) == [0, 2, 4, 6, 8, 10]
    assert round_steps(3, 3) == [3]
    assert [nice(each) for each in (0.3, 1.0, 7, 60)] == pytest.approx([0.5, 1.0, 10, 100])
    assert log_steps(0.5, 2000) == [1, 10, 100, 1000]
    assert log_steps(0.21, 0.95) == pytest.approx([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
    assert log_steps(4.1, 5.2) == [4.5, 5.0]
    assert [number(each) for each in (0, 0.01234, 12.34, 12345.6, 2e-9, 3e12)] == [
        "0", "0.0123", "12.3", "12,346", "2e-09", "3e+12",
    ]  # fmt: skip
    assert path_of(np.array([(0, 0), (0.1, 0), (5, 5)])) == "M0.0 0.0L5.0 5.0"
