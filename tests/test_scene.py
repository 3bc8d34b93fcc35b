# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the generated scenes, and the sample files made from one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="scenes are drawn with OpenCV")

from geosift.training.scene import FIRST_SAMPLE_SEED, generate, sample  # noqa: E402

NAMES = ("Building", "Land", "Road", "Vegetation", "Water")
SEEDS = range(FIRST_SAMPLE_SEED + 100, FIRST_SAMPLE_SEED + 112)
SAMPLE = Path(__file__).resolve().parents[1] / "resources" / "sample"


@pytest.fixture(scope="module")
def scenes() -> list[tuple[np.ndarray, ...]]:
    return [generate(seed, size=224)[:2] for seed in SEEDS]


@pytest.fixture(scope="module")
def sample_scene() -> tuple[np.ndarray, ...]:
    return generate(sample.SEED, size=sample.SIZE, resolution_m=sample.RESOLUTION_M)


def test_a_seed_is_a_scene() -> None:
    first, again, other = (generate(seed, size=128) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("size", [1, 33, (70, 41), (24, 200)])
@pytest.mark.parametrize("resolution_m", [0.2, 0.5, 2.0])
def test_any_size_and_resolution(size: int | tuple[int, int], resolution_m: float) -> None:
    image, truth, _ = generate(3, size=size, resolution_m=resolution_m)
    shape = (size, size) if isinstance(size, int) else size
    assert image.shape == (*shape, 3)
    assert truth.shape == shape
    assert image.dtype == truth.dtype == np.uint8
    assert truth.max() < len(NAMES)


@pytest.mark.parametrize(("size", "resolution_m"), [(0, 0.5), ((5, -1), 0.5), (64, 0.0), (64, 9.0)])
def test_nonsense_is_refused_with_a_remedy(size: object, resolution_m: float) -> None:
    with pytest.raises(ValueError, match=r"asked for .* Change size or resolution_m"):
        generate(1, size=size, resolution_m=resolution_m)


def test_towns_hold_every_class_in_sane_shares(scenes: list) -> None:
    shares = np.array([[(truth == value).mean() for value in range(5)] for _, truth in scenes])
    mean = dict(zip(NAMES, shares.mean(axis=0)))
    assert 0.20 < mean["Land"] < 0.70, mean
    assert 0.05 < mean["Road"] < 0.30, mean
    assert all(0.02 < mean[name] < 0.40 for name in ("Building", "Vegetation", "Water")), mean
    assert shares.max() < 0.98  # no scene is of one class only


def test_desert_is_the_default_and_its_seeds_keep_their_scenes() -> None:
    """Networks and the sample are made from these seeds: new words must not move their dice."""
    image, truth, _ = generate(7, size=96)
    named = generate(7, size=96, climate="desert")
    assert np.array_equal(image, named[0])
    assert np.array_equal(truth, named[1])
    before = [1473, 4928, 901, 600, 1314]  # pixels a class, drawn before there was another climate
    # Another processor rounds differently: a few pixels may fall to the other side.
    assert np.abs(np.bincount(truth.ravel(), minlength=5) - before).max() <= 9


@pytest.fixture(scope="module")
def country() -> list[tuple[np.ndarray, ...]]:
    return [
        generate(seed, size=224, resolution_m=1.0, climate="temperate")[:2]
        for seed in range(FIRST_SAMPLE_SEED + 200, FIRST_SAMPLE_SEED + 224)
    ]


@pytest.mark.parametrize("size", [1, (70, 41)])
@pytest.mark.parametrize("resolution_m", [0.1, 0.25, 1.0, 5.0])
def test_the_country_comes_in_any_size_and_again(
    size: int | tuple[int, int], resolution_m: float
) -> None:
    asked = {"size": size, "resolution_m": resolution_m, "climate": "temperate"}
    (image, truth, _), again, other = (
        generate(5, **asked),
        generate(5, **asked),
        generate(6, **asked),
    )
    shape = (size, size) if isinstance(size, int) else size
    assert (image.shape, truth.shape) == ((*shape, 3), shape)
    assert image.dtype == truth.dtype == np.uint8
    assert truth.max() < len(NAMES)
    assert np.array_equal(image, again[0])
    assert np.array_equal(truth, again[1])
    assert size == 1 or not np.array_equal(image, other[0])


@pytest.mark.parametrize("climate", ["", "Temperate", "tropic", None])
def test_an_unknown_climate_is_refused_with_a_remedy(climate: object) -> None:
    with pytest.raises(
        ValueError, match=r"one of desert, temperate; asked for .*\. Change climate"
    ):
        generate(1, size=8, climate=climate)


def test_the_country_is_green_and_holds_every_class(country: list) -> None:
    shares = np.array([[(truth == value).mean() for value in range(5)] for _, truth in country])
    mean = dict(zip(NAMES, shares.mean(axis=0)))
    assert 0.40 < mean["Vegetation"] < 0.75, mean
    assert 0.08 < mean["Land"] < 0.35, mean
    assert 0.04 < mean["Water"] < 0.25, mean
    assert 0.02 < mean["Road"] < 0.15, mean
    assert 0.01 < mean["Building"] < 0.15, mean
    assert (shares[:, 4] > 0.02).mean() > 0.4, shares[:, 4]


@pytest.mark.parametrize("value", [0, 4], ids=["Building", "Water"])
def test_the_country_s_truth_lies_on_its_image(country: list, value: int) -> None:
    """Moved by a pixel or two any way, the truth's borders fit the image's edges less well."""
    moves = [(rows, cols) for rows in range(-2, 3) for cols in range(-2, 3)]
    fit = np.zeros(len(moves))
    for image, truth in country:
        steep, border = _steepness(image)[4:-4, 4:-4], _borders(truth, value)
        fit += [steep[np.roll(border, move, (0, 1))[4:-4, 4:-4]].sum() for move in moves]
    assert moves[int(fit.argmax())] == (0, 0), fit.reshape(5, 5).round()


def test_woods_are_rougher_than_water_as_dark(country: list) -> None:
    """The network must tell them by their texture, so the texture has to be there."""
    dark: dict[int, list[np.ndarray]] = {3: [], 4: []}
    for image, truth in country:
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        mean = cv2.blur(grey, (9, 9))
        rough = np.sqrt(np.maximum(cv2.blur(grey * grey, (9, 9)) - mean * mean, 0))
        for value, found in dark.items():
            inner = cv2.erode((truth == value).astype(np.uint8), np.ones((9, 9), np.uint8))
            found.append(rough[(inner > 0) & (mean < 60)])
    woods, water = (np.concatenate(found) for found in dark.values())
    assert min(woods.size, water.size) > 5000
    assert np.median(woods) > 2 * np.median(water)


def test_trees_over_a_road_are_vegetation_and_spare_roofs_and_water() -> None:
    from geosift.training.scene.canvas import BUILDING, ROAD, VEGETATION, WATER, Canvas
    from geosift.training.scene.season import draw_season
    from geosift.training.scene.woods import grow_woods

    canvas = Canvas((240, 240), 2.0)
    for start, value in ((0, WATER), (80, BUILDING), (150, ROAD)):
        canvas.label[:, start : start + 30] = value
    before = canvas.label.copy()
    canvas.free = before == 1
    rng = np.random.default_rng(3)
    grow_woods(canvas, np.ones(canvas.shape, bool), draw_season(rng), rng)
    assert ((canvas.label == before) | (canvas.label == VEGETATION)).all()
    assert (canvas.label[before == BUILDING] == BUILDING).all()
    assert (canvas.label[before == ROAD] == VEGETATION).any()
    assert (canvas.label[:, 0:10] == WATER).all()  # 10 m and more from every stem
    assert (canvas.height[canvas.label == VEGETATION] > 0).all()
    assert (canvas.label[before == 1] == VEGETATION).mean() > 0.7


def test_scenes_differ_in_climate_and_light(scenes: list) -> None:
    means = np.array([image.mean(axis=(0, 1)) for image, _ in scenes])
    spread = np.array([image.std() for image, _ in scenes])
    assert np.ptp(means.mean(axis=1)) > 30
    assert spread.min() > 20


def _borders(truth: np.ndarray, value: int) -> np.ndarray:
    """Pixels of a class that touch another class."""
    mask = (truth == value).astype(np.uint8)
    inner = cv2.erode(mask, np.ones((3, 3), np.uint8), borderValue=1)
    return (mask - inner).astype(bool)


def _steepness(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))


