# SPDX-License-Identifier: GPL-2.0-or-later
"""Tiled, blended and resampled is what one look at the whole image gives."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from made_rasters import patches, write
from oracles import decided, one_shot, resized, sampled, softmax_percent
from rasterio.enums import Resampling
from rasterio.transform import from_origin

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run
from geosift.inference.tiles import plan as plan_module
from geosift.inference.tiles.grid import spans


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Its scores depend on at most 6 pixels around; a halo of 10 makes that a ring of 6."""
    folder = tmp_path_factory.mktemp("network")
    return networks.smooth(folder, stride=2, tile=64, halo=16, ring=10, fade=8)


def _run(source: Path, card: ModelCard, output: Path, **options) -> SegmentResult:
    return run(SegmentJob(source=str(source), card=card, output=output, **options))


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _planes(card: ModelCard, image: np.ndarray) -> np.ndarray:
    """Float64 scores of the whole image on its own pixels."""
    scores = one_shot(card, image)
    share = 1 / card.output_stride
    return resized(scores, *image.shape[1:], scale=(share, share))


def _check(found: np.ndarray, planes: np.ndarray) -> None:
    expected, certain = decided(planes)
    assert certain.mean() > 0.99
    np.testing.assert_array_equal(found[certain], expected[certain])


@thorough
@given(
    size=st.tuples(st.integers(1, 190), st.integers(1, 260)),
    tile=st.sampled_from([48, 64, 98, 256]),
    overlap=st.integers(10, 20),
    threads=st.integers(1, 4),
    stride=st.sampled_from([1, 2, 4]),
    seed=st.integers(0, 9),
)
def test_tiled_is_one_shot(
    tmp_path_factory: pytest.TempPathFactory, size, tile, overlap, threads, stride, seed
) -> None:
    """Whatever the size of raster and tile, the overlap, the threads and the network's stride."""
    folder = tmp_path_factory.mktemp("case")
    card = networks.smooth(folder, stride=stride, tile=tile // 4 * 4, multiple=4,
                           halo=16, ring=10, fade=8, seed=seed)  # fmt: skip
    image = patches(3, *size, seed=seed)
    source = write(folder / "in.tif", image)
    confidence = folder / "confidence.tif"
    _run(source, card, folder / "out.tif", overlap=overlap, threads=threads, confidence=confidence)
    planes = _planes(card, image)
    _check(_read(folder / "out.tif"), planes)
    percent = _read(confidence).astype(np.float64)
    assert np.abs(percent - softmax_percent(planes)).max() <= 0.6


