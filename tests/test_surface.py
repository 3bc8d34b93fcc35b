# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbers for every pixel: regression and finer pictures, exactly, with gaps and at edges."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import exported_networks as made
import numpy as np
import onnx
import pytest
import rasterio
from exported_oracles import correlated, filled, zero_padded
from hypothesis import given
from hypothesis import strategies as st
from laws import thorough
from made_rasters import MAKERS, UTM, hole, noise, patches, write
from onnx import numpy_helper
from oracles import resized, stretched
from osgeo import gdal
from osgeo_utils.samples.validate_cloud_optimized_geotiff import validate
from rasterio.transform import from_origin

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, CardError, InputError, OutputError
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.superresolution.run import SuperresolveJob, run_superresolve
from geosift.inference.surface.job import SurfaceResult
from geosift.inference.tiles import plan as plan_module


def _regress(source: Path, card: ModelCard, output: Path, **options) -> SurfaceResult:
    calls = {key: options.pop(key) for key in ("progress", "cancelled") if key in options}
    job = RegressJob(source=str(source), card=card, output=output, **options)
    return run_regress(job, **calls)


def _superresolve(source: Path, card: ModelCard, output: Path, **options) -> SurfaceResult:
    return run_superresolve(
        SuperresolveJob(source=str(source), card=card, output=output, **options)
    )


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()


def _valued(card: ModelCard, image: np.ndarray, *, reach: int = 2) -> np.ndarray:
    """The network over the whole image of 0..255, (rows, columns) in float64."""
    (kernel,) = (each for each in onnx.load(card.path).graph.initializer if each.name == "kernel")
    seen = zero_padded(filled(image / 255.0, card.tile), reach)
    found = correlated(seen, numpy_helper.to_array(kernel))
    return found[0, : image.shape[1], : image.shape[2]] * card.value_scale


# Regression


@thorough
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 90)),
    rank=st.sampled_from([3, 4]),
    planes=st.sampled_from([1, 3]),
    batch=st.sampled_from([None, 2]),
    overlap=st.integers(4, 10),
    threads=st.integers(1, 3),
)
def test_tiled_is_one_look(
    tmp_path_factory: pytest.TempPathFactory, size, rank, planes, batch, overlap, threads
) -> None:
    """Whatever the raster's size, a single pixel included; the first plane times the scale."""
    folder = tmp_path_factory.mktemp("case")
    planes = 1 if rank == 3 else planes
    card = made.weighted(folder, rank=rank, planes=planes, batch=batch, value_scale=-2.5)
    image = patches(3, *size)
    source = write(folder / "in.tif", image)
    result = _regress(source, card, folder / "out.tif", overlap=overlap, threads=threads)
    expected = _valued(card, image)
    found = _read(folder / "out.tif")
    assert found.shape == (1, *size)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], expected, atol=2e-5 * (1 + np.abs(expected).max()))
    (figures,) = result.figures
    assert figures.pixels == found.size
    told = (figures.least, figures.largest, figures.mean, figures.spread)
    values = found.astype(float)
    assert told == pytest.approx((values.min(), values.max(), values.mean(), values.std()))


def test_numbers_of_coarser_scores_are_drawn_between_their_centres(tmp_path: Path) -> None:
    card = made.weighted(tmp_path, reach=1, stride=2, tile=64, blend=(16, 8, 8))
    image = patches(3, 100, 120)
    _regress(write(tmp_path / "in.tif", image), card, tmp_path / "out.tif")
    scores = _valued(card, image, reach=1)[::2, ::2]
    expected = resized(scores, 100, 120, scale=(0.5, 0.5))
    np.testing.assert_allclose(_read(tmp_path / "out.tif")[0], expected, atol=1e-4)


