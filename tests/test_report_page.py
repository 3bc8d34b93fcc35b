# SPDX-License-Identifier: GPL-2.0-or-later
"""The report of a run as a page: whole, of one file, with the right figures, and safe."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import networks
import pytest
from made_rasters import MAKERS, patches, write

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.job import ClassifyJob, ZonePolygon
from geosift.inference.classification.run import run_classify
from geosift.inference.runs.report_page import ground, percent, seconds
from geosift.inference.segmentation.job import SegmentJob
from geosift.inference.segmentation.run import run

_EMPTY = {"meta", "br", "img", "hr", "link", "input"}


class _Page(HTMLParser):
    """Checks that what is opened is closed, and keeps text and the cells of tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.words = ""
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.words += data
        if self.rows and ({"td", "th"} & set(self.open)):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("scene") / "a <b> & c.tif", patches(3, 120, 150))


@pytest.fixture(scope="module")
def glimpse(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    card = networks.glimpse(tmp_path_factory.mktemp("network"), side=16)
    return replace(card, description="Knows <nothing>.", limits='Trust it with "nothing" & no one.')


def _table(page: _Page) -> list[list[str]]:
    """Rows of the table of areas, without its head."""
    first = next(index for index, row in enumerate(page.rows) if row[0] == "class") + 1
    return page.rows[first : first + 4]


def test_the_page_of_a_classification(scene, glimpse, tmp_path: Path) -> None:
    report = tmp_path / "out.html"
    result = run_classify(ClassifyJob(str(scene), glimpse, report=report))
    text = report.read_text(encoding="utf-8")
    page = _Page(text)
    rows = _table(page)
    by_size = sorted(result.areas, key=lambda area: -area.share)
    assert [row[0] for row in rows] == [area.name for area in by_size]
    assert [row[2] for row in rows] == [percent(area.share) for area in by_size]
    assert [row[3] for row in rows] == [ground(area.area_m2) for area in by_size]
    assert [row[4] for row in rows] == [f"{area.pixels:,}" for area in by_size]
    facts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert facts["Size"] == "150 x 120 pixels of 1 x 1 m"
    assert facts["Coordinate system"] == "EPSG:32633"
    assert facts["Answer"] == f"{result.cols} x {result.rows} cells"
    assert facts["Tiles"] == f"{result.tiles} of 16 x 16 pixels"
    assert "a <b> & c.tif" in page.words
    assert "Knows <nothing>." in page.words
    assert 'Trust it with "nothing" & no one.' in page.words
    assert "a <b>" not in text


def test_the_page_needs_nothing_else(scene, glimpse, tmp_path: Path) -> None:
    run_classify(ClassifyJob(str(scene), glimpse, report=tmp_path / "out.HTM"))
    text = (tmp_path / "out.HTM").read_text(encoding="utf-8")
    assert not {"script", "link", "iframe", "img"} & _Page(text).tags
    assert not re.search(r"https?:|src=|url\(|@import|\son\w+=", text)
    assert "prefers-color-scheme: dark" in text
    assert len(text) < 20_000


def test_the_bars_are_as_long_as_the_shares(scene, glimpse, tmp_path: Path) -> None:
    result = run_classify(ClassifyJob(str(scene), glimpse, report=tmp_path / "out.html"))
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    strip = text[text.index('class="whole"') : text.index("<table")]
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", strip)]
    shares = sorted((100 * area.share for area in result.areas if area.share), reverse=True)
    assert widths == pytest.approx(shares, abs=0.001)
    table = text[text.index('class="areas"') :]
    lengths = [float(width) for width in re.findall(r"width:([\d.]+)%", table)]
    assert lengths[:1] == [100.0]
    assert lengths == pytest.approx([100 * share / shares[0] for share in shares], abs=0.06)


def test_warnings_are_on_the_page(glimpse, tmp_path: Path) -> None:
    path = MAKERS["no_crs"](tmp_path / "in.tif")
    result = run_classify(ClassifyJob(str(path), glimpse, report=tmp_path / "out.html"))
    page = _Page((tmp_path / "out.html").read_text(encoding="utf-8"))
    (sentence,) = result.warnings
    assert sentence in page.words
    head = next(row for row in page.rows if row[0] == "class")
    assert "area" not in head


def test_zones_are_counted_as_zones(scene, glimpse, tmp_path: Path) -> None:
    ring = [(5e5, 5.8e6), (5e5 + 90, 5.8e6), (5e5, 5.8e6 - 90), (5e5, 5.8e6)]
    zone = ZonePolygon({"type": "Polygon", "coordinates": [ring]})
    run_classify(ClassifyJob(str(scene), glimpse, report=tmp_path / "out.html", zones=(zone,)))
    page = _Page((tmp_path / "out.html").read_text(encoding="utf-8"))
    assert next(row for row in page.rows if row[0] == "class")[-1] == "zones"
    assert ", 1 zone" in page.words


def test_a_segmentation_has_the_same_page(scene, card, tmp_path: Path) -> None:
    report = tmp_path / "out.html"
    job = SegmentJob(str(scene), card, tmp_path / "out.tif", report=report)
    result = run(job)
    page = _Page(report.read_text(encoding="utf-8"))
    facts = {row[0]: row[1] for row in page.rows if len(row) == 2}
    assert facts["Answer"] == "150 x 120 pixels"
    assert facts["Tiles"].startswith(f"{result.tiles:,}, {result.computed:.2f} pixels")
    assert next(row for row in page.rows if row[0] == "class")[-1] == "pixels"


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (percent(0.0), "0.0 %"), (percent(0.0001), "< 0.1 %"), (percent(0.1234), "12.3 %"),
        (percent(1.0), "100.0 %"), (ground(0.0), "0 m\u00b2"), (ground(9_400.0), "9,400 m\u00b2"),
        (ground(15_400.0), "1.54 ha"), (ground(2_000_000.0), "2 km\u00b2"),
        (ground(123_456_789_000.0), "123,457 km\u00b2"), (ground(999_999.0), "100 ha"),
        (seconds(0.04), "0.0 s"), (seconds(59.94), "59.9 s"), (seconds(60), "1 min 0 s"),
        (seconds(3_725), "1 h 2 min"),
    ],
)  # fmt: skip
def test_figures_are_easy_to_read(figure: str, words: str) -> None:
    assert figure == words
