# SPDX-License-Identifier: GPL-2.0-or-later
"""Patches around the date line: whoever counts degrees to 180, to 360 or beyond finds the same."""

from __future__ import annotations

from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
from embedded import embed
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import patches, write
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding.examples import ExamplePolygon, Examples
from geosift.inference.embedding.filters import Filters, moved_shape
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_files import IndexFiles
from geosift.inference.embedding.index_info import IndexedSource, IndexInfo, Making
from geosift.inference.embedding.nearest import patch_at
from geosift.inference.embedding.places import PLACE
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.search import best_apart, scores_of
from geosift.inference.embedding.source_file import SourceFile
from geosift.inference.errors import InputError

MERCATOR, POLAR = CRS.from_epsg(3857), CRS.from_epsg(3995)
DEGREES = CRS.from_epsg(4326)


def index_at(xs: list[float], ys: list[float]) -> Index:
    """Patches a degree wide with these middles, counted as they are."""
    places = np.zeros(len(xs), PLACE)
    places["left"], places["right"] = np.array(xs) - 0.5, np.array(xs) + 0.5
    places["bottom"], places["top"] = np.array(ys) - 0.5, np.array(ys) + 0.5
    places["length"] = 1
    known = IndexedSource(SourceFile("/a.tif"), "", "", 9, 9, ranges=((0, len(xs)),))
    info = IndexInfo(Making("made", "0" * 64, 2, 9, 9, None, "EPSG:4326"), len(xs), (known,))
    return Index(IndexFiles(Path("made")), info, np.ones((len(xs), 2), np.int8), places)


def wanted(index: Index, filters: Filters) -> list[int]:
    """Rows that pass."""
    try:
        return np.flatnonzero(filters.wanted(index)).tolist()
    except InputError:
        return []


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [ring]}


degrees = st.integers(-360, 359).map(lambda each: each + 0.25)


@quick
@given(
    xs=st.lists(degrees, min_size=1, max_size=40), west=st.integers(-400, 400),
    wide=st.integers(1, 300), as_polygon=st.booleans(),
)  # fmt: skip
def test_a_filter_holds_all_around_the_earth(
    xs: list[float], west: int, wide: int, as_polygon: bool
) -> None:
    """A patch passes if its middle lies at most so far east of the west, counted around."""
    index = index_at(xs, [10.0] * len(xs))
    told = (float(west), 0.0, float(west + wide), 20.0)
    filters = Filters(polygons=(box(*told),)) if as_polygon else Filters(extent=told)
    expected = [row for row, x in enumerate(xs) if (x - west) % 360 <= wide]
    assert wanted(index, filters) == expected


@thorough
@given(
    xs=st.lists(st.floats(-180, 200), min_size=1, max_size=30), at=st.integers(-20, 20),
    tall=st.integers(1, 60), wide=st.integers(2, 100),
)  # fmt: skip
def test_a_view_across_the_line_of_another_system(
    xs: list[float], at: int, tall: int, wide: int
) -> None:
    """A map in Mercator that is moved on beyond its edge shows what lies on the other side."""
    index = index_at(xs, [0.0] * len(xs))
    half = 20037508.342789244
    middle, side = half * (1 + at / 180), half * wide / 360
    extent = (middle - side, -tall * 1e5, middle + side, tall * 1e5)
    away = [abs((x - 180 - at + 180) % 360 - 180) for x in xs]
    sure = [row for row, each in enumerate(away) if abs(each - wide / 2) > 1e-6]
    expected = [row for row in sure if away[row] < wide / 2]
    for filters in (Filters(extent=extent), Filters(polygons=(box(*extent),))):
        moved = Filters(filters.extent, filters.polygons, crs=MERCATOR)
        assert [row for row in wanted(index, moved) if row in sure] == expected


def test_a_hole_across_the_line_stays_a_hole() -> None:
    index = index_at([176.0, 179.5, -179.5, -176.0], [0.0] * 4)
    half = 20037508.342789244
    outer, inner = (
        [(half * (1 + x * side / 180), y * side * 1e5) for x, y in
         ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))]
        for side in (5, 2)
    )  # fmt: skip
    shape = {"type": "Polygon", "coordinates": [outer, inner]}
    assert wanted(index, Filters(polygons=(shape,), crs=MERCATOR)) == [0, 3]


def test_a_view_of_the_pole_holds_what_is_around_it() -> None:
    xs = np.arange(-175.0, 180.0, 10.0)
    index = index_at([*xs, *xs], [80.0] * len(xs) + [40.0] * len(xs))
    view = Filters(extent=(-3e6, -3e6, 3e6, 3e6), crs=POLAR)
    assert wanted(index, view) == list(range(len(xs)))


