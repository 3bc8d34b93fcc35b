# SPDX-License-Identifier: GPL-2.0-or-later
"""Every patch of rasters with its vector, against numpy; what is skipped, renewed, refused."""

from __future__ import annotations

import os
from pathlib import Path

import exported_networks as made
import networks
import numpy as np
import pytest
import rasterio
from embedded import content, embed, features, mean_colours, starts, unit_vectors
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from made_rasters import CORNER, MAKERS, hole, noise, patches, write
from rasterio.transform import from_origin
from rasterio.warp import transform
from running import is_one_sentence

from geosift.inference.classification import cell_plan
from geosift.inference.embedding.index import Index
from geosift.inference.embedding.job import EmbedJob
from geosift.inference.errors import CardError, GeoSiftError, InputError

_LOSS = 0.5 / 127 * np.sqrt(3)
"""How far a unit vector of three values may move in eight bits."""


@thorough
@given(
    size=st.tuples(st.integers(1, 110), st.integers(1, 150)),
    step=st.sampled_from([5, 16, 24, 32]),
    rank=st.sampled_from([2, 4]),
    batch=st.sampled_from([None, 4]),
    block=st.sampled_from([32, 64, 8192]),
)
def test_every_patch_has_its_vector(
    tmp_path_factory: pytest.TempPathFactory, size, step, rank, batch, block
) -> None:
    """At any step and size, in column blocks of any width, each once."""
    folder = tmp_path_factory.mktemp("case")
    card = made.mean_colour(folder, rank=rank, batch=batch)
    image = np.maximum(patches(3, *size, size=9), 1)
    source = write(folder / "in.tif", image)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_plan, "BLOCK_WIDTH", block)
        result = embed(folder / "index", card, source, step=step)
    expected = mean_colours(image, tile=32, step=step)
    found = unit_vectors(folder / "index")
    assert {key[1:] for key in found} == set(expected)
    assert result.added == result.rows == len(expected)
    for (_, row, col), vector in found.items():
        np.testing.assert_allclose(vector, expected[row, col], atol=_LOSS)


def test_a_network_of_features_answers_with_its_embedding(tmp_path: Path) -> None:
    """Not with its dense map, which stands first in the file; 16-bit rasters are stretched."""
    image = np.maximum(patches(3, 90, 130, size=30), 1)
    source = write(tmp_path / "in.tif", image)
    card = made.features(tmp_path)
    embed(tmp_path / "index", card, source)
    expected = mean_colours(image, tile=32, step=16)
    found = unit_vectors(tmp_path / "index")
    assert len(found) == len(expected)
    for (_, row, col), vector in found.items():
        np.testing.assert_allclose(vector, expected[row, col], atol=_LOSS)
    deep = write(tmp_path / "deep.tif", (image.astype(np.uint16) * 40))
    assert embed(tmp_path / "index", card, deep).added == len(expected)


def test_a_patch_lies_where_it_was_seen(tmp_path: Path) -> None:
    """The box around its corners in degrees; and the layer is one that GDAL opens."""
    source = write(tmp_path / "in.tif", patches(3, 80, 100))
    embed(tmp_path / "index", made.mean_colour(tmp_path), source, step=32)
    for (_, row, col), (_, box) in content(tmp_path / "index").items():
        top = starts(80, tile=32, step=32)[row]
        left = starts(100, tile=32, step=32)[col]
        xs = [CORNER[0] + left, CORNER[0] + left + 32] * 2
        ys = [CORNER[1] - top, CORNER[1] - top, CORNER[1] - top - 32, CORNER[1] - top - 32]
        lon, lat = transform("EPSG:32633", "EPSG:4326", xs, ys)
        np.testing.assert_allclose(box, (min(lon), min(lat), max(lon), max(lat)), atol=1e-9)
    rows = features(tmp_path / "index/patches.gpkg")
    places = Index.open(tmp_path / "index").places.tolist()
    assert [row["fid"] for row in rows] == [row["vector"] + 1 for row in rows]
    assert {(row["source"], row["model"]) for row in rows} == {(str(source), "exported")}
    for row, place in zip(rows, places):
        np.testing.assert_allclose(row["box"], place[:4], atol=1e-12)
        assert (row["row"], row["col"]) == place[5:7]
    left, bottom, right, top = places[0][:4]
    near = features(tmp_path / "index/patches.gpkg", within=(left, bottom, right, top))
    assert 0 < len(near) < len(rows)


