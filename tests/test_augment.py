# SPDX-License-Identifier: GPL-2.0-or-later
"""The laws of the crops a network is trained on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")

from geosift import training  # noqa: E402  (only where OpenCV is)
from geosift.training.data.crops import HARD_CELL, Sampler  # noqa: E402
from geosift.training.data.labelled_scene import Scene, zoomed  # noqa: E402
from geosift.training.landcover.config import LandcoverConfig, load_landcover  # noqa: E402
from geosift.training.landcover.mining import hardness  # noqa: E402
from geosift.training.sensors import Sensor, seen_by  # noqa: E402
from geosift.training.warp import warped  # noqa: E402

PLAIN = Sensor("plain", share=1.0, colour=0.0, haze=0.0, season=0.0, blur=0.0, noise=0.0)


@pytest.fixture
def config() -> LandcoverConfig:
    """The shipped recipe with small crops and nothing done to their colours."""
    recipe = load_landcover(Path(training.__file__).parent / "configs" / "landcover.toml")
    batch = replace(recipe.batch, crop=64, crops=4, paste_share=0.0, field_share=0.0)
    return replace(recipe, batch=batch, augment=replace(recipe.augment, sensors=(PLAIN,)))


def classes_as_colours(side: int, resolution_m: float = 1.0) -> Scene:
    """A scene whose colour is 50 times its class, in patches of 64 pixels."""
    rng = np.random.default_rng(0)
    truth = np.kron(rng.integers(0, 5, (side // 64, side // 64)), np.ones((64, 64), int))
    image = np.repeat((truth * 50)[..., None], 3, axis=2).astype(np.uint8)
    return Scene("made", image, truth.astype(np.uint8), resolution_m)


@pytest.mark.parametrize("resolution_m", [0.3, 0.6, 1.0])
def test_truth_lies_on_the_image(config: LandcoverConfig, resolution_m: float) -> None:
    images, truths = Sampler([classes_as_colours(512, resolution_m)], [], config).batch(3)
    shown = images[:, ::2, ::2, 0].astype(int)
    known = truths < 5
    agree = np.abs(shown - truths.astype(int) * 50) <= 25
    assert known.mean() > 0.2 and agree[known].mean() > 0.9


def test_pasted_rectangles_bring_their_truth(config: LandcoverConfig) -> None:
    pasting = replace(config, batch=replace(config.batch, paste_share=1.0))
    scene = classes_as_colours(512)
    plain, pasted = (Sampler([scene], [], settings).batch(5) for settings in (config, pasting))
    changed = (plain[1] != pasted[1]).any(axis=(1, 2))
    assert changed.any()
    known = pasted[1] < 5
    agree = np.abs(pasted[0][:, ::2, ::2, 0].astype(int) - pasted[1].astype(int) * 50) <= 25
    assert agree[known].mean() > 0.9


def test_shrinking_averages() -> None:
    """A chequerboard of single pixels becomes grey, not a moire of black and white."""
    board = np.indices((256, 256)).sum(axis=0) % 2 * 255
    image = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    small = warped(image, np.array([[3.0, 0, 32], [0, 3.0, 32]]), 48)
    assert np.abs(small.astype(int) - 127).max() < 40


@pytest.mark.parametrize(
    "change", [{"colour": 2.0}, {"haze": 1.0}, {"season": 1.0}, {"blur": 1.0}, {"noise": 20.0}]
)
def test_sensors_change_what_they_say(change: dict[str, float]) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(seen_by(np.random.default_rng(2), image, PLAIN), image)
    other = seen_by(np.random.default_rng(2), image, replace(PLAIN, **change))
    assert other.dtype == np.uint8 and other.shape == image.shape
    assert (other != image).any()


def test_another_season_leaves_what_is_not_green() -> None:
    grey = np.full((8, 8, 3), 120, np.uint8)
    season = replace(PLAIN, season=1.0)
    np.testing.assert_array_equal(seen_by(np.random.default_rng(0), grey, season), grey)


def test_hard_places_are_where_the_network_errs(config: LandcoverConfig) -> None:
    scene = classes_as_colours(512)
    wrong_below = scene.truth.copy()
    wrong_below[256:] = (wrong_below[256:] + 1) % 5

    def predict(image: np.ndarray) -> np.ndarray:
        return np.eye(5, dtype=np.float32)[wrong_below[::2, ::2]].transpose(2, 0, 1)[None]

    cells = hardness(predict, scene)
    assert cells.shape == (512 // HARD_CELL, 512 // HARD_CELL)
    assert cells[:3].max() == 0 and cells[5:].min() == 1
    sampler = Sampler([scene], [], replace(config, batch=replace(config.batch, hard_share=0.5)))
    sampler.hardness = [cells]
    rng = np.random.default_rng(0)
    assert all(sampler._hard_place(rng, cells)[1] >= 192 for _ in range(50))


def test_zooming_keeps_what_lies_where() -> None:
    scene = classes_as_colours(128)
    finer = zoomed(scene, 0.5)
    assert finer.truth.shape == (256, 256) and finer.resolution_m == 0.5
    np.testing.assert_array_equal(finer.truth[::2, ::2], scene.truth)
    assert zoomed(scene, 1.0) is scene