@pytest.mark.parametrize("value", range(5), ids=NAMES)
def test_the_truth_lies_exactly_on_the_image(scenes: list, value: int) -> None:
    """The image is steepest on the truth's borders, and less so beside them."""
    on, off, moved = [], [], []
    for image, truth in scenes:
        steep = _steepness(image)[4:-4, 4:-4]
        border = _borders(truth, value)
        on.append(steep[border[4:-4, 4:-4]])
        off.append(steep[~border[4:-4, 4:-4]])
        for rows, cols in ((-3, 0), (3, 0), (0, -3), (0, 3)):
            moved.append(steep[np.roll(border, (rows, cols), (0, 1))[4:-4, 4:-4]])
    on_border, elsewhere, beside = (np.concatenate(part).mean() for part in (on, off, moved))
    assert on_border > 1.3 * elsewhere
    assert on_border > 1.1 * beside


def test_a_part_of_the_truth_is_decided_by_its_sub_pixels() -> None:
    from geosift.training.scene.camera import truth_of
    from geosift.training.scene.canvas import BUILDING, ROAD, WATER, Canvas

    canvas = Canvas((4, 4), 4.0)
    canvas.label[:2, :2] = WATER
    canvas.label[:2, 2:] = [[ROAD, ROAD], [ROAD, BUILDING]]
    canvas.label[2:, :2] = [[BUILDING, BUILDING], [WATER, WATER]]
    truth = truth_of(canvas, factor=2, margin=0, size=(2, 2))
    assert truth.tolist() == [[WATER, ROAD], [BUILDING, 1]]


