# SPDX-License-Identifier: GPL-2.0-or-later
"""Reflectance as users have it: 16 bits or floats, with the offset of newer products or not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import networks
import numpy as np
import pytest
import rasterio
from made_rasters import write
from real_data import real_folders

from geosift.inference.cards.card import ModelCard, Reflectance
from geosift.inference.classification.job import ClassifyJob, ClassifyResult
from geosift.inference.classification.run import run_classify
from geosift.inference.errors import CardError, InputError
from geosift.inference.raster.source import FileSource
from geosift.inference.tiles.prepare import Stretch
from geosift.inference.tiles.reflectance import stretch_for

LOW, HIGH = (100.0, 200.0, 0.0), (2600.0, 2700.0, 3000.0)
SENTINEL = real_folders("sentinel2/saclay_e/imgs_1")


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """(3, 200, 260) 0..255: what the network was trained on."""
    colors = np.array(networks.PLAIN)[np.random.default_rng(4).integers(0, 4, (3, 4))]
    blocks = colors.transpose(2, 0, 1).repeat(70, 1).repeat(70, 2)[:, :200, :260]
    return (blocks + np.random.default_rng(5).integers(-30, 30, blocks.shape)).astype(np.uint8)


@pytest.fixture(scope="module")
def card(picture: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    bands = [{"mean": float(band.mean()), "std": float(band.std())} for band in picture]
    folder = tmp_path_factory.mktemp("network")
    reflectance = {"low": LOW, "high": HIGH, "offset": 1000}
    return networks.classifier(folder, reflectance=reflectance, statistics={"bands": bands})


def _reflectance(picture: np.ndarray, *, offset: float = 0.0) -> np.ndarray:
    low, high = (np.array(values)[:, None, None] for values in (LOW, HIGH))
    return low + picture / 255 * (high - low) + offset


def _run(path: Path, card: ModelCard, folder: Path, **options) -> tuple[np.ndarray, ClassifyResult]:
    result = run_classify(ClassifyJob(str(path), card, raster=folder / "out.tif", **options))
    with rasterio.open(folder / "out.tif") as dataset:
        return dataset.read(1), result


@pytest.mark.parametrize(
    ("dtype", "scale"), [("uint16", 1), ("int16", 1), ("float32", 1), ("float32", 1e-4)]
)
@pytest.mark.parametrize("offset", [0, 1000])
def test_reflectance_is_answered_like_its_picture(
    dtype, scale, offset, picture, card, tmp_path: Path
) -> None:
    expected, _ = _run(write(tmp_path / "rgb.tif", picture), card, tmp_path)
    assert len(np.unique(expected)) > 1
    pixels = (_reflectance(picture, offset=offset) * scale).astype(dtype)
    path = write(tmp_path / "in.tif", pixels)
    found, result = _run(path, card, tmp_path)
    np.testing.assert_array_equal(found, expected)
    assert len(result.warnings) == (offset > 0)
    for sentence in result.warnings:
        assert "1000 was taken off" in sentence
    again, settled = _run(path, card, tmp_path, offset=float(offset))
    np.testing.assert_array_equal(again, expected)
    assert settled.warnings == ()


def test_the_stretch_is_that_of_the_card(picture, card, tmp_path: Path) -> None:
    path = write(tmp_path / "in.tif", _reflectance(picture).astype("uint16"))
    with FileSource(str(path), bands=None, names=card.bands) as source:
        stretch = stretch_for(source, card)
        assert stretch == Stretch(LOW, HIGH)
        moved = stretch_for(source, card, offset=250.0)
        plain = stretch_for(source, replace(card, reflectance=None))
        assert plain == Stretch.for_source(source)
    assert moved.low == tuple(value + 250 for value in LOW)
    found = stretch.apply(_reflectance(picture).astype("uint16"))
    np.testing.assert_allclose(found, picture, atol=0.12)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32", "float64"])
def test_a_picture_of_another_type_is_taken_as_it_is(
    dtype: str, picture, card, tmp_path: Path
) -> None:
    path = write(tmp_path / "in.tif", picture.astype(dtype))
    with FileSource(str(path), bands=None, names=card.bands) as source:
        assert stretch_for(source, card).is_identity


def test_whole_numbers_of_32_bits_may_be_reflectance(picture, card, tmp_path: Path) -> None:
    path = write(tmp_path / "in.tif", _reflectance(picture).astype("int32"))
    with FileSource(str(path), bands=None, names=card.bands) as source:
        assert stretch_for(source, card).low == LOW


def test_without_statistics_nothing_is_taken_off(picture, card, tmp_path: Path) -> None:
    path = write(tmp_path / "in.tif", _reflectance(picture, offset=1000).astype("uint16"))
    with FileSource(str(path), bands=None, names=card.bands) as source:
        assert stretch_for(source, replace(card, statistics={})).low == LOW


def test_a_hole_does_not_count(picture, card, tmp_path: Path) -> None:
    """Nodata 0 around a scene is no dark ground."""
    pixels = _reflectance(picture, offset=1000).astype("uint16")
    pixels[:, :150] = 0
    path = write(tmp_path / "in.tif", pixels, nodata=0)
    with FileSource(str(path), bands=None, names=card.bands) as source:
        assert stretch_for(source, card).low == tuple(value + 1000 for value in LOW)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"low": [0, 0]}, "needs 3 values of low and of high"),
        ({"high": [0, 9, 9]}, "each low below its high"),
        ({"offset": -1}, "offset is below 0"),
        ({"low": None}, "low"),
        ({"offset": "x"}, "expected a number"),
    ],
)
def test_a_wrong_reflectance_is_told(change, says, card, tmp_path: Path) -> None:
    raw = json.loads(card.path.with_suffix(".json").read_text())
    raw["input"]["reflectance"].update(change)
    path = tmp_path / "card.json"
    path.write_text(json.dumps(raw))
    with pytest.raises(CardError, match=says):
        ModelCard.load(path)


def test_a_card_may_leave_the_offset_out(card, tmp_path: Path) -> None:
    raw = json.loads(card.path.with_suffix(".json").read_text())
    del raw["input"]["reflectance"]["offset"]
    (tmp_path / "card.json").write_text(json.dumps(raw))
    assert ModelCard.load(tmp_path / "card.json").reflectance == Reflectance(LOW, HIGH, 0.0)


@pytest.mark.parametrize("folder", SENTINEL, ids=lambda path: path.name)
def test_real_scenes_need_no_offset_and_get_one_when_there_is_one(
    folder: Path, card, tmp_path: Path
) -> None:
    """Sentinel-2 of before 2022, as it is and with the thousand added."""
    bands = []
    for name in ("B04.tif", "B03.tif", "B02.tif"):
        with rasterio.open(folder / "sentinel2/saclay_e/imgs_1" / name) as dataset:
            bands.append(dataset.read(1))
            place = {"crs": dataset.crs, "transform": dataset.transform}
    pixels = np.stack(bands)
    eurosat = [{"mean": 88, "std": 52}, {"mean": 97, "std": 35}, {"mean": 104, "std": 30}]
    card = replace(
        card,
        reflectance=Reflectance((0.0,) * 3, (2750.0,) * 3, 1000.0),
        statistics={"bands": eurosat},
    )
    for extra in (0, 1000):
        path = write(tmp_path / "in.tif", (pixels + extra).astype("uint16"), **place)
        with FileSource(str(path), bands=None, names=card.bands) as source:
            assert stretch_for(source, card).low == (extra,) * 3


@pytest.mark.parametrize("levels", [(250, 400, 250), (200, 350, 400), (900, 1000, 1100)])
@pytest.mark.parametrize("black", [0.0, 0.5])
@pytest.mark.parametrize("offset", [0, 1000])
def test_the_darkest_values_settle_the_offset(
    levels: tuple[int, int, int], black: float, offset: int, card: ModelCard, tmp_path: Path
) -> None:
    """Dark woods and water, also beside the black edge of a swath that no tag tells of."""
    rng = np.random.default_rng(3)
    pixels = np.stack([rng.normal(level, 0.2 * level, (128, 128)) for level in levels])
    pixels = np.clip(pixels, 40, None) + offset
    pixels[:, : int(128 * black)] = 0
    path = write(tmp_path / "scene.tif", pixels.astype(np.uint16))
    told: list[str] = []
    with FileSource(str(path), bands=(1, 2, 3), names=card.bands) as source:
        stretch = stretch_for(source, card, message=told.append)
    assert stretch.low[0] == LOW[0] + offset and len(told) == (offset > 0)


@pytest.mark.parametrize("offset", [np.nan, np.inf])
def test_an_offset_is_a_number(offset: float, card: ModelCard, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The offset is a number"):
        ClassifyJob("in.tif", card, raster=tmp_path / "out.tif", offset=offset)