def test_gaps_are_nan_and_say_so(tmp_path: Path) -> None:
    image = np.maximum(patches(3, 130, 150), 1)
    image[:, ~hole(130, 150)] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    card = made.weighted(tmp_path)
    result = _regress(source, card, tmp_path / "out.tif", report=tmp_path / "out.json")
    with rasterio.open(tmp_path / "out.tif") as dataset, rasterio.open(source) as before:
        found = dataset.read(1)
        assert np.isnan(dataset.nodata)
        assert (dataset.transform, dataset.crs) == (before.transform, before.crs)
        assert dataset.tags()["GEOSIFT_MODEL"] == card.id
        np.testing.assert_array_equal(dataset.dataset_mask() != 0, hole(130, 150))
    np.testing.assert_array_equal(np.isnan(found), ~hole(130, 150))
    opened = gdal.Open(str(tmp_path / "out.tif"))  # kept: its band does not outlive it
    valid = found[hole(130, 150)].astype(float)
    told = opened.GetRasterBand(1).GetStatistics(False, False)
    assert told == pytest.approx([valid.min(), valid.max(), valid.mean(), valid.std()], rel=1e-5)
    report = json.loads((tmp_path / "out.json").read_text())
    assert report == json.loads(result.to_json())
    assert report["figures"][0]["pixels"] == valid.size


def test_far_from_gaps_the_numbers_are_those_without(tmp_path: Path) -> None:
    image = np.maximum(patches(3, 100, 120), 1)
    holed = image.copy()
    holed[:, 40:60, 30:80] = 0
    card = made.weighted(tmp_path)
    _regress(write(tmp_path / "in.tif", holed, nodata=0), card, tmp_path / "out.tif")
    near = np.zeros((100, 120), bool)
    near[38:62, 28:82] = True
    expected, found = _valued(card, image), _read(tmp_path / "out.tif")[0]
    np.testing.assert_allclose(found[~near], expected[~near], atol=2e-4)


@pytest.mark.parametrize("name", ["uint16", "float_nan", "float_nodata", "int32"])
def test_any_type_of_raster_is_stretched_first(name: str, tmp_path: Path) -> None:
    source = MAKERS[name](tmp_path / "in.tif")
    with rasterio.open(source) as dataset:
        pixels, valid = dataset.read(), dataset.dataset_mask() != 0
    valid &= np.isfinite(pixels).all(axis=0)
    card = made.weighted(tmp_path, reach=0)
    _regress(source, card, tmp_path / "out.tif")
    found = _read(tmp_path / "out.tif")[0]
    expected = _valued(card, stretched(pixels, valid), reach=0)
    np.testing.assert_array_equal(np.isnan(found), ~valid)
    np.testing.assert_allclose(found[valid], expected[valid], atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (600, 700), (1100, 530)], ids=str)