def test_the_network_sees_its_own_resolution(tmp_path: Path) -> None:
    """A raster of half the pixel size has as many patches, and they are alike."""
    image = patches(3, 96, 128, size=32)
    coarse = write(tmp_path / "coarse.tif", image)
    fine = write(
        tmp_path / "fine.tif", image.repeat(2, 1).repeat(2, 2),
        transform=from_origin(*CORNER, 0.5, 0.5),
    )  # fmt: skip
    card = made.mean_colour(tmp_path, resolution_m=1.0)
    embed(tmp_path / "index", card, coarse, fine)
    found = unit_vectors(tmp_path / "index")
    for (name, row, col), vector in found.items():
        if name == "coarse.tif":
            np.testing.assert_allclose(found["fine.tif", row, col], vector, atol=3 * _LOSS)


def test_rasters_of_several_systems_lie_in_one_layer(tmp_path: Path) -> None:
    far = write(
        tmp_path / "far.tif", patches(3, 70, 70), crs="EPSG:32718",
        transform=from_origin(400_000, 8_000_000, 2, 2),
    )  # fmt: skip
    degrees = MAKERS["geographic"](tmp_path / "degrees.tif")
    near = write(tmp_path / "near.tif", patches(3, 60, 90))
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, far, degrees, near)
    for (name, _, _), (_, box) in content(tmp_path / "index").items():
        assert (box[0] < 0) == (name == "far.tif")
    assert Index.open(tmp_path / "index").making.crs == "EPSG:4326"


def test_gaps_are_skipped_and_parts_are_parts_of_the_whole(tmp_path: Path) -> None:
    image = np.maximum(patches(3, 150, 160), 1)
    valid = hole(150, 160)
    valid[:, 100:] = False
    image[:, ~valid] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "whole", card, source)
    whole = content(tmp_path / "whole")
    places = {
        (row, col): (top, left)
        for row, top in enumerate(starts(150, tile=32, step=16))
        for col, left in enumerate(starts(160, tile=32, step=16))
    }
    seen = {
        key for key, (top, left) in places.items() if valid[top : top + 32, left : left + 32].any()
    }
    assert {key[1:] for key in whole} == seen
    left, top = CORNER
    extent = (left + 20, top - 90, left + 75, top - 30)
    embed(tmp_path / "extent", card, source, extent=extent)
    inside = {
        key for key, (row, col) in places.items()
        if 30 <= row + 16 < 90 and 20 <= col + 16 < 75 and key in seen
    }  # fmt: skip
    part = content(tmp_path / "extent")
    assert {key[1:] for key in part} == inside
    assert part.items() <= whole.items()
    corners = [(20, -30), (75, -30), (20, -90), (20, -30)]
    ring = [(left + x, top + y) for x, y in corners]
    embed(tmp_path / "mask", card, source, mask=({"type": "Polygon", "coordinates": [ring]},))
    masked = content(tmp_path / "mask")
    assert masked.items() < part.items()
    for _, row, col in part:
        x, y = places[row, col][1] + 16.5, places[row, col][0] + 16.5
        depth = (75 - 20) * (1 - (y - 30) / 60) - (x - 20)
        if abs(depth) > 2:
            assert (("in.tif", row, col) in masked) == (depth > 0)


def test_photographs_lie_nowhere_and_do_not_mix(tmp_path: Path) -> None:
    photo = MAKERS["no_crs"](tmp_path / "photo.tif")
    placed = write(tmp_path / "placed.tif", patches(3, 60, 70))
    card = made.mean_colour(tmp_path)
    result = embed(tmp_path / "index", card, photo)
    assert any("does not say where it lies" in text for text in result.warnings)
    index = Index.open(tmp_path / "index")
    assert index.crs is None
    assert index.places["top"].max() == 0.0  # drawn below the origin, as QGIS does
    before = content(tmp_path / "index")
    with pytest.raises(InputError, match="index of its own") as told:
        embed(tmp_path / "index", card, placed)
    assert is_one_sentence(str(told.value))
    assert content(tmp_path / "index") == before


