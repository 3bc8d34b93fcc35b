# SPDX-License-Identifier: GPL-2.0-or-later
"""What is like an example: against every cosine in float64, with filters, as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import exported_networks as made
import numpy as np
import pytest
import rasterio
from embedded import embed, features, mean_colours
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from made_rasters import CORNER, MAKERS, UTM, noise, patches, write
from rasterio.crs import CRS
from rasterio.features import rasterize
from rasterio.transform import from_origin
from rasterio.warp import transform
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding import search
from geosift.inference.embedding.examples import ExamplePolygon, Examples
from geosift.inference.embedding.filters import Filters, in_polygon
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.index_files import IndexFiles
from geosift.inference.embedding.index_info import IndexedSource, IndexInfo, Making
from geosift.inference.embedding.nearest import patch_at
from geosift.inference.embedding.places import PLACE
from geosift.inference.embedding.quantise import quantised
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.similar import SimilarJob, SimilarResult, run_similar
from geosift.inference.embedding.source_file import SourceFile
from geosift.inference.errors import Cancelled, CardError, GeoSiftError, InputError


def _index(rows: int, dimension: int, *, seed: int = 0, sources: int = 3) -> Index:
    """One in memory: random directions at random places of 0..100 by 0..50 degrees."""
    random = np.random.default_rng(seed)
    vectors, lengths = quantised(random.normal(size=(rows, dimension)))
    places = np.zeros(rows, PLACE)
    places["left"], places["bottom"] = random.uniform(0, (100, 50), (rows, 2)).T
    places["right"], places["top"] = places["left"] + 0.5, places["bottom"] + 0.5
    places["length"] = lengths
    edges = np.linspace(0, rows, sources + 1).astype(int).tolist()
    known = []
    for number, (start, stop) in enumerate(zip(edges, edges[1:])):
        places["source"][start:stop] = number
        file = SourceFile(f"/made/{number}.tif")
        date = f"202{number}-06-15T00:00:00.000Z"
        known.append(IndexedSource(file, date, "metadata", 9, 9, ranges=((start, stop),)))
    making = Making("made", "0" * 64, dimension, 9, 9, None, "EPSG:4326")
    info = IndexInfo(making, rows, tuple(known))
    return Index(IndexFiles(Path("made")), info, vectors, places)


def _cosines(index: Index, query: np.ndarray) -> np.ndarray:
    vectors = index.vectors.astype(np.float64)
    return vectors @ query / np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)


@quick
@given(
    rows=st.integers(1, 3000),
    dimension=st.sampled_from([2, 64]),
    count=st.integers(1, 40),
    share=st.sampled_from([None, 0.01, 0.3, 0.6, 1.0]),
    seed=st.integers(0, 10**6),
    threads=st.sampled_from([100, 10**9]),
)
def test_the_best_are_those_of_brute_force(rows, dimension, count, share, seed, threads) -> None:
    """However many are wanted, picked out or not, by one thread or more: the same, in order."""
    index = _index(rows, dimension, seed=seed)
    random = np.random.default_rng(seed)
    query = random.normal(size=dimension)
    wanted = None if share is None else random.random(rows) < share
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "_LEAST_A_THREAD", threads)
        scores = search.scores_of(index, query, wanted)
        hits = search.best(index, query, scores, count)
    expected = _cosines(index, query)
    chosen = np.arange(rows) if wanted is None else np.flatnonzero(wanted)
    np.testing.assert_array_equal(scores.rows, chosen)
    np.testing.assert_allclose(scores.values, expected[chosen], atol=1e-5)
    order = chosen[np.lexsort((chosen, -expected[chosen]))][:count]
    np.testing.assert_allclose(hits.scores, expected[order], atol=1e-7)
    # Where two are equal to the last digits, either may come first.
    assert np.abs(expected[hits.rows] - expected[order]).max(initial=0) < 1e-7
    assert len(set(hits.rows.tolist())) == len(order)
    assert set(hits.rows.tolist()) <= set(chosen.tolist())


@quick
@given(rows=st.integers(1, 300), count=st.integers(1, 30), seed=st.integers(0, 10**6))
def test_hits_apart_are_the_best_that_do_not_overlap(rows: int, count: int, seed: int) -> None:
    """By taking the best, then the best that overlaps none before, among large boxes."""
    index = _index(rows, 8, seed=seed)
    index.places["right"], index.places["top"] = (
        index.places["left"] + 30, index.places["bottom"] + 10,
    )  # fmt: skip
    query = np.random.default_rng(seed).normal(size=8)
    found = search.best_apart(index, query, search.scores_of(index, query), count)
    kept: list[int] = []
    for row in np.argsort(-_cosines(index, query), kind="stable").tolist():
        place = index.places[row]
        clash = [
            other for other in index.places[kept]
            if other["source"] == place["source"]
            and min(other["right"], place["right"]) - max(other["left"], place["left"]) > 3
            and min(other["top"], place["top"]) - max(other["bottom"], place["bottom"]) > 1
        ]  # fmt: skip
        if not clash:
            kept.append(row)
    assert found.rows.tolist() == kept[:count]


def test_neighbours_that_touch_are_apart(folder: Path) -> None:
    """At a step of half a patch every second one is left, also where degrees are not square."""
    found = _find(folder, Query(Examples(rows=(0,))), count=10**4, apart=True)
    at = [(hit.source, hit.row, hit.col) for hit in found.hits]
    for source, row, col in at:
        clash = [
            other for other in at
            if other[0] == source and abs(other[1] - row) < 2 and abs(other[2] - col) < 2
        ]  # fmt: skip
        # The last row and column begin earlier, and may overlap the one but last by more.
        assert clash == [(source, row, col)]
    assert len(at) > 20


@quick
@given(seed=st.integers(0, 10**6), weight=st.sampled_from([0.0, 0.25, 1.0]))
def test_the_score_is_like_the_good_less_like_the_bad(seed: int, weight: float) -> None:
    index = _index(200, 16, seed=seed)
    good, bad = (3, 50, 120), (7, 199)
    given_vector = np.random.default_rng(seed).normal(size=16) * 40
    query = Query(Examples(rows=good, vectors=(given_vector,)), Examples(rows=bad), weight=weight)
    found = search.scores_of(index, query.vector(index)).values
    likes = [_cosines(index, index.unit_vectors(np.array([row]))[0]) for row in (*good, *bad)]
    likes.insert(3, _cosines(index, given_vector / np.linalg.norm(given_vector)))
    expected = np.mean(likes[:4], axis=0) - weight * np.mean(likes[4:], axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@quick
@given(
    seed=st.integers(0, 10**6),
    extent=st.none() | st.tuples(*[st.integers(0, 50)] * 4),
    dates=st.none()
    | st.sampled_from([("2021", ""), ("2020-01-01", "2021-06-15"), ("2021-06", "2021-06")]),
    names=st.none() | st.sampled_from([("0.tif",), ("/made/1.tif", "2.tif")]),
    corners=st.none() | st.lists(st.tuples(*[st.integers(0, 50)] * 2), min_size=3, max_size=9),
)
def test_filters_hold_all_at_once(seed, extent, dates, names, corners) -> None:
    index = _index(400, 2, seed=seed)
    x, y = (index.places["left"] + 0.25), (index.places["bottom"] + 0.25)
    expected = np.ones(400, bool)
    if extent is not None:
        left, bottom, wide, tall = extent
        extent = (left, bottom, left + wide, bottom + tall)
        expected &= (x >= left) & (x <= left + wide) & (y >= bottom) & (y <= bottom + tall)
    if dates is not None:
        years = {"2021": (1, 2), "2020-01-01": (0, 1), "2021-06": (1,)}[dates[0]]
        expected &= np.isin(index.places["source"], years)
    if names is not None:
        expected &= np.isin(index.places["source"], (0,) if len(names) == 1 else (1, 2))
    polygons = None
    if corners is not None:
        ring = [*map(list, corners), list(corners[0])]
        if len({tuple(point) for point in ring}) < 3:
            return
        polygons = ({"type": "Polygon", "coordinates": [ring]},)
        expected &= [_crossings(px, py, corners) % 2 == 1 for px, py in zip(x, y)]
    filters = Filters(extent=extent, polygons=polygons, dates=dates, sources=names)
    if not expected.any():
        with pytest.raises(InputError, match="No patch of the index"):
            filters.wanted(index)
        return
    wanted = filters.wanted(index)
    np.testing.assert_array_equal(np.ones(400, bool) if wanted is None else wanted, expected)


def _crossings(x: float, y: float, corners: list[tuple[int, int]]) -> int:
    """How often a ray to the right crosses the ring."""
    count = 0
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]]):
        if (y0 > y) != (y1 > y):
            count += x < x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return count


def test_holes_are_left_out() -> None:
    outer, inner = [(0, 0), (60, 0), (60, 60), (0, 60)], [(20, 20), (20, 40), (40, 40), (40, 20)]
    shape = {
        "type": "Polygon",
        "coordinates": [[*ring, ring[0]] for ring in (outer, inner)],
    }
    rows, cols = np.mgrid[:70, :70]
    points = np.stack([cols.ravel() + 0.5, rows.ravel() + 0.5])
    found = in_polygon(points, [np.array(ring, float) for ring in shape["coordinates"]])
    np.testing.assert_array_equal(found.reshape(70, 70), rasterize([shape], (70, 70)) == 1)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return made.mean_colour(tmp_path_factory.mktemp("card"))


@pytest.fixture
def folder(tmp_path: Path, card: ModelCard) -> Path:
    """An index of two rasters, one of them in degrees and coarser."""
    write(tmp_path / "one.tif", patches(3, 150, 200, size=40))
    write(
        tmp_path / "two.tif", patches(3, 90, 100, size=30, seed=8), crs="EPSG:4326",
        transform=from_origin(16, 53, 2e-5, 2e-5),
    )  # fmt: skip
    embed(tmp_path / "index", card, tmp_path / "one.tif", tmp_path / "two.tif")
    return tmp_path / "index"


def _find(folder: Path, query: Query, **options) -> SimilarResult:
    names = ("message", "cancelled", "companions")
    calls = {key: options.pop(key) for key in names if key in options}
    options.setdefault("output", folder.parent / "hits.gpkg")
    return run_similar(SimilarJob(folder, query, **options), **calls)


def test_the_layer_tells_the_best_in_order(folder: Path) -> None:
    result = _find(folder, Query(Examples(rows=(5,))), count=20, thumbnails=True)
    index = Index.open(folder)
    expected = _cosines(index, index.unit_vectors(np.array([5]))[0])
    rows = features(folder.parent / "hits.gpkg")
    assert [row["rank"] for row in rows] == list(range(1, 21))
    assert rows[0]["vector"] == 5
    assert rows[0]["score"] == pytest.approx(1.0, abs=1e-6)
    found = [row["vector"] for row in rows]
    np.testing.assert_allclose(np.sort(expected)[::-1][:20], expected[found], atol=1e-7)
    np.testing.assert_allclose([hit.score for hit in result.hits], expected[found], atol=1e-7)
    assert result.compared == len(index.places)
    for row in rows:
        place = index.places[row["vector"]].tolist()
        np.testing.assert_allclose(row["box"], place[:4], atol=1e-12)
        assert row["source"] == index.info.sources[place[4]].file.path
        assert (row["row"], row["col"]) == place[5:7]


def test_a_thumbnail_shows_the_patch(folder: Path) -> None:
    _find(folder, Query(Examples(rows=(5,))), count=400, thumbnails=True)
    for row in features(folder.parent / "hits.gpkg")[::20]:
        name = Path(row["source"]).name
        with rasterio.open(row["source"]) as dataset:
            image = dataset.read()
        _, height, width = image.shape
        top = min(16 * row["row"], height - 32)
        left = min(16 * row["col"], width - 32)
        expected = image[:, top : top + 32, left : left + 32].mean((1, 2))
        blob = row["thumbnail"]
        data = bytes.fromhex(blob) if isinstance(blob, str) else bytes(blob)
        drawn = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert drawn.shape == (96, 96, 3)
        np.testing.assert_allclose(drawn.mean((0, 1)), expected, atol=4, err_msg=name)


def test_the_heat_of_a_raster_is_the_mean_of_its_patches(folder: Path, tmp_path: Path) -> None:
    example = np.array([3.0, -1.0, 0.5])
    _find(
        folder, Query(Examples(vectors=(example,))), output=None, heat=tmp_path / "heat.tif",
        heat_of="one.tif",
    )  # fmt: skip
    with rasterio.open(tmp_path / "one.tif") as dataset:
        image = dataset.read()
        bounds = dataset.bounds
    total, weight = np.zeros((150, 200)), np.zeros((150, 200))
    for (row, col), vector in mean_colours(image, tile=32, step=16).items():
        top, left = min(16 * row, 150 - 32), min(16 * col, 200 - 32)
        total[top : top + 32, left : left + 32] += vector @ example / np.linalg.norm(example)
        weight[top : top + 32, left : left + 32] += 1
    with rasterio.open(tmp_path / "heat.tif") as dataset:
        heat = dataset.read(1)
        assert dataset.dtypes == ("float32",)
        assert dataset.crs == CRS.from_user_input(UTM)
        assert (dataset.bounds.left, dataset.bounds.top) == (bounds.left, bounds.top)
        assert dataset.res == (16, 16)
    for row in range(10):
        for col in range(13):
            part = np.s_[16 * row : 16 * row + 16, 16 * col : 16 * col + 16]
            mean = total[part].sum() / weight[part].sum()
            assert heat[row, col] == pytest.approx(mean, abs=0.01)


def test_heat_is_nan_where_no_patch_is(tmp_path: Path, card: ModelCard) -> None:
    image = np.maximum(patches(3, 160, 160), 1)
    image[:, :, 90:] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    embed(tmp_path / "index", card, source)
    _find(tmp_path / "index", Query(Examples(rows=(0,))), output=None, heat=tmp_path / "heat.tif")
    with rasterio.open(tmp_path / "heat.tif") as dataset:
        heat = dataset.read(1)
    assert np.isfinite(heat[:, :7]).all()
    assert np.isnan(heat[:, 8:]).all()


def test_places_may_be_told_in_any_coordinates(folder: Path) -> None:
    left, top = CORNER
    x, y = left + 16 * 3 + 16, top - 16 * 2 - 16  # the middle of row 2, column 3
    lon, lat = (each[0] for each in transform(UTM, "EPSG:4326", [x], [y]))
    index = Index.open(folder)
    here = patch_at(index, lon, lat)
    assert index.places[here].tolist()[4:7] == (0, 2, 3)
    found = [
        _find(folder, Query(Examples(places=(place,)), crs=crs), count=9).hits
        for place, crs in (((lon, lat), None), ((x, y), CRS.from_user_input(UTM)))
    ]
    assert found[0] == found[1]
    assert found[0] == _find(folder, Query(Examples(rows=(here,))), count=9).hits
    extent = (left, top - 60, left + 60, top)
    part = _find(
        folder, Query(Examples(rows=(0,))), count=999,
        filters=Filters(extent=extent, crs=CRS.from_user_input(UTM)),
    )  # fmt: skip
    assert {(hit.row, hit.col) for hit in part.hits} == {(r, c) for r in range(3) for c in range(3)}


def test_a_picture_is_an_example(folder: Path, card: ModelCard, tmp_path: Path) -> None:
    with rasterio.open(tmp_path / "one.tif") as dataset:
        part = dataset.read(window=((32, 64), (48, 80)))
    picture = write(tmp_path / "part.png", part, driver="PNG", crs=None, transform=None)
    result = _find(folder, Query(Examples(pictures=(str(picture),))), count=5, card=card)
    assert result.hits[0].score == pytest.approx(1.0, abs=1e-3)
    index = Index.open(folder)
    [row] = [hit.vector for hit in result.hits if (hit.row, hit.col) == (2, 3)] or [None]
    assert row is None or index.places["source"][row] == 0
    for other in (None, replace(card, sha256="1" * 64)):
        with pytest.raises(CardError, match="needs the network") as told:
            _find(folder, Query(Examples(pictures=(str(picture),))), card=other)
        assert is_one_sentence(str(told.value))


def test_a_polygon_is_one_example_however_large(folder: Path) -> None:
    """The mean of the patches whose middle it holds; a small one is the patch around its inside."""
    index = Index.open(folder)
    west, south = index.middles.min(axis=1)
    east, north = index.middles.max(axis=1)
    ring = [(west, south), (east, south), (east, (south + north) / 2), (west, south)]
    shape = {"type": "Polygon", "coordinates": [ring]}
    inside = in_polygon(index.middles, [np.array(ring)])
    assert 3 < inside.sum() < len(inside)
    large = ExamplePolygon(shape, (west, south))
    mean = index.unit_vectors(np.flatnonzero(inside)).mean(axis=0)
    expected = mean / np.linalg.norm(mean)
    np.testing.assert_allclose(Query(Examples(polygons=(large,))).vector(index), expected)
    x, y = index.middles[:, 5] + 1e-9
    tiny = [(x, y), (x + 1e-9, y), (x, y + 1e-9), (x, y)]
    small = ExamplePolygon({"type": "Polygon", "coordinates": [tiny]}, (x, y))
    both = Query(Examples(polygons=(large, small))).vector(index)
    at = Query(Examples(places=((x, y),))).vector(index)
    np.testing.assert_allclose(both, (expected + at) / 2)
    line = ExamplePolygon({"type": "LineString", "coordinates": ring}, (x, y))
    with pytest.raises(InputError, match="other than polygons"):
        Query(Examples(polygons=(line,))).vector(index)


def test_photographs_are_searched_by_their_own_coordinates(tmp_path: Path, card) -> None:
    photo = MAKERS["no_crs"](tmp_path / "photo.tif")
    embed(tmp_path / "index", card, photo)
    result = _find(
        tmp_path / "index", Query(Examples(places=((40.0, -30.0),))), count=3,
        heat=tmp_path / "heat.tif",
    )  # fmt: skip
    assert result.hits[0].score == pytest.approx(1.0, abs=1e-6)
    with pytest.raises(InputError, match="nowhere on the ground") as told:
        query = Query(Examples(places=((1, 2),)), crs=CRS.from_user_input(UTM))
        _find(tmp_path / "index", query)
    assert is_one_sentence(str(told.value))


def test_bad_questions_are_told(folder: Path, tmp_path: Path, card: ModelCard) -> None:
    here = Query(Examples(rows=(0,)))
    out = tmp_path / "bad.gpkg"
    polygon = {"type": "Point", "coordinates": [1, 2]}
    utm = CRS.from_user_input(UTM)
    write(tmp_path / "black.tif", np.zeros((3, 9, 9), np.uint8), nodata=0)
    for query, options, says in (
        (Query(Examples()), {}, "no example"),
        (Query(Examples(rows=(10**9,))), {}, "no number 1000000000"),
        (Query(Examples(rows=(-1,))), {}, "no number -1"),
        (Query(Examples(places=((0.0, 0.0),))), {}, "No patch of the index"),
        (Query(Examples(places=((np.nan, 0.0),))), {}, "No patch of the index"),
        (Query(Examples(places=((1e30, 0.0),)), crs=utm), {}, "place|No patch"),
        (Query(Examples(vectors=((1.0, 2.0),))), {}, "3 finite numbers"),
        (Query(Examples(vectors=((1.0, np.inf, 2.0),))), {}, "3 finite numbers"),
        (Query(Examples(vectors=((0.0, 0.0, 0.0),))), {}, "cancel each other"),
        (Query(Examples(rows=(0,)), Examples(rows=(0,)), weight=1.0), {}, "cancel each other"),
        (Query(Examples(rows=(0,)), weight=-1.0), {}, "0 or more"),
        (Query(Examples(pictures=(str(tmp_path / "black.tif"),))), {"card": card}, "no valid pix"),
        (here, {"count": 0}, "At least one patch"),
        (here, {"output": None}, "Nothing is to be written"),
        (here, {"heat": tmp_path / "h.tif"}, "holds 2 rasters"),
        (here, {"heat": tmp_path / "h.tif", "heat_of": "three.tif"}, "no raster is called"),
        (here, {"heat": out}, "named twice"),
        (here, {"filters": Filters(extent=(5, 5, 1, 1))}, "widen the extent"),
        (here, {"filters": Filters(dates=("1900", "1901"))}, "widen the extent"),
        (here, {"filters": Filters(sources=("three.tif",))}, "no raster is called"),
        (here, {"filters": Filters(polygons=(polygon,))}, "other than polygons"),
        (here, {"output": tmp_path / "no" / "such.gpkg"}, "create it first"),
    ):
        with pytest.raises(GeoSiftError, match=says) as told:
            _find(folder, query, **{"output": out, **options})
        assert is_one_sentence(str(told.value)), str(told.value)
        assert not out.exists()
        assert not (tmp_path / "h.tif").exists()


def test_a_raster_that_is_gone_is_told_and_the_rest_is_found(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "two.tif").unlink()
    result = _find(folder, Query(Examples(rows=(0,))), count=999, thumbnails=True)
    assert len(result.warnings) == 1
    assert "two.tif" in result.warnings[0]
    rows = features(tmp_path / "hits.gpkg")
    shown = {(Path(row["source"]).name, row["thumbnail"] is not None) for row in rows}
    assert shown == {("one.tif", True), ("two.tif", False)}
    with pytest.raises(InputError, match="embed it again"):
        _find(folder, Query(Examples(rows=(0,))), heat=tmp_path / "h.tif", heat_of="two.tif")
    write(tmp_path / "one.tif", noise(3, 150, 200))
    with pytest.raises(InputError, match="embed it again"):
        _find(folder, Query(Examples(rows=(0,))), heat=tmp_path / "h.tif", heat_of="one.tif")


def test_a_cancelled_search_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(Cancelled):
        _find(
            folder, Query(Examples(rows=(0,))), heat=tmp_path / "heat.tif", heat_of="one.tif",
            cancelled=lambda: True,
        )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == before


class _Companion:
    """A file of the caller's that looks at the layer, and may fail."""

    def __init__(self, *, fails: bool = False) -> None:
        self.rows, self.ended, self._fails = 0, "", fails

    def make(self, result: SimilarResult, polygons: Path | None) -> None:
        if self._fails:
            raise InputError("It cannot be made; give up.")
        self.rows = 0 if polygons is None else len(features(polygons))

    def commit(self) -> None:
        self.ended = "commit"

    def discard(self) -> None:
        self.ended = self.ended or "discard"


def test_companions_are_made_of_the_layer_and_fall_with_it(folder: Path, tmp_path: Path) -> None:
    """All files get their names together, or none does."""
    query = Query(Examples(rows=(0,)))
    good, bad = _Companion(), _Companion(fails=True)
    _find(folder, query, count=7, companions=(good,))
    assert (good.rows, good.ended) == (7, "commit")
    (tmp_path / "hits.gpkg").unlink()
    with pytest.raises(InputError, match="cannot be made"):
        _find(folder, query, heat=tmp_path / "heat.tif", heat_of="one.tif", companions=(good, bad))
    assert bad.ended == "discard"
    assert not list(tmp_path.glob("*heat*")) + list(tmp_path.glob("*hits*"))