def test_what_is_written_is_a_cog_with_means_as_overviews(shape, tmp_path: Path) -> None:
    card = made.weighted(tmp_path, reach=0, tile=128)
    image = patches(3, *shape)
    _regress(write(tmp_path / "in.tif", image), card, tmp_path / "out.tif")
    assert validate(str(tmp_path / "out.tif"), full_check=True)[:2] == ([], [])
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.compression.name == "deflate"
        whole = dataset.read(1)
        if dataset.overviews(1):
            half = dataset.read(1, out_shape=(shape[0] // 2, shape[1] // 2))
            means = whole[: shape[0] // 2 * 2, : shape[1] // 2 * 2]
            means = means.reshape(shape[0] // 2, 2, shape[1] // 2, 2).mean(axis=(1, 3))
            np.testing.assert_allclose(half, means, atol=1e-4)
    assert {path.name for path in tmp_path.glob("out*")} == {"out.tif"}


def test_a_part_inside_a_mask_is_that_part_of_the_whole(tmp_path: Path) -> None:
    card = made.weighted(tmp_path)
    source = write(tmp_path / "in.tif", patches(3, 150, 160))
    _regress(source, card, tmp_path / "whole.tif")
    left, top = 500_000, 5_800_000
    ring = [(left + 50, top - 60), (left + 90, top - 60), (left + 90, top - 100),
            (left + 50, top - 100), (left + 50, top - 60)]  # fmt: skip
    extent = (left + 40, top - 120, left + 130, top - 50)
    _regress(
        source, card, tmp_path / "part.tif", extent=extent,
        mask=({"type": "Polygon", "coordinates": [ring]},),
    )  # fmt: skip
    whole, part = _read(tmp_path / "whole.tif")[0], _read(tmp_path / "part.tif")[0]
    inside = np.zeros((70, 90), bool)
    inside[10:50, 10:50] = True
    np.testing.assert_array_equal(np.isnan(part), ~inside)
    np.testing.assert_allclose(part[inside], whole[50:120, 40:130][inside], atol=1e-4)


def test_the_networks_grid_has_its_pixels(tmp_path: Path) -> None:
    card = made.weighted(tmp_path, reach=0, resolution_m=2.0)
    source = write(tmp_path / "in.tif", patches(3, 80, 60))
    _regress(source, card, tmp_path / "out.tif", grid="network")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.shape == (40, 30)
        assert dataset.transform == from_origin(500_000, 5_800_000, 2, 2)
    with rasterio.open(source) as dataset:
        means = dataset.read().reshape(3, 40, 2, 30, 2).mean(axis=(2, 4))
    expected = _valued(card, np.rint(means), reach=0)
    assert np.abs(_read(tmp_path / "out.tif")[0] - expected).max() < 0.1


def test_column_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = made.weighted(tmp_path, tile=64)
    image = patches(3, 50, 1300)
    source = write(tmp_path / "in.tif", image)
    monkeypatch.setattr(plan_module, "BLOCK_WIDTH", 512)
    _regress(source, card, tmp_path / "out.tif")
    np.testing.assert_allclose(_read(tmp_path / "out.tif")[0], _valued(card, image), atol=2e-4)


def test_a_report_is_a_page_too(tmp_path: Path) -> None:
    source = write(tmp_path / "in <b>.tif", patches(3, 50, 60))
    card = replace(made.weighted(tmp_path), name="<script>", description="&")
    result = _regress(source, card, tmp_path / "out.tif", report=tmp_path / "out.html")
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert f"{result.figures[0].mean:.4g}" in page
    assert "<script>" not in page
    assert "in &lt;b&gt;.tif" in page
    assert "3,000" in page


def test_cancelled_runs_leave_nothing(tmp_path: Path) -> None:
    card = made.weighted(tmp_path)
    source = write(tmp_path / "in.tif", patches(3, 150, 160))
    before = {path.name for path in tmp_path.iterdir()}
    for percent in (0.1, 50.0, 100.0):
        told = [0.0]
        with pytest.raises(Cancelled):
            _regress(
                source, card, tmp_path / "out.tif", progress=told.append,
                report=tmp_path / "out.json",
                cancelled=lambda told=told, percent=percent: told[-1] >= percent,
            )  # fmt: skip
        assert {path.name for path in tmp_path.iterdir()} == before


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    card = made.weighted(tmp_path)
    source = write(tmp_path / "in.tif", patches(3, 50, 60))
    empty = write(tmp_path / "empty.tif", np.zeros((3, 50, 60), np.uint8), nodata=0)
    with pytest.raises(InputError, match="no valid pixel"):
        _regress(empty, card, tmp_path / "out.tif")
    with pytest.raises(InputError, match="'input' or 'network', not 'finer'"):
        _regress(source, card, tmp_path / "out.tif", grid="finer")
    with pytest.raises(InputError, match="overlap"):
        _regress(source, card, tmp_path / "out.tif", overlap=-1)
    with pytest.raises(InputError, match="give at most 15"):
        _regress(source, card, tmp_path / "out.tif", overlap=16)
    with pytest.raises(OutputError, match="named twice"):
        _regress(source, card, source)
    with pytest.raises(CardError, match="for regression, a model for superresolution"):
        SuperresolveJob(source=str(source), card=card, output=tmp_path / "out.tif")
    assert not (tmp_path / "out.tif").exists()


# Super-resolution


def _repeated(image: np.ndarray, factor: int) -> np.ndarray:
    return image.repeat(factor, axis=1).repeat(factor, axis=2)


@thorough
@given(
    size=st.tuples(st.integers(1, 60), st.integers(1, 80)),
    factor=st.sampled_from([2, 3, 4]),
    overlap=st.integers(0, 12),
    batch=st.sampled_from([None, 3]),
    told=st.booleans(),
)
def test_a_finer_picture_has_the_rasters_numbers(
    tmp_path_factory: pytest.TempPathFactory, size, factor, overlap, batch, told
) -> None:
    """At any overlap, none included: every pixel becomes factor x factor of its own value."""
    folder = tmp_path_factory.mktemp("case")
    card = made.enlarged(folder, factor=factor, batch=batch, told=told)
    image = noise(3, *size)
    _superresolve(write(folder / "in.tif", image), card, folder / "out.tif", overlap=overlap)
    with rasterio.open(folder / "out.tif") as dataset:
        found = dataset.read()
        assert dataset.dtypes == ("uint8",) * 3
        assert dataset.nodata is None
        share = 1 / factor
        assert dataset.transform.almost_equals(
            from_origin(500_000, 5_800_000, share, share), precision=1e-9
        )
        assert dataset.crs.to_string() == UTM
    np.testing.assert_array_equal(found, _repeated(image, factor))


def test_scaling_before_the_network_is_undone_after_it(tmp_path: Path) -> None:
    mean, std = (90.0, 110.0, 130.0), (50.0, 60.0, 70.0)
    card = made.enlarged(tmp_path, mean=mean, std=std, bands=("red", "green", "blue"))
    image = noise(3, 50, 60)
    _superresolve(write(tmp_path / "in.tif", image), card, tmp_path / "out.tif")
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), _repeated(image, 2))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert [each.name for each in dataset.colorinterp] == ["red", "green", "blue"]


@pytest.mark.parametrize("name", ["uint16", "float_nan", "float_nodata"])
def test_other_numbers_are_told_as_float(name: str, tmp_path: Path) -> None:
    """In the raster's own range, of which the outermost two percent were clipped."""
    source = MAKERS[name](tmp_path / "in.tif")
    with rasterio.open(source) as dataset:
        pixels, valid = dataset.read().astype(float), dataset.dataset_mask() != 0
    valid &= np.isfinite(pixels).all(axis=0)
    _superresolve(source, made.enlarged(tmp_path), tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        found = dataset.read()
        assert dataset.dtypes == ("float32",) * 3
        assert np.isnan(dataset.nodata)
    finer = _repeated(valid[np.newaxis], 2)[0]
    for band, values in zip(found, pixels):
        np.testing.assert_array_equal(np.isnan(band), ~finer)
        low, high = np.percentile(values[valid], (2, 98))
        expected = _repeated(np.clip(np.nan_to_num(values), low, high)[np.newaxis], 2)[0]
        np.testing.assert_allclose(band[finer], expected[finer], rtol=1e-4, atol=1e-4 * high)


def test_gaps_of_an_8_bit_raster_are_0_and_what_is_black_is_1(tmp_path: Path) -> None:
    image = noise(3, 70, 80)
    image[0, :10] = 0
    image[:, ~hole(70, 80)] = 255
    source = write(tmp_path / "in.tif", image, nodata=255)
    result = _superresolve(source, made.enlarged(tmp_path), tmp_path / "out.tif")
    finer = _repeated(hole(70, 80)[np.newaxis], 2)[0]
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.nodata == 0
        found = dataset.read()
    expected = np.where(finer, np.maximum(_repeated(image, 2), 1), 0)
    np.testing.assert_array_equal(found, expected)
    assert [each.pixels for each in result.figures] == [finer.sum()] * 3
    assert [each.least for each in result.figures] == [band[finer].min() for band in expected]


def test_outside_a_mask_a_picture_without_gaps_has_no_data(tmp_path: Path) -> None:
    image = noise(3, 60, 70)
    left, top = 500_000, 5_800_000
    ring = [(left + 20, top - 10), (left + 50, top - 10), (left + 50, top - 40),
            (left + 20, top - 40), (left + 20, top - 10)]  # fmt: skip
    _superresolve(
        write(tmp_path / "in.tif", image), made.enlarged(tmp_path), tmp_path / "out.tif",
        mask=({"type": "Polygon", "coordinates": [ring]},),
    )  # fmt: skip
    inside = np.zeros((120, 140), bool)
    inside[20:80, 40:100] = True
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.nodata == 0
        expected = np.where(inside, np.maximum(_repeated(image, 2), 1), 0)
        np.testing.assert_array_equal(dataset.read(), expected)


def test_a_network_may_draw_fewer_bands_than_it_sees(tmp_path: Path) -> None:
    image = noise(3, 50, 60)
    source = write(tmp_path / "in.tif", image)
    card = made.enlarged(tmp_path, gray=True)
    _superresolve(source, card, tmp_path / "out.tif")
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), _repeated(image[:1], 2))
    with pytest.raises(CardError, match=r"input\.std the same"):
        _superresolve(source, replace(card, std=(1.0, 2.0, 3.0)), tmp_path / "out.tif")


def test_finer_blocks_and_parts_do_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = noise(3, 40, 700)
    source = write(tmp_path / "in.tif", image)
    card = made.enlarged(tmp_path, factor=3)
    monkeypatch.setattr(plan_module, "BLOCK_WIDTH", 512)
    _superresolve(source, card, tmp_path / "out.tif")
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), _repeated(image, 3))
    extent = (500_100, 5_799_970, 500_150, 5_799_990)
    _superresolve(source, card, tmp_path / "part.tif", extent=extent)
    part = _repeated(image[:, 10:30, 100:150], 3)
    np.testing.assert_array_equal(_read(tmp_path / "part.tif"), part)