@pytest.mark.parametrize("activation", ["logits", "probabilities"])
def test_a_float_network_tiled_is_one_shot(activation: str, tmp_path: Path) -> None:
    """Standardised input, and scores that are taken for what the card says they are."""
    mean, std = (90.0, 110.0, 130.0), (50.0, 60.0, 70.0)
    shares = activation == "probabilities"
    card = networks.smooth(
        tmp_path, dtype="float32", tile=64, halo=16, ring=10, fade=8, gain=200, shares=shares
    )
    card = replace(card, mean=mean, std=std, activation=activation)
    image = patches(3, 130, 170)
    source = write(tmp_path / "in.tif", image)
    _run(source, card, tmp_path / "out.tif", confidence=tmp_path / "sure.tif")
    seen = (image - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    planes = _planes(card, seen.astype(np.float32))
    _check(_read(tmp_path / "out.tif"), planes)
    expected = 100 * planes.max(axis=0) if shares else softmax_percent(planes)
    assert np.abs(_read(tmp_path / "sure.tif") - expected).max() <= 0.6


def test_column_blocks_do_not_show(
    card: ModelCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A raster wider than a block is answered as if it were not cut."""
    card = replace(card, tile=256)
    image = patches(3, 90, 1700)
    source = write(tmp_path / "in.tif", image)
    whole = _run(source, card, tmp_path / "whole.tif", confidence=tmp_path / "whole_c.tif")
    monkeypatch.setattr(plan_module, "BLOCK_WIDTH", 512)
    cut = _run(source, card, tmp_path / "cut.tif", confidence=tmp_path / "cut_c.tif")
    assert cut.tiles > whole.tiles
    _check(_read(tmp_path / "cut.tif"), _planes(card, image))
    _, certain = decided(_planes(card, image))
    whole_classes, cut_classes = _read(tmp_path / "whole.tif"), _read(tmp_path / "cut.tif")
    np.testing.assert_array_equal(whole_classes[certain], cut_classes[certain])
    whole_percent, cut_percent = _read(tmp_path / "whole_c.tif"), _read(tmp_path / "cut_c.tif")
    assert np.abs(whole_percent.astype(int) - cut_percent).max() <= 1
    assert [row.pixels for row in whole.areas] == pytest.approx(
        [row.pixels for row in cut.areas], abs=3
    )


@thorough
@given(
    corner=st.tuples(st.integers(0, 150), st.integers(0, 200)),
    size=st.tuples(st.integers(1, 120), st.integers(1, 160)),
    overlap=st.integers(10, 24),
)
def test_a_part_is_the_crop_of_the_whole(card: ModelCard, tmp_path_factory, corner, size, overlap):
    folder = tmp_path_factory.mktemp("case")
    image = patches(3, 180, 240)
    source = write(folder / "in.tif", image)
    (row, col), (height, width) = corner, size
    height, width = min(height, 180 - row), min(width, 240 - col)
    with rasterio.open(source) as dataset:
        left, top = dataset.transform * (col, row)
        right, bottom = dataset.transform * (col + width, row + height)
    extent = (left, bottom, right, top)
    _run(source, card, folder / "part.tif", extent=extent, overlap=overlap)
    part = _read(folder / "part.tif")
    assert part.shape == (height, width)
    _check(part, _planes(card, image)[:, row : row + height, col : col + width])


def test_a_part_at_another_resolution_is_the_crop_of_the_whole(
    card: ModelCard, tmp_path: Path
) -> None:
    image = patches(3, 200, 260)
    source = write(tmp_path / "in.tif", image)
    with rasterio.open(source) as dataset:
        left, top = dataset.transform * (70, 40)
        right, bottom = dataset.transform * (190, 150)
    for resolution in (0.37, 1.7):
        options = {"resolution": resolution, "grid": "input"}
        _run(source, card, tmp_path / "whole.tif", **options)
        _run(source, card, tmp_path / "part.tif", extent=(left, bottom, right, top), **options)
        whole, part = _read(tmp_path / "whole.tif"), _read(tmp_path / "part.tif")
        assert (part != whole[40:150, 70:190]).mean() < 2e-3


def test_the_grid_of_the_network_is_its_own_pixels(card: ModelCard, tmp_path: Path) -> None:
    """At half the resolution the answer is the network's over the halved image, on that grid."""
    image = patches(3, 240, 300)
    source = write(tmp_path / "in.tif", image)
    with rasterio.open(source) as dataset:
        halved = dataset.read(out_shape=(3, 120, 150), resampling=Resampling.average)
        transform = dataset.transform
    result = _run(source, card, tmp_path / "out.tif", grid="network", resolution=2.0)
    assert (result.height, result.width) == (120, 150)
    _check(_read(tmp_path / "out.tif"), _planes(card, halved))
    with rasterio.open(tmp_path / "out.tif") as made:
        assert made.transform.almost_equals(transform * transform.scale(2))


def test_the_grid_of_the_input_at_half_resolution_is_enlarged_between_centres(
    card: ModelCard, tmp_path: Path
) -> None:
    image = patches(3, 240, 300)
    source = write(tmp_path / "in.tif", image)
    with rasterio.open(source) as dataset:
        halved = dataset.read(out_shape=(3, 120, 150), resampling=Resampling.average)
    _run(source, card, tmp_path / "out.tif", resolution=2.0)
    _check(
        _read(tmp_path / "out.tif"), resized(one_shot(card, halved), 240, 300, scale=(0.25, 0.25))
    )


SHAPES = {
    "finer than the network": ((0.4, 0.4), "EPSG:32633", (6e5, 5.8e6), 1.0),
    "three times finer": ((1 / 3, 1 / 3), "EPSG:32633", (6e5, 5.8e6), 1.0),
    "coarser than the network": ((2.0, 2.0), "EPSG:32633", (6e5, 5.8e6), 1.0),
    "a little coarser": ((1.3, 1.3), "EPSG:32633", (6e5, 5.8e6), 1.0),
    "as the network": ((1.0, 1.0), "EPSG:32633", (6e5, 5.8e6), 1.0),
    "degrees at 60 N": ((1e-5, 1e-5), "EPSG:4326", (11.0, 60.0), 0.8),
    "oblong": ((0.5, 2.0), "EPSG:32633", (6e5, 5.8e6), 1.0),
}


RADIUS = 50.0


@cache
def _discs(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs in the dark, edge pixels by the share that is covered, and their centres."""
    height, width, fine = 640, 760, 4
    places = np.stack(np.mgrid[70:600:120, 70:700:120], axis=-1)
    centres = places + np.random.default_rng(seed).uniform(-8, 8, places.shape)
    rows = (np.arange(height * fine) + 0.5) / fine
    cols = (np.arange(width * fine) + 0.5) / fine
    inside = np.zeros((height * fine, width * fine), bool)
    for row, col in centres.reshape(-1, 2):
        near = (
            slice(int(row - 60) * fine, int(row + 60) * fine),
            slice(int(col - 60) * fine, int(col + 60) * fine),
        )
        distance = (rows[near[0], None] - row) ** 2 + (cols[near[1]] - col) ** 2
        inside[near] |= distance < RADIUS**2
    share = inside.reshape(height, fine, width, fine).mean(axis=(1, 3))
    return np.rint(255 * share).astype(np.uint8)[np.newaxis], centres


@pytest.mark.parametrize("stride", [1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("grid", ["input", "network"])
def test_what_is_drawn_comes_back_where_it_was_drawn(shape, stride, grid, tmp_path: Path) -> None:
    """No half-pixel shift at any scale: discs lie where they lay, to a tenth of a raster pixel.

    Many discs, each a little differently on the grid, because of one the outline is too coarse.
    """
    pixel, crs, corner, resolution = shape
    image, centres = _discs(stride)
    source = write(tmp_path / "in.tif", image, crs=crs, transform=from_origin(*corner, *pixel))
    card = networks.bright(tmp_path, stride=stride, tile=128, halo=16, resolution=resolution)
    _run(source, card, tmp_path / "out.tif", grid=grid)
    with rasterio.open(tmp_path / "out.tif") as made, rasterio.open(source) as original:
        rows, cols = np.nonzero(made.read(1) == 1)
        back = ~original.transform * made.transform
    cols, rows = back * (cols + 0.5, rows + 0.5)
    found = np.stack([rows, cols], axis=1)
    row, col = np.rint((found - 70) / 120).astype(int).T
    shift = (found - centres[row, col]).mean(axis=0)
    assert np.abs(shift).max() < 0.1
    area = len(found) * abs(back.determinant) / (centres.size / 2)
    assert area == pytest.approx(np.pi * RADIUS**2, rel=0.03)


def test_a_raster_with_overviews_is_answered_alike(card: ModelCard, tmp_path: Path) -> None:
    image = patches(3, 1024, 1024, size=40)
    plain = write(tmp_path / "plain.tif", image)
    with_overviews = write(tmp_path / "overviews.tif", image)
    with rasterio.open(with_overviews, "r+") as dataset:
        dataset.build_overviews([2, 4, 8], Resampling.average)
    answers = []
    for source in (plain, with_overviews):
        _run(source, card, tmp_path / "out.tif", resolution=4.0, grid="network")
        answers.append(_read(tmp_path / "out.tif"))
    assert answers[0].shape == (256, 256)
    assert (answers[0] != answers[1]).mean() < 0.05


def test_pixels_without_a_value_leave_their_neighbours_alone(
    card: ModelCard, tmp_path: Path
) -> None:
    """Beyond the network's reach a hole changes nothing, and tiles in it are never run."""
    image = patches(3, 180, 240)
    image = np.maximum(image, 1)
    holed = image.copy()
    holed[:, 40:160, 30:200] = 0
    source = write(tmp_path / "in.tif", holed, nodata=0)
    _run(source, card, tmp_path / "out.tif")
    found = _read(tmp_path / "out.tif")
    hole = (holed == 0).all(axis=0)
    assert (found[hole] == 255).all()
    far = np.ones(hole.shape, bool)
    far[33:167, 23:207] = False
    expected, certain = decided(_planes(card, image))
    np.testing.assert_array_equal(found[far & certain], expected[far & certain])
    near = ~far & ~hole
    assert (found[near] != 255).all()


def _scene(path: Path, side: int) -> np.ndarray:
    """The sample scene and its mirror images, `side` x `side` pixels of half a metre."""
    sample = Path(__file__).parent.parent / "resources" / "sample" / "scene.tif"
    with rasterio.open(sample) as dataset:
        scene = dataset.read()
    below, right = side - scene.shape[1], side - scene.shape[2]
    image = np.pad(scene, ((0, 0), (0, below), (0, right)), mode="symmetric")
    write(path, image, transform=from_origin(352_000, 2_742_000, 1, 1))
    return image


def test_the_bundled_network_hardly_shows_its_tiles(tmp_path: Path) -> None:
    """At the default overlap: 2048 x 2048 pixels, nine tiles, <= 0.10 % of classes differ from one
    shot, and no pixel is computed more than 1.5 times."""
    card = Catalog().find("landcover")
    side, unit = 2048, card.stride_multiple
    tile = max(
        size
        for size in range(unit, card.tile + 1, unit)
        if size - 2 * card.blend.halo >= unit
        and len(spans(side, tile=size, halo=card.blend.halo, multiple=unit)) == 3
    )
    image = _scene(tmp_path / "in.tif", side)
    card = replace(card, tile=tile, resolution_m=1.0)
    result = _run(tmp_path / "in.tif", card, tmp_path / "out.tif")
    assert result.tiles >= 9
    scores = one_shot(card, image)
    found = _read(tmp_path / "out.tif")
    step = 256
    different = 0
    for top in range(0, side, step):
        rows = (np.arange(top, top + step) + 0.5) / card.output_stride - 0.5
        part = _rows(scores, rows, side, card.output_stride)
        different += int((part.argmax(axis=0) != found[top : top + step]).sum())
    share = 100 * different / side**2
    print(f"landcover: {share:.4f} % of pixels differ, computed {result.computed:.3f} times")
    assert result.computed <= 1.5
    assert share <= 0.10


def _rows(scores: np.ndarray, rows: np.ndarray, width: int, stride: int) -> np.ndarray:
    """Some rows of the enlarged scores, float64."""
    return sampled(scores, rows, (np.arange(width) + 0.5) / stride - 0.5)
