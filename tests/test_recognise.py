# SPDX-License-Identifier: GPL-2.0-or-later
"""How much each place is like an example: cosines of tiles, blended, against numpy."""

from __future__ import annotations

from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
import rasterio
from exported_oracles import blended, starts
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from made_rasters import hole, noise, patches, write

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, InputError
from geosift.inference.recognition.likeness import cosines
from geosift.inference.recognition.run import RecogniseJob, run_recognise
from geosift.inference.surface.job import SurfaceResult


def _run(source: Path, card: ModelCard, output: Path, **options) -> SurfaceResult:
    calls = {key: options.pop(key) for key in ("progress", "cancelled") if key in options}
    job = RecogniseJob(source=str(source), card=card, output=output, **options)
    return run_recognise(job, **calls)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def _expected(card: ModelCard, image: np.ndarray, example: np.ndarray, *, halo: int) -> np.ndarray:
    """Every tile painted with its cosine, blended; tiles at the edge are mirrored."""
    tile, (_, height, width) = card.tile, image.shape
    below, right = max(tile - height, 0), max(tile - width, 0)
    wide = np.pad(image, ((0, 0), (0, below), (0, right)), mode="symmetric").astype(float)
    tiles = {
        (top, left): _cosine(wide[:, top : top + tile, left : left + tile].mean((1, 2)), example)
        for top in starts(height, tile=tile, halo=halo)
        for left in starts(width, tile=tile, halo=halo)
    }
    scale = halo / card.blend.halo
    ring = int(card.blend.ring * scale)
    fade = min(int(card.blend.fade * scale), 2 * (halo - ring))
    return blended(tiles, (height, width), tile=tile, ring=ring, fade=fade)


@thorough
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 90)),
    halo=st.sampled_from([0, 4, 8, 12]),
    rank=st.sampled_from([2, 4]),
    batch=st.sampled_from([None, 4]),
)
def test_each_place_has_the_cosine_of_its_tiles(
    tmp_path_factory: pytest.TempPathFactory, size, halo, rank, batch
) -> None:
    """At any overlap and size of raster; the example is a picture brought to the size of a tile."""
    folder = tmp_path_factory.mktemp("case")
    card = made.mean_colour(folder, rank=rank, batch=batch)
    image, example = patches(3, *size, size=9), patches(3, 32, 32, size=32, seed=5)
    source = write(folder / "in.tif", image)
    write(folder / "example.tif", example)
    _run(source, card, folder / "out.tif", picture=str(folder / "example.tif"), overlap=halo)
    expected = _expected(card, image, example.astype(float).mean((1, 2)), halo=halo)
    np.testing.assert_allclose(_read(folder / "out.tif"), expected, atol=1e-5)


def test_a_place_of_the_raster_is_an_example(tmp_path: Path) -> None:
    """The tile around the middle of a rectangle, of whatever size that is."""
    image = patches(3, 100, 120, size=20)
    source = write(tmp_path / "in.tif", image)
    card = made.mean_colour(tmp_path)
    left, top = 500_000, 5_800_000
    _run(source, card, tmp_path / "out.tif", place=(left + 50, top - 71, left + 60, top - 61))
    tile = image[:, 50:82, 39:71].astype(float)  # the middle is row 66, column 55
    expected = _expected(card, image, tile.mean((1, 2)), halo=8)
    np.testing.assert_allclose(_read(tmp_path / "out.tif"), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("place", "tile"), [((0, -5, 2, 0), (0, 0)), ((110, -100, 120, -90), (68, 88))],
    ids=["upper left", "lower right"],
)  # fmt: skip
def test_an_example_at_the_edge_lies_in_the_raster(place, tile, tmp_path: Path) -> None:
    image = noise(3, 100, 120)
    source = write(tmp_path / "in.tif", image)
    card = made.mean_colour(tmp_path)
    left, bottom, right, top = place
    where = (500_000 + left, 5_800_000 + bottom, 500_000 + right, 5_800_000 + top)
    _run(source, card, tmp_path / "out.tif", place=where)
    example = image[:, tile[0] : tile[0] + 32, tile[1] : tile[1] + 32].astype(float)
    expected = _expected(card, image, example.mean((1, 2)), halo=8)
    np.testing.assert_allclose(_read(tmp_path / "out.tif"), expected, atol=1e-5)


def test_the_example_itself_is_like_itself(tmp_path: Path) -> None:
    """Also where the raster is stretched: an example of its own type is stretched alike."""
    image = noise(3, 32, 32, dtype="uint16", low=300, high=9000)
    source = write(tmp_path / "in.tif", image)
    card = made.mean_colour(tmp_path)
    write(tmp_path / "example.tif", image[:, :16, :])
    for example in (
        {"picture": str(source)},
        {"place": (500_000, 5_799_968, 500_032, 5_800_000)},
    ):
        result = _run(source, card, tmp_path / "out.tif", **example)
        np.testing.assert_allclose(_read(tmp_path / "out.tif"), 1.0, atol=1e-6)
        assert result.figures[0].mean == pytest.approx(1.0, abs=1e-6)


def test_gaps_are_nan(tmp_path: Path) -> None:
    image = np.maximum(patches(3, 90, 100), 1)
    image[:, ~hole(90, 100)] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    card = made.mean_colour(tmp_path)
    _run(source, card, tmp_path / "out.tif", place=(500_060, 5_799_930, 500_090, 5_799_960))
    np.testing.assert_array_equal(np.isnan(_read(tmp_path / "out.tif")), ~hole(90, 100))


def test_a_vector_without_a_direction_is_like_nothing() -> None:
    example = np.array([0.6, 0.8])
    found = cosines(np.array([[3.0, 4.0], [-3.0, -4.0], [4.0, -3.0], [0.0, 0.0]]), example)
    np.testing.assert_allclose(found, [1.0, -1.0, 0.0, 0.0], atol=1e-12)


def test_what_is_no_example_is_refused(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70))
    black = str(write(tmp_path / "black.tif", np.zeros((3, 9, 9), np.uint8)))
    empty = str(write(tmp_path / "empty.tif", np.zeros((3, 9, 9), np.uint8), nodata=0))
    card, out = made.mean_colour(tmp_path), tmp_path / "out.tif"
    here = (500_010, 5_799_950, 500_020, 5_799_990)
    for options, says in (
        ({}, "Give one example"),
        ({"picture": black, "place": here}, "Give one example"),
        ({"picture": black}, "nothing to say of the example"),
        ({"picture": empty}, "no valid pixel"),
        ({"picture": str(tmp_path / "none.png")}, "cannot be opened"),
        ({"place": (0, 0, 1, 1)}, "does not meet the raster"),
    ):
        with pytest.raises(InputError, match=says):
            _run(source, card, out, **options)
        assert not out.exists()


def test_a_cancelled_run_leaves_nothing(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 90, 100))
    card = made.mean_colour(tmp_path)
    before = {path.name for path in tmp_path.iterdir()}
    told = [0.0]
    with pytest.raises(Cancelled):
        _run(
            source, card, tmp_path / "out.tif", picture=str(source), progress=told.append,
            cancelled=lambda: told[-1] > 30,
        )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == before
