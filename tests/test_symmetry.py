# SPDX-License-Identifier: GPL-2.0-or-later
"""Each tile seen turned and mirrored: the group's laws, and what they mean for an answer."""

from __future__ import annotations

import weakref
from pathlib import Path

import networks
import numpy as np
import oracles
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from laws import quick
from made_rasters import noise, patches, write

from geosift.inference.errors import InputError
from geosift.inference.network.engine import Engine
from geosift.inference.network.session import Session
from geosift.inference.network.symmetry import BY_COUNT, EIGHT, Symmetry, mean_answer
from geosift.inference.runs.stopwatch import Stopwatch
from geosift.inference.segmentation.run import SegmentJob, run

images = arrays(np.uint8, array_shapes(min_dims=3, max_dims=3, max_side=7))
ways = st.sampled_from(EIGHT)


@quick
@given(images, ways)
def test_what_is_done_can_be_undone(image, way: Symmetry) -> None:
    np.testing.assert_array_equal(way.undo(way.apply(image)), image)
    np.testing.assert_array_equal(way.apply(way.undo(image)), image)


@quick
@given(ways, ways)
def test_one_after_the_other_is_again_one_of_them(one: Symmetry, other: Symmetry) -> None:
    image = np.arange(12).reshape(1, 3, 4)
    both = other.apply(one.apply(image))
    assert sum(np.array_equal(way.apply(image), both) for way in EIGHT) == 1


def test_they_are_all_there_are() -> None:
    """No two alike; the turns are a group of their own; the first of each changes nothing."""
    image = np.arange(12).reshape(1, 3, 4)
    assert len({way.apply(image).tobytes() + bytes(way.apply(image).shape) for way in EIGHT}) == 8
    assert {count: len(some) for count, some in BY_COUNT.items()} == {1: 1, 4: 4, 8: 8}
    for some in BY_COUNT.values():
        np.testing.assert_array_equal(some[0].apply(image), image)
    turns = {way.apply(image).tobytes() for way in BY_COUNT[4]}
    for way in BY_COUNT[4]:
        again = {way.apply(turn.apply(image)).tobytes() for turn in BY_COUNT[4]}
        assert again == turns


def _ask(image: np.ndarray) -> np.ndarray:
    """A network that knows left from right and up from down."""
    row, col = np.mgrid[: image.shape[1], : image.shape[2]]
    return (image * (1 + row * 3 + col) + np.roll(image, 1, axis=2)).astype(np.float32)


@quick
@given(images, ways)
def test_the_mean_of_eight_turns_with_the_image(image, way: Symmetry) -> None:
    expected = way.apply(mean_answer(_ask, image, EIGHT))
    found = mean_answer(_ask, np.ascontiguousarray(way.apply(image)), EIGHT)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 4, 8])
def test_the_mean_is_numpys(count: int) -> None:
    image = noise(3, 12, 20, high=255)
    answers = [way.undo(_ask(way.apply(image))) for way in BY_COUNT[count]]
    expected = np.mean(np.asarray(answers, np.float64), axis=0)
    found = mean_answer(_ask, image, BY_COUNT[count])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.flags.c_contiguous
    assert found.flags.writeable


def _classes(image: np.ndarray, card, folder: Path, **options) -> np.ndarray:
    path = write(folder / "in.tif", image)
    run(SegmentJob(source=str(path), card=card, output=folder / "out.tif", **options))
    with rasterio.open(folder / "out.tif") as made:
        return made.read(1)


@pytest.mark.parametrize("count", [4, 8])
def test_a_network_without_a_direction_answers_as_before(count: int, tmp_path: Path) -> None:
    """It looks at each pixel by itself, so every view says the same."""
    card = networks.levels(tmp_path, tile=64, halo=8, ring=2, fade=4)
    image = noise(3, 101, 140, high=255)
    once = _classes(image, card, tmp_path)
    assert len(np.unique(once)) > 30
    np.testing.assert_array_equal(_classes(image, card, tmp_path, augment=count), once)