def test_a_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    card = made.mean_colour(tmp_path)
    first = embed(tmp_path / "index", card, source)
    again = embed(tmp_path / "index", card, source, source)
    assert (again.added, again.rows, again.skipped) == (0, first.rows, (str(source),))
    os.utime(source, (1, 1))
    touched = embed(tmp_path / "index", card, source)
    assert touched.skipped == (str(source),)
    assert not touched.warnings


def test_a_changed_raster_is_noticed_and_renewed(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    other = write(tmp_path / "other.tif", patches(3, 50, 90, seed=9))
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, source, other)
    before = content(tmp_path / "index")
    changed = patches(3, 60, 70, seed=5)
    write(source, changed)
    os.utime(source, (5, 5))
    told = embed(tmp_path / "index", card, source, other)
    assert told.changed == (str(source),)
    assert "has changed" in told.warnings[0]
    assert is_one_sentence(told.warnings[0])
    assert content(tmp_path / "index") == before
    embed(tmp_path / "index", card, source, other, renew=True)
    now = content(tmp_path / "index")
    embed(tmp_path / "afresh", card, source, other)
    assert now == content(tmp_path / "afresh")
    assert now != before


def test_another_part_of_a_raster_is_told(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 100, 120))
    card = made.mean_colour(tmp_path)
    left, top = CORNER
    embed(tmp_path / "index", card, source, extent=(left, top - 50, left + 60, top))
    told = embed(tmp_path / "index", card, source)
    assert "another part" in told.warnings[0]
    renewed = embed(tmp_path / "index", card, source, renew=True)
    assert renewed.rows == len(mean_colours(np.ones((3, 100, 120)), tile=32, step=16))


def test_rasters_are_dropped(tmp_path: Path) -> None:
    card = made.mean_colour(tmp_path)
    sources = [
        write(tmp_path / f"{seed}.tif", patches(3, 60, 50 + 10 * seed, seed=seed))
        for seed in range(3)
    ]
    embed(tmp_path / "index", card, *sources)
    whole = content(tmp_path / "index")
    for gone in (sources[1], sources[0], sources[2]):
        told = embed(tmp_path / "index", card, drop=(str(gone),))
        whole = {key: value for key, value in whole.items() if key[0] != gone.name}
        assert content(tmp_path / "index") == whole
        assert told.rows == len(whole)
        assert len(features(tmp_path / "index/patches.gpkg")) == len(whole)
    assert "not in the index" in embed(tmp_path / "index", card, drop=("no.tif",)).warnings[0]
    embed(tmp_path / "index", card, sources[0])
    assert len(content(tmp_path / "index")) > 0


@pytest.mark.parametrize(
    ("tags", "date", "who"),
    [
        ({"TIFFTAG_DATETIME": "2021:07:05 10:11:12"}, "2021-07-05T10:11:12.000Z", "metadata"),
        ({"ACQUISITIONDATETIME": "2019-02-03T04:05:06Z"}, "2019-02-03T04:05:06.000Z", "metadata"),
        ({"TIFFTAG_DATETIME": "0000:00:00 00:00:00"}, "2001-09-09T01:46:40.000Z", "file"),
        ({}, "2001-09-09T01:46:40.000Z", "file"),
    ],
)
def test_the_date_is_the_rasters_own_or_the_files(tags, date, who, tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 40, 50))
    with rasterio.open(source, "r+") as dataset:
        dataset.update_tags(**tags)
    os.utime(source, (1_000_000_000, 1_000_000_000))
    embed(tmp_path / "index", made.mean_colour(tmp_path), source)
    [known] = Index.open(tmp_path / "index").info.sources
    assert (known.date, known.date_from) == (date, who)