def test_the_sample_truth_is_the_generator_s(sample_scene: tuple) -> None:
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(SAMPLE / "truth.tif") as source:
        assert source.nodata == sample.NODATA
        assert source.crs.to_string() == sample.CRS
        assert source.res == (sample.RESOLUTION_M, sample.RESOLUTION_M)
        assert source.colormap(1)[4] == (0x2E, 0x86, 0xC1, 255)
        assert source.tags(1)["CLASS_0"] == "Building"
        truth = source.read(1)
    # Another processor rounds differently: a single sub-pixel may fall to the other side.
    assert (truth != sample_scene[1]).mean() < 0.001
    shares = [(truth == value).mean() for value in range(5)]
    assert min(shares) > 0.05, dict(zip(NAMES, shares))


def test_the_sample_scene_is_the_generator_s(sample_scene: tuple) -> None:
    rasterio = pytest.importorskip("rasterio")
    path = SAMPLE / "scene.tif"
    assert path.stat().st_size < 1_600_000
    with rasterio.open(path) as source:
        assert source.shape == sample.SIZE
        assert source.overviews(1) == [2, 4, 8]
        assert source.block_shapes[0] == (256, 256)
        assert [band.name for band in source.colorinterp] == ["red", "green", "blue"]
        image = np.moveaxis(source.read(), 0, -1)
    difference = np.abs(image.astype(np.int16) - sample_scene[0])
    assert difference.mean() < 3  # what the JPEG loses


def test_the_sample_is_written_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rasterio")
    small = generate(sample.SEED, size=(256, 320))
    monkeypatch.setattr(sample, "generate", lambda *_, **__: small)
    first, second = (sample.write_sample(tmp_path / name) for name in ("one", "two"))
    assert [path.name for path in first] == ["scene.tif", "truth.tif"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_sample_seeds_are_out_of_training_s_reach() -> None:
    assert sample.SEED >= FIRST_SAMPLE_SEED
