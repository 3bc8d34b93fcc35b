# SPDX-License-Identifier: GPL-2.0-or-later
"""Asking an open index again and again: while it grows, is cut, is made anew, from any thread."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
import rasterio
from embedded import embed, mean_colours
from made_rasters import CORNER, UTM, noise, patches, write
from rasterio.crs import CRS
from rasterio.warp import transform
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding import example_network
from geosift.inference.embedding.examples import Examples
from geosift.inference.embedding.filters import Filters
from geosift.inference.embedding.finder import Finder
from geosift.inference.embedding.query import Query
from geosift.inference.embedding.similar import SimilarJob, run_similar
from geosift.inference.errors import Cancelled, InputError

CRS_UTM = CRS.from_user_input(UTM)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return made.mean_colour(tmp_path_factory.mktemp("card"))


@pytest.fixture
def folder(tmp_path: Path, card: ModelCard) -> Path:
    write(tmp_path / "one.tif", patches(3, 150, 200, size=40))
    embed(tmp_path / "index", card, tmp_path / "one.tif")
    return tmp_path / "index"


@pytest.fixture
def finder(folder: Path, card: ModelCard) -> Iterator[Finder]:
    opened = Finder.open(folder, card=card)
    yield opened
    opened.close()


def _at(row: float, col: float) -> tuple[float, float]:
    """A pixel corner of the raster on the map."""
    return CORNER[0] + col, CORNER[1] - row


def _second(folder: Path) -> Path:
    """A raster of one green, to the east of the first."""
    image = np.zeros((3, 60, 70), np.uint8)
    image[1] = 200
    corner = rasterio.transform.from_origin(CORNER[0] + 500, CORNER[1], 1, 1)
    return write(folder.parent / "two.tif", image, transform=corner)


def test_it_finds_what_a_run_finds(finder: Finder, folder: Path, tmp_path: Path) -> None:
    query = Query(Examples(rows=(5, 9)), Examples(rows=(40,)))
    for filters in (Filters(), Filters(extent=(*_at(150, 0), *_at(0, 120)), crs=CRS_UTM)):
        for apart in (True, False):
            found = finder.find(query, filters, count=12, apart=apart)
            job = SimilarJob(
                folder, query, tmp_path / "hits.gpkg", filters=filters, count=12, apart=apart
            )
            run = run_similar(job)
            assert found.hits == run.hits
            assert found.compared == run.compared
            assert found.rows == finder.index.info.rows
            assert found.notes == ()


def test_hits_have_their_corners_on_the_map(finder: Finder) -> None:
    found = finder.find(Query(Examples(rows=(0,)), crs=CRS_UTM), count=400, apart=False)
    assert len(found.hits) == found.rows
    for hit in found.hits:
        top, left = min(16 * hit.row, 150 - 32), min(16 * hit.col, 200 - 32)
        ring = [_at(top + a, left + b) for a, b in ((0, 0), (0, 32), (32, 32), (32, 0), (0, 0))]
        np.testing.assert_allclose(hit.corners, ring, atol=1e-6)
        assert hit.date


def test_what_was_asked_before_is_not_asked_again(
    finder: Finder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, real = [], example_network.vectors_of

    def counted(engine, images):
        asked.append(len(images))
        return real(engine, images)

    monkeypatch.setattr(example_network, "vectors_of", counted)
    places = (_at(50, 60), _at(70, 90))
    finder.find(Query(Examples(places=places), crs=CRS_UTM))
    assert asked == [1, 1]
    more = Examples(places=(*places, _at(100, 20)))
    first = finder.find(Query(more, crs=CRS_UTM))
    assert asked == [1, 1, 1]
    assert finder.find(Query(more, crs=CRS_UTM)).hits == first.hits
    finder.find(Query(Examples(places=places[1:]), crs=CRS_UTM))
    assert asked == [1, 1, 1]


def test_an_index_that_grows_or_shrinks_is_noticed(
    finder: Finder, folder: Path, card: ModelCard
) -> None:
    everything = Query(Examples(vectors=((0.0, 1.0, 0.0),)))
    before = finder.find(everything, count=500, apart=False)
    assert not finder.refresh()
    embed(folder, card, _second(folder))
    after = finder.find(everything, count=500, apart=False)
    assert after.rows > before.rows
    assert Path(after.hits[0].source).name == "two.tif"
    example = Query(Examples(patches=(after.hits[0].patch,)))
    assert finder.find(example).hits[0].score == pytest.approx(1, abs=1e-6)
    embed(folder, card, drop=(str(folder.parent / "one.tif"),))
    assert finder.refresh()
    assert finder.index.info.rows == after.rows - before.rows
    [*_, last] = finder.find(example, count=500, apart=False).hits
    assert last.score == pytest.approx(1, abs=1e-3)  # all of it is of one colour
    with pytest.raises(InputError, match="no raster is") as told:
        finder.find(Query(Examples(patches=(before.hits[0].patch,))))
    assert is_one_sentence(str(told.value))
    with pytest.raises(InputError, match="holds no patch in row 99") as told:
        finder.find(Query(Examples(patches=((example.positive.patches[0][0], 99, 0),))))
    assert is_one_sentence(str(told.value))


def test_an_index_made_anew_with_another_network_is_noticed(
    finder: Finder, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(folder)
    with pytest.raises(InputError, match="is no index"):
        finder.find(Query(Examples(rows=(0,))))
    closed: list[bool] = []
    network = finder._network
    monkeypatch.setattr(network, "close", lambda: closed.append(True))
    other = made.features(tmp_path)
    embed(folder, other, tmp_path / "one.tif")
    [*_, note] = finder.find(Query(Examples(places=(_at(50, 60),)), crs=CRS_UTM)).notes
    assert "nearest patch" in note
    assert closed and finder._network is None, "the rasters of the old network stay open"


def test_it_can_be_closed_and_asked_again(finder: Finder) -> None:
    query = Query(Examples(places=(_at(50, 60),)), crs=CRS_UTM)
    first = finder.find(query)
    finder.close()
    finder.close()
    assert finder.find(query).hits == first.hits
    finder.close()
    assert finder.thumbnail(first.hits[0]).any()


def test_threads_ask_while_the_index_changes(finder: Finder, folder: Path, card: ModelCard) -> None:
    """Answers are always whole, of one edition or the other."""
    second, stop = _second(folder), threading.Event()
    rows = {finder.index.info.rows}
    found, troubles = [], []

    def ask() -> None:
        while not stop.is_set():
            try:
                answer = finder.find(Query(Examples(places=(_at(50, 60),)), crs=CRS_UTM), count=9)
                picture = finder.thumbnail(answer.hits[-1])
                found.append((answer.rows, round(answer.hits[0].score, 4), picture.shape))
            except Exception as error:  # noqa: BLE001 - told below
                troubles.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        rows.add(embed(folder, card, second).rows)
        embed(folder, card, drop=(str(second),))
    stop.set()
    for thread in threads:
        thread.join(30)
    assert not troubles
    assert {each[0] for each in found} <= rows
    assert len({each[1:] for each in found}) == 1


def test_a_thumbnail_shows_its_patch(finder: Finder, folder: Path) -> None:
    [hit] = finder.find(Query(Examples(rows=(20,))), count=1).hits
    with rasterio.open(folder.parent / "one.tif") as dataset:
        image = dataset.read()
    top, left = 16 * hit.row, 16 * hit.col
    part = image[:, top : top + 32, left : left + 32]
    same = finder.thumbnail(hit, side=32)
    np.testing.assert_array_equal(same, part.transpose(1, 2, 0))
    assert finder.thumbnail(hit.patch).shape == (96, 96, 3)
    finder.close()
    write(folder.parent / "one.tif", noise(3, 150, 200))
    with pytest.raises(InputError, match="embed it again"):
        finder.thumbnail(hit)


def test_a_search_is_cancelled(finder: Finder) -> None:
    query = Query(Examples(rows=(0,)))
    for calls in (0, 1):
        left = iter(range(calls, -1, -1))
        with pytest.raises(Cancelled):
            finder.find(query, cancelled=lambda left=left: next(left) == 0)
    assert finder.find(query).hits


def _like(image: np.ndarray, top: int, left: int) -> np.ndarray:
    """The cosine of every patch with the mean colour of one anywhere."""
    mean = image[:, top : top + 32, left : left + 32].mean((1, 2), dtype=np.float64)
    all_of_them = mean_colours(image, tile=32, step=16)
    return {key: vector @ mean / np.linalg.norm(mean) for key, vector in all_of_them.items()}


@pytest.mark.parametrize(
    ("place", "corner"),
    [((48, 64), (32, 48)), ((57, 71), (41, 55)), ((3, 199), (0, 168)), ((149.5, 0.5), (118, 0))],
)
def test_a_place_is_the_patch_around_it(place, corner, finder: Finder, folder: Path) -> None:
    """Where none of the index lies, too; at the edges it is moved inside."""
    with rasterio.open(folder.parent / "one.tif") as dataset:
        expected = _like(dataset.read(), *corner)
    for crs, (x, y) in (
        (CRS_UTM, _at(*place)),
        (None, [each[0] for each in transform(UTM, "EPSG:4326", *([v] for v in _at(*place)))]),
    ):
        found = finder.find(Query(Examples(places=((x, y),)), crs=crs), count=999, apart=False)
        assert found.notes == ()
        scores = {(hit.row, hit.col): hit.score for hit in found.hits}
        assert scores.keys() == expected.keys()
        for key, score in scores.items():
            assert score == pytest.approx(expected[key], abs=0.01)


def test_a_rectangle_is_what_is_inside_it(finder: Finder, folder: Path, tmp_path: Path) -> None:
    """Small or large, narrow or over the edge: its mean colour, and of nothing beside it."""
    with rasterio.open(folder.parent / "one.tif") as dataset:
        image = dataset.read()
    for top, left, bottom, right in (
        (10, 20, 26, 30), (40, 60, 41, 61), (0, 0, 32, 96), (60, 80, 124, 176), (-40, 150, 64, 260)
    ):  # fmt: skip
        box = (*_at(bottom, left), *_at(top, right))
        found = finder.find(Query(Examples(areas=(box,)), crs=CRS_UTM), count=999, apart=False)
        part = image[:, max(top, 0) : bottom, left : min(right, 200)]
        assert [is_one_sentence(note) for note in found.notes] == [True] * (
            min(part.shape[1:]) < 16
        )
        sides = part.shape[1] // 32 or 1, part.shape[2] // 32 or 1
        pieces = [
            piece.mean((1, 2), dtype=np.float64)
            for rows in np.array_split(part, sides[0], axis=1)
            for piece in np.array_split(rows, sides[1], axis=2)
        ]
        mean = np.mean([piece / np.linalg.norm(piece) for piece in pieces], axis=0)
        mean /= np.linalg.norm(mean)
        every = mean_colours(image, tile=32, step=16)
        for hit in found.hits:
            assert hit.score == pytest.approx(every[hit.row, hit.col] @ mean, abs=0.03)
    away = (*_at(900, 900), *_at(800, 990))
    with pytest.raises(InputError, match="No patch of the index"):
        finder.find(Query(Examples(areas=(away,)), crs=CRS_UTM))


def test_without_network_or_raster_the_nearest_patch_is_taken_and_told(
    folder: Path, card: ModelCard, tmp_path: Path
) -> None:
    query = Query(Examples(places=(_at(57, 71), _at(20, 20))), crs=CRS_UTM)
    nearest = Query(Examples(patches=tuple(
        (str(tmp_path / "one.tif"), *at) for at in ((3, 3), (0, 0))
    )))  # fmt: skip
    bare = Finder.open(folder)
    for find in (bare, Finder.open(folder, card=made.mean_colour(tmp_path, name="b", channels=4))):
        found = find.find(query)
        assert found.hits == find.find(nearest).hits
        assert any("nearest patch" in note for note in found.notes)
        assert all(map(is_one_sentence, found.notes))
        again = find.find(query)
        assert (again.hits, again.notes) == (found.hits, found.notes)
    os.utime(tmp_path / "one.tif", (1, 1))
    touched = Finder.open(folder, card=card)
    assert touched.find(query).notes == ()
    write(tmp_path / "one.tif", noise(3, 150, 200))
    [note] = Finder.open(folder, card=card).find(query).notes
    assert "not as it was" in note
    assert is_one_sentence(note)
    area = Query(Examples(areas=((*_at(60, 40), *_at(40, 60)),)), crs=CRS_UTM)
    [note] = bare.find(area).notes
    assert is_one_sentence(note)
    told: list[str] = []
    run_similar(SimilarJob(folder, query, tmp_path / "a.gpkg", card=card), message=told.append)
    assert told == [each for each in told if "nearest patch" in each] != []