def test_another_making_is_refused_in_one_sentence(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    more = write(tmp_path / "more.tif", noise(3, 60, 70))
    card = made.mean_colour(tmp_path)
    embed(tmp_path / "index", card, source)
    before = content(tmp_path / "index")
    four = made.mean_colour(tmp_path, channels=4, name="four")
    for options, says in (
        ({"step": 7}, "another step"),
        ({"resolution": 2.0}, "another metres per pixel"),
        ({"bands": (3, 2, 1)}, "another bands"),
    ):
        with pytest.raises(InputError, match=says) as told:
            embed(tmp_path / "index", card, more, **options)
        assert is_one_sentence(str(told.value))
    with pytest.raises(InputError, match="another model"):
        embed(tmp_path / "index", four, more, bands=(1, 2, 3, 3))
    assert content(tmp_path / "index") == before


def test_what_cannot_be_embedded_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    empty = write(tmp_path / "empty.tif", np.zeros((3, 50, 60), np.uint8), nodata=0)
    short = tmp_path / "short.tif"
    short.write_bytes(source.read_bytes()[:900])
    card = made.mean_colour(tmp_path)
    strange = tmp_path / "strange"
    strange.mkdir()
    (strange / "letter.txt").write_text("mine")
    for rasters, options, says in (
        ((), {}, "Nothing is to be done"),
        ((source,), {"step": 33}, "1 to 32 pixels"),
        ((source,), {"step": 0}, "1 to 32 pixels"),
        ((tmp_path / "no.tif",), {}, "cannot be opened"),
        ((short,), {}, "short.tif"),
        ((empty,), {}, "no valid pixel"),
        ((source,), {"bands": (1, 2)}, "3 bands"),
        ((source,), {"extent": (0, 0, 1, 1)}, "does not meet the raster"),
    ):
        with pytest.raises(GeoSiftError, match=says) as told:
            embed(tmp_path / "index", card, *rasters, **options)
        assert is_one_sentence(str(told.value))
    with pytest.raises(InputError, match="other files"):
        embed(strange, card, source)
    with pytest.raises(InputError, match="is a file"):
        embed(source, card, source)
    with pytest.raises(CardError, match="made for segmentation"):
        EmbedJob((str(source),), networks.identity(tmp_path), tmp_path / "index")


def test_what_fails_does_not_stop_the_rest(tmp_path: Path) -> None:
    """Or a night's run would end at the same raster every night."""
    good = [write(tmp_path / f"{name}.tif", patches(3, 60, 70)) for name in "ab"]
    empty = write(tmp_path / "empty.tif", np.zeros((3, 50, 60), np.uint8), nodata=0)
    elsewhere = write(tmp_path / "photo.tif", patches(3, 50, 60), crs=None, transform=None)
    card, warned = made.mean_colour(tmp_path), []
    missing = tmp_path / "no.tif"
    rasters = (missing, good[0], empty, elsewhere, good[1])
    result = embed(tmp_path / "index", card, *rasters, message=warned.append)
    assert [Path(each).name for each in result.done] == ["a.tif", "b.tif"]
    assert [Path(each).name for each in result.failed] == ["no.tif", "empty.tif", "photo.tif"]
    assert {key[0] for key in content(tmp_path / "index")} == {"a.tif", "b.tif"}
    assert all(is_one_sentence(each) for each in warned)
    assert sum("left out" in each for each in warned) == 3
    again = embed(tmp_path / "index", card, *rasters)
    assert (len(again.skipped), len(again.failed), again.added) == (2, 3, 0)
    with pytest.raises(InputError, match="None of 2 rasters"):
        embed(tmp_path / "other", card, missing, empty)


def test_what_nobody_says_is_as_it_was(tmp_path: Path) -> None:
    """Of an index that is there: step, resolution and bands."""
    one, two = (write(tmp_path / f"{name}.tif", patches(4, 90, 130)) for name in "ab")
    card, folder = made.mean_colour(tmp_path), tmp_path / "index"
    embed(folder, card, one, step=10, resolution=2.0, bands=(4, 2, 1))
    first = Index.open(folder).making
    embed(folder, card, two)
    index = Index.open(folder)
    assert index.making == first
    assert [each.bands for each in index.info.sources] == [(4, 2, 1)] * 2
    found = {key[1:]: vector for key, vector in content(folder).items() if key[0] == "a.tif"}
    assert {vector for vector, _ in found.values()} == {
        vector for key, (vector, _) in content(folder).items() if key[0] == "b.tif"
    }
    with pytest.raises(InputError, match="another metres per pixel"):
        embed(folder, card, two, resolution=3.0)