def test_what_lies_nowhere_on_the_earth_is_told() -> None:
    filters = Filters(extent=(1e9, 1e9, 2e9, 2e9), crs=CRS.from_epsg(3035))
    with pytest.raises(InputError, match="cannot be found in the coordinate system EPSG:3035"):
        filters.wanted(index_at([10.0], [10.0]))


@quick
@given(x=degrees, by=st.sampled_from([-360, 0, 360]), other=st.integers(5, 355))
def test_a_place_is_in_its_patch_however_it_is_counted(x: float, by: int, other: int) -> None:
    index = index_at([x + other, x], [10.0, 10.0])
    assert patch_at(index, x + by + 0.4, 10.2) == 1


def test_of_patches_that_overlap_across_the_line_the_best_is_kept() -> None:
    """One of them goes on beyond 180, its neighbour begins before -179."""
    index = index_at([179.9, -179.6, -178.5, 180.6], [10.0, 10.0, 10.0, 12.0])
    index.vectors[:] = [(9, 1), (9, 2), (9, 3), (9, 4)]
    index.places["length"] = np.linalg.norm(index.vectors, axis=1)
    query = np.array([1.0, 0.0])
    hits = best_apart(index, query, scores_of(index, query), 4)
    assert hits.rows.tolist() == [0, 2, 3]


def test_a_mask_of_the_command_line_may_lie_across_the_line() -> None:
    """Of a file in the map grid of Fiji, which knows no such line; and one that lies nowhere."""
    fiji = CRS.from_epsg(3460)
    xs, ys = transform(DEGREES, fiji, [178, -178, -178, 178], [-18, -18, -16, -16])
    ring = [*zip(xs, ys), (xs[0], ys[0])]
    found = moved_shape({"type": "Polygon", "coordinates": [ring]}, fiji, DEGREES)
    index = index_at([177.0, 179.0, -179.0, -177.0], [-17.0] * 4)
    assert wanted(index, Filters(polygons=(found,))) == [1, 2]
    far = {"type": "Polygon", "coordinates": [[(1e9, 1e9), (2e9, 1e9), (2e9, 2e9), (1e9, 1e9)]]}
    with pytest.raises(InputError, match="cannot be found"):
        moved_shape(far, CRS.from_epsg(3035), DEGREES)


def test_pictures_that_lie_nowhere_do_not_go_around() -> None:
    index = index_at([400.0, 40.0], [10.0, 10.0])
    nowhere = Index(index.files, IndexInfo(
        Making("made", "0" * 64, 2, 9, 9, None, ""), 2, index.info.sources
    ), index.vectors, index.places)  # fmt: skip
    assert wanted(nowhere, Filters(extent=(390, 0, 410, 20))) == [0]
    assert patch_at(nowhere, 400.2, 10.0) == 0


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return made.mean_colour(tmp_path_factory.mktemp("card"))


@pytest.mark.parametrize("west", [179.999, 179.999 - 360])
def test_an_example_is_shown_to_the_network_across_the_line(
    tmp_path: Path, card: ModelCard, west: float
) -> None:
    """Places, rectangles and polygons mean the same raster, whichever way they count."""
    write(
        tmp_path / "a.tif", patches(3, 90, 100, size=30, seed=8), crs="EPSG:4326",
        transform=from_origin(west, 10, 2e-5, 2e-5),
    )  # fmt: skip
    embed(tmp_path / "index", card, tmp_path / "a.tif")
    index = Index.open(tmp_path / "index")
    x, y = west + 0.0014, 9.9993
    (east,), (north,) = transform(DEGREES, MERCATOR, [x], [y])
    around = (x - 2e-4, y - 2e-4, x + 2e-4, y + 2e-4)
    corners = transform(DEGREES, MERCATOR, [x - 2e-4, x + 2e-4], [y - 2e-4, y + 2e-4])
    (left, right), (low, high) = corners
    half = 20037508.342789244
    right += 2 * half if right < left else 0.0
    found = {}
    for name, examples, crs in (
        ("place", Examples(places=((x, y),)), None),
        ("place beyond", Examples(places=((x + 360, y),)), None),
        ("place before", Examples(places=((x - 360, y),)), None),
        ("place in metres", Examples(places=((east, north),)), MERCATOR),
        ("area", Examples(areas=(around,)), None),
        ("area beyond", Examples(areas=((around[0] + 360, around[1], around[2] + 360, around[3]),)),
         None),
        ("area in metres", Examples(areas=((left, low, right, high),)), MERCATOR),
        ("polygon", Examples(polygons=(ExamplePolygon(box(*around), (x, y)),)), None),
        ("polygon beyond", Examples(polygons=(
            ExamplePolygon(box(around[0] + 360, around[1], around[2] + 360, around[3]),
                           (x + 360, y)),)), None),
    ):  # fmt: skip
        found[name] = Query(examples, crs=crs).vector(index, card)
    for name, vector in found.items():
        np.testing.assert_allclose(vector, found[name.split()[0]], atol=2e-3, err_msg=name)