@pytest.mark.parametrize(
    "name", ["geographic", "rotated", "south_up", "no_crs", "placed_without_crs", "says_identity"]
)
def test_a_finer_picture_lies_where_the_raster_lay(name: str, tmp_path: Path) -> None:
    source = MAKERS[name](tmp_path / "in.tif")
    _superresolve(source, made.enlarged(tmp_path), tmp_path / "out.tif")
    with rasterio.open(source) as before, rasterio.open(tmp_path / "out.tif") as after:
        share = before.transform * before.transform.scale(0.5)
        if name == "no_crs":  # GDAL tells no transform by the identity
            share = before.transform
        assert after.transform.almost_equals(share, precision=1e-9)
        assert after.crs == before.crs
        np.testing.assert_array_equal(after.read(), _repeated(before.read(), 2))


def test_control_points_come_along(tmp_path: Path) -> None:
    source = MAKERS["control_points"](tmp_path / "in.tif")
    _superresolve(source, made.enlarged(tmp_path, factor=3), tmp_path / "finer.tif")
    _regress(source, made.weighted(tmp_path), tmp_path / "numbers.tif")
    with rasterio.open(source) as before:
        expected, crs = before.gcps
        pixels = before.read()
    for path, factor in ((tmp_path / "finer.tif", 3), (tmp_path / "numbers.tif", 1)):
        with rasterio.open(path) as dataset:
            points, found_crs = dataset.gcps
        assert found_crs == crs
        assert [(p.row, p.col, p.x, p.y) for p in points] == [
            (p.row * factor, p.col * factor, p.x, p.y) for p in expected
        ]
    np.testing.assert_array_equal(_read(tmp_path / "finer.tif"), _repeated(pixels, 3))


@pytest.mark.parametrize("name", ["one_pixel", "column", "row", "strip", "palette", "rgba", "gray"])
def test_any_raster_gets_its_numbers(name: str, tmp_path: Path) -> None:
    """Also one with fewer bands, where one is named several times."""
    source = MAKERS[name](tmp_path / "in.tif")
    bands = (1, 1, 1) if name == "gray" else None
    _regress(source, made.weighted(tmp_path), tmp_path / "out.tif", bands=bands, threads=2)
    with rasterio.open(source) as dataset:
        valid = dataset.dataset_mask() != 0
        pixels = dataset.read()[:3]
        if name == "palette":
            table = dataset.colormap(1)
            pixels = np.array([table[value][:3] for value in pixels.ravel()], np.uint8)
            pixels = pixels.T.reshape(3, *valid.shape)
    seen = np.repeat(pixels, 3, axis=0) if name == "gray" else pixels
    found = _read(tmp_path / "out.tif")[0]
    np.testing.assert_array_equal(np.isnan(found), ~valid)
    if valid.all():
        np.testing.assert_allclose(found, _valued(made.weighted(tmp_path), seen), atol=2e-4)