@pytest.mark.parametrize(
    ("height", "width", "tile"), [(96, 96, 256), (200, 136, 96)], ids=["one tile", "many tiles"]
)
def test_a_turned_raster_gets_the_turned_answer(height, width, tile, tmp_path: Path) -> None:
    """Eight views of a network that has a direction have none; one view has."""
    card = networks.smooth(tmp_path, tile=tile, halo=16, ring=8, fade=8)
    image = patches(3, height, width, size=11)
    differs = 0
    for way in EIGHT[1:]:
        turned = np.ascontiguousarray(way.apply(image))
        found = _classes(turned, card, tmp_path, augment=8)
        expected = way.apply(_classes(image, card, tmp_path, augment=8)[np.newaxis])[0]
        assert (found != expected).mean() < 1e-3  # ties that rounding decides
        plain = way.apply(_classes(image, card, tmp_path)[np.newaxis])[0]
        differs += (_classes(turned, card, tmp_path) != plain).mean() > 0.01
    assert differs == 7


@pytest.mark.parametrize("count", [4, 8])
def test_tiled_is_one_shot(count: int, tmp_path: Path) -> None:
    """Tiles of other than square shape are turned, too."""
    card = networks.smooth(tmp_path, tile=96, halo=16, ring=8, fade=8)
    image = patches(3, 60, 300, size=11)
    scores = np.mean(
        [way.undo(oracles.one_shot(card, np.ascontiguousarray(way.apply(image))))
         for way in BY_COUNT[count]], axis=0,
    )  # fmt: skip
    planes = oracles.resized(scores, 60, 300, scale=(0.5, 0.5))
    expected, sure = oracles.decided(planes)
    found = _classes(image, card, tmp_path, augment=count)
    assert sure.mean() > 0.99
    np.testing.assert_array_equal(found[sure], expected[sure])


def test_the_result_says_so_and_costs_so_much(tmp_path: Path) -> None:
    card = networks.smooth(tmp_path, tile=96, halo=16, ring=8, fade=8)
    path = write(tmp_path / "in.tif", patches(3, 120, 130))
    job = {"source": str(path), "card": card, "output": tmp_path / "out.tif"}
    once, eight = run(SegmentJob(**job)), run(SegmentJob(**job, augment=8))
    assert eight.engine == f"{once.engine}, mean of 8 views"
    assert eight.computed == pytest.approx(8 * once.computed)
    assert (once.augment, eight.augment) == (1, 8)
    assert '"augment": 8' in eight.to_json()


def test_no_answer_is_held_while_the_next_is_asked_for() -> None:
    """It may lie in the network's working memory, which would grow."""
    given: list[weakref.ref] = []

    def ask(image: np.ndarray) -> np.ndarray:
        assert all(answer() is None for answer in given)
        answer = _Answer(image.shape)
        answer[...] = image
        given.append(weakref.ref(answer))
        return answer

    image = noise(2, 6, 8, high=255)
    found = mean_answer(ask, image, EIGHT)
    assert len(given) == 8
    np.testing.assert_allclose(found, image)


class _Answer(np.ndarray):
    """An array one can refer to weakly."""


def test_each_view_is_one_run_of_the_network(tmp_path: Path) -> None:
    asked: list[tuple[int, ...]] = []

    class Counting(Session):
        def run(self, batch):
            asked.append(batch.shape)
            return super().run(batch)

    card = networks.smooth(tmp_path, tile=96, halo=16, ring=8, fade=8)
    engine = Engine(Counting(card), 1, Stopwatch(), BY_COUNT[4])
    engine.scores(patches(3, 32, 64)[np.newaxis])
    assert asked == [(1, 3, 32, 64), (1, 3, 64, 32)] * 2


@pytest.mark.parametrize("count", [0, 2, 16])
def test_other_numbers_of_views_are_refused(count: int, tmp_path: Path) -> None:
    card = networks.smooth(tmp_path)
    with pytest.raises(InputError, match="1, 4 or 8 views"):
        SegmentJob(source="in.tif", card=card, output=tmp_path / "out.tif", augment=count)
