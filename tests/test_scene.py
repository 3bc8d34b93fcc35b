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
def scenes() -> list[tuple[np.ndarray, np.ndarray]]:
    return [generate(seed, size=224) for seed in SEEDS]


@pytest.fixture(scope="module")
def sample_scene() -> tuple[np.ndarray, np.ndarray]:
    return generate(sample.SEED, size=sample.SIZE, resolution_m=sample.RESOLUTION_M)


def test_a_seed_is_a_scene() -> None:
    first, again, other = (generate(seed, size=128) for seed in (5, 5, 6))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("size", [1, 33, (70, 41), (24, 200)])
@pytest.mark.parametrize("resolution_m", [0.2, 0.5, 2.0])
def test_any_size_and_resolution(size: int | tuple[int, int], resolution_m: float) -> None:
    image, truth = generate(3, size=size, resolution_m=resolution_m)
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
