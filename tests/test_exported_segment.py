# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's segmentations, run as they are: every shape of answer, exactly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import exported_networks as made
import numpy as np
import onnx
import pytest
import rasterio
from exported_oracles import (
    brute_median,
    correlated,
    filled,
    sigmoid,
    softmax_planes,
    zero_padded,
)
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import MAKERS, hole, noise, patches, write
from onnx import numpy_helper
from oracles import stretched

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, CardError
from geosift.inference.network.batches import in_batches
from geosift.inference.network.session import Session
from geosift.inference.segmentation.run import SegmentJob, SegmentResult, run
from geosift.inference.tiles import plan as plan_module
from geosift.inference.tiles.decide import Rule

NEAR = 2e-5
"""Probabilities nearer than this to a decision are left to rounding."""


def _run(source: Path, card: ModelCard, output: Path, **options) -> SegmentResult:
    calls = {key: options.pop(key) for key in ("progress", "cancelled") if key in options}
    return run(SegmentJob(source=str(source), card=card, output=output, **options), **calls)


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read(1)


def _kernel(card: ModelCard) -> np.ndarray:
    (found,) = (each for each in onnx.load(card.path).graph.initializer if each.name == "kernel")
    return numpy_helper.to_array(found)


def _expected(card: ModelCard, image: np.ndarray, how: str, *, reach: int = 2) -> np.ndarray:
    """Probabilities of the classes on the raster's pixels, where edges are padded by zeros."""
    height, width = image.shape[1:]
    seen = zero_padded(filled(image / 255.0, card.tile), reach)
    raw = correlated(seen, _kernel(card))[:, :height, :width]
    planes = sigmoid(raw) if how == "Sigmoid" else softmax_planes(raw)
    return np.stack([1 - planes[0], planes[0]]) if len(planes) == 1 else planes


def _decided(planes: np.ndarray, threshold: float, *, lone: bool) -> tuple[np.ndarray, np.ndarray]:
    """The class of each pixel, and where rounding cannot change it."""
    if lone:
        return (planes[1] >= threshold).astype(int), np.abs(planes[1] - threshold) > NEAR
    ordered = np.sort(planes, axis=0)
    certain = (ordered[-1] - ordered[-2] > NEAR) & (np.abs(ordered[-1] - threshold) > NEAR)
    return np.where(ordered[-1] >= threshold, planes.argmax(axis=0), 0), certain


ANSWERS = {
    "sigmoid [n,1,h,w]": {"planes": 1, "how": "Sigmoid", "rank": 4},
    "sigmoid [n,h,w]": {"planes": 1, "how": "Sigmoid", "rank": 3},
    "sigmoid [n,3,h,w]": {"planes": 3, "how": "Sigmoid", "rank": 4},
    "softmax [n,4,h,w]": {"planes": 4, "how": "Softmax", "rank": 4},
}


@pytest.mark.parametrize("batch", [None, 1, 3], ids=["any batch", "one", "three at a time"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_each_answer_gives_its_classes(answer: dict, batch: int | None, tmp_path: Path) -> None:
    """Several tiles of exactly 32 pixels over 75 x 101: as one look at the whole."""
    card = made.squashed(tmp_path, **answer, batch=batch, threshold=0.4)
    image = patches(3, 75, 101)
    source = write(tmp_path / "in.tif", image)
    result = _run(source, card, tmp_path / "out.tif", confidence=tmp_path / "sure.tif", threads=2)
    planes = _expected(card, image, answer["how"])
    classes, certain = _decided(planes, 0.4, lone=answer["planes"] == 1)
    assert certain.mean() > 0.99
    assert len(np.unique(classes)) >= len(card.classes) - 1
    found = _read(tmp_path / "out.tif")
    np.testing.assert_array_equal(found[certain], classes[certain])
    chosen = np.take_along_axis(planes, classes[None], axis=0)[0] / planes.sum(axis=0)
    off = np.abs(_read(tmp_path / "sure.tif") - 100 * chosen)
    assert off[certain].max() <= 0.51
    assert result.tiles == 4 * 6
    assert result.computed == pytest.approx(24 * 32 * 32 / (75 * 101))


@thorough
@given(
    size=st.tuples(st.integers(1, 70), st.integers(1, 90)),
    batch=st.sampled_from([None, 1, 2, 5]),
    overlap=st.integers(4, 10),
    threads=st.integers(1, 3),
)
def test_one_size_of_tile_serves_every_size_of_raster(
    tmp_path_factory: pytest.TempPathFactory, size, batch, overlap, threads
) -> None:
    """Also one that is smaller than a tile, down to a single pixel: it is mirrored."""
    folder = tmp_path_factory.mktemp("case")
    card = made.squashed(folder, planes=3, how="Softmax", batch=batch)
    image = patches(3, *size)
    source = write(folder / "in.tif", image)
    _run(source, card, folder / "out.tif", overlap=overlap, threads=threads)
    classes, certain = _decided(_expected(card, image, "Softmax"), 0.0, lone=False)
    found = _read(folder / "out.tif")
    np.testing.assert_array_equal(found[certain], classes[certain])


@pytest.mark.parametrize("size", [7, 4], ids=["symmetric", "half a pixel off"])
@pytest.mark.parametrize("shape", [(75, 101), (20, 23), (1, 1), (3, 90)], ids=str)
def test_a_smaller_answer_lies_in_the_middle_of_its_tile(shape, size, tmp_path: Path) -> None:
    """Edges too are answered: the network sees the raster mirrored around them."""
    card = made.squashed(tmp_path, planes=3, how="Softmax", padded=False, size=size)
    image = patches(3, *shape)
    source = write(tmp_path / "in.tif", image)
    _run(source, card, tmp_path / "out.tif")
    before, after = (size - 1) // 2, size // 2
    wide = np.pad(image / 255.0, ((0, 0), (before, after), (before, after)), mode="symmetric")
    classes, certain = _decided(softmax_planes(correlated(wide, _kernel(card))), 0.0, lone=False)
    assert certain.mean() > 0.95
    np.testing.assert_array_equal(_read(tmp_path / "out.tif")[certain], classes[certain])


def test_the_margin_of_a_centred_network_is_found(tmp_path: Path) -> None:
    for size, margin in ((7, 3), (4, 2), (1, 0)):
        card = made.squashed(tmp_path, planes=2, how="Softmax", padded=False, size=size)
        session = Session(card)
        assert session.margin == margin
        scores = session.run(np.zeros((2, 3, 32, 32), np.float32))
        assert scores.shape == (2, 2, 32 - 2 * margin, 32 - 2 * margin)


def test_any_of_several_answers_can_be_asked(tmp_path: Path) -> None:
    image = noise(3, 50, 60)
    source = write(tmp_path / "in.tif", image)
    card = made.two_answers(tmp_path)
    _run(source, card, tmp_path / "first.tif")
    _run(source, card.answering(0), tmp_path / "lone.tif")
    _run(source, card.answering(1), tmp_path / "bands.tif")
    lone = (image[0] / np.float32(255) > 0.5).astype(int)
    np.testing.assert_array_equal(_read(tmp_path / "first.tif"), lone)
    np.testing.assert_array_equal(_read(tmp_path / "lone.tif"), lone)
    np.testing.assert_array_equal(_read(tmp_path / "bands.tif"), image.argmax(axis=0))


def test_an_output_that_is_not_there_is_refused(tmp_path: Path) -> None:
    card = made.two_answers(tmp_path)
    with pytest.raises(CardError, match="none"):
        Session(replace(card, answers=(), output="none"))


def test_a_network_of_bytes_is_fed_bytes(tmp_path: Path) -> None:
    nodes = [
        onnx.helper.make_node("Cast", ["image"], ["x"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Div", ["x", "whole"], ["scores"]),
    ]
    card = made.saved(
        tmp_path, nodes, {"whole": np.array(255, np.float32)}, {"scores": (3, 32, 32)},
        dtype="uint8", classes=made.classes(3),
    )  # fmt: skip
    image = noise(3, 40, 50)
    _run(write(tmp_path / "in.tif", image), card, tmp_path / "out.tif")
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), image.argmax(axis=0))


@pytest.mark.parametrize("name", ["uint16", "float_nan", "float_nodata", "byte_nodata", "rgba"])
def test_any_type_of_raster_is_brought_to_what_the_network_takes(name: str, tmp_path: Path) -> None:
    """Stretched to 0..255, then to 0..1; no answer where there is no data."""
    source = MAKERS[name](tmp_path / "in.tif")
    with rasterio.open(source) as dataset:
        pixels, valid = dataset.read([1, 2, 3]), dataset.dataset_mask() != 0
    valid &= np.isfinite(pixels).all(axis=0)
    seen = pixels if pixels.dtype == np.uint8 else stretched(pixels, valid)
    card = made.two_answers(tmp_path).answering(1)
    _run(source, card, tmp_path / "out.tif")
    found = _read(tmp_path / "out.tif")
    ordered = np.sort(seen.astype(float), axis=0)
    certain = valid & (ordered[-1] - ordered[-2] > 1e-2)
    np.testing.assert_array_equal(found == 255, ~valid)
    np.testing.assert_array_equal(found[certain], seen.argmax(axis=0)[certain])


def test_tiles_without_a_wanted_pixel_are_not_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where three are asked together: those that are left fill a call."""
    image = np.maximum(patches(3, 120, 150), 1)
    image[:, :, 50:] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    card = made.squashed(tmp_path, planes=3, how="Softmax", batch=3)
    asked: list[int] = []
    original = Session.run
    monkeypatch.setattr(
        Session, "run", lambda self, batch: asked.append(len(batch)) or original(self, batch)
    )
    result = _run(source, card, tmp_path / "out.tif")
    assert 0 < sum(asked) < 0.55 * result.tiles
    assert set(asked) <= {1, 2, 3}
    found = _read(tmp_path / "out.tif")
    assert (found[:, 50:] == 255).all()
    assert (found[:, :50] != 255).all()


def test_column_blocks_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    card = made.squashed(tmp_path, planes=3, how="Softmax", padded=False, tile=64, batch=2)
    image = patches(3, 60, 1300)
    source = write(tmp_path / "in.tif", image)
    _run(source, card, tmp_path / "whole.tif")
    monkeypatch.setattr(plan_module, "BLOCK_WIDTH", 512)
    _run(source, card, tmp_path / "cut.tif")
    whole, cut = _read(tmp_path / "whole.tif"), _read(tmp_path / "cut.tif")
    assert (whole != cut).mean() < 1e-4


def test_a_part_is_answered_like_the_whole(tmp_path: Path) -> None:
    card = made.squashed(tmp_path, planes=3, how="Softmax", median=5)
    image = patches(3, 150, 160)
    source = write(tmp_path / "in.tif", image)
    _run(source, replace(card, median=0), tmp_path / "whole.tif")
    extent = (500_040, 5_799_880, 500_130, 5_799_950)
    _run(source, replace(card, median=0), tmp_path / "part.tif", extent=extent)
    whole, part = _read(tmp_path / "whole.tif"), _read(tmp_path / "part.tif")
    assert part.shape == (70, 90)
    assert (part != whole[50:120, 40:130]).mean() < 1e-3


def test_views_are_the_mean_of_the_network_turned(tmp_path: Path) -> None:
    card = made.squashed(tmp_path, planes=3, how="Softmax", padded=False, size=4)
    image = patches(3, 60, 70)
    source = write(tmp_path / "in.tif", image)
    _run(source, card, tmp_path / "out.tif", augment=8)
    flipped = write(tmp_path / "flipped.tif", np.ascontiguousarray(image[:, ::-1]))
    _run(flipped, card, tmp_path / "out2.tif", augment=8)
    assert (_read(tmp_path / "out.tif") != _read(tmp_path / "out2.tif")[::-1]).mean() < 1e-3


def test_a_cancelled_run_leaves_nothing(tmp_path: Path) -> None:
    card = made.squashed(tmp_path, planes=3, how="Softmax", batch=2, median=9)
    source = write(tmp_path / "in.tif", patches(3, 120, 150))
    before = {path.name for path in tmp_path.iterdir()}
    for percent in (0.1, 40.0, 100.0):  # the last one while the median goes over the classes
        told = [0.0]
        with pytest.raises(Cancelled):
            _run(
                source, card, tmp_path / "out.tif", progress=told.append,
                cancelled=lambda told=told, percent=percent: told[-1] >= percent,
            )  # fmt: skip
        assert {path.name for path in tmp_path.iterdir()} == before


# How scores become classes


@quick
@given(
    st.integers(1, 5), st.floats(0, 1), st.integers(0, 99),
    st.sampled_from(["probabilities", "logits"]),
)  # fmt: skip
def test_a_threshold_is_that_of_deepness(planes, threshold, seed, activation) -> None:
    """What lies below is set to 0, then the largest wins; one plane is compared with nothing."""
    shares = np.random.default_rng(seed).uniform(0, 1, (planes, 9, 11)).astype(np.float32)
    shares[0, :3] = threshold  # what is exactly there counts
    lone = planes == 1
    if activation == "logits":
        shares = shares if lone else (shares / shares.sum(axis=0)).astype(np.float32)
    kept = np.where(shares < np.float32(threshold), 0.0, shares)
    expected = (shares[0] >= np.float32(threshold)).astype(int) if lone else kept.argmax(axis=0)
    given_planes = np.concatenate([1 - shares, shares]) if lone else shares
    near = np.zeros(shares.shape[1:], bool)
    if activation == "logits":
        given_planes = np.log(np.maximum(given_planes, 1e-30))
        near = (np.abs(shares - threshold) < 1e-5).any(axis=0)
    classes, chosen = Rule(activation, threshold, lone).decide(list(given_planes))
    np.testing.assert_array_equal(classes[~near], expected[~near])
    picked = np.take_along_axis(given_planes, classes[None].astype(int), axis=0)[0]
    np.testing.assert_array_equal(chosen, picked)


def test_without_a_threshold_nothing_changes() -> None:
    planes = list(np.random.default_rng(1).normal(size=(4, 20, 30)).astype(np.float32))
    classes, chosen = Rule("logits").decide(planes)
    np.testing.assert_array_equal(classes, np.argmax(planes, axis=0))
    np.testing.assert_array_equal(chosen, np.max(planes, axis=0))


# The median


def test_the_median_goes_over_the_classes_and_areas_are_counted_after_it(tmp_path: Path) -> None:
    image = np.maximum(patches(3, 130, 140, size=5), 1)
    image[:, ~hole(130, 140)] = 0
    source = write(tmp_path / "in.tif", image, nodata=0)
    card = made.squashed(tmp_path, planes=3, how="Softmax")
    _run(source, card, tmp_path / "plain.tif")
    result = _run(source, replace(card, median=9), tmp_path / "out.tif")
    plain, found = _read(tmp_path / "plain.tif"), _read(tmp_path / "out.tif")
    assert (plain != found).mean() > 0.02
    np.testing.assert_array_equal(found, brute_median(plain, 9))
    counted = [row.pixels for row in result.areas]
    np.testing.assert_array_equal(counted, np.bincount(found[found != 255], minlength=3))


@pytest.mark.parametrize(("resolution", "expected"), [(1.0, 5), (3.0, 15), (0.5, 3), (4.0, 21)])
def test_the_median_is_of_the_networks_pixels(tmp_path: Path, resolution, expected) -> None:
    source = write(tmp_path / "in.tif", patches(3, 120, 144, size=5))
    card = replace(made.squashed(tmp_path, planes=3, how="Softmax"), resolution_m=resolution)
    _run(source, card, tmp_path / "plain.tif")
    _run(source, replace(card, median=5), tmp_path / "out.tif")
    filtered = cv2.medianBlur(_read(tmp_path / "plain.tif"), expected)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), filtered)


def test_without_gaps_the_median_is_opencvs(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tif", patches(3, 60, 70, size=5))
    card = made.squashed(tmp_path, planes=3, how="Softmax")
    _run(source, card, tmp_path / "plain.tif")
    _run(source, replace(card, median=5), tmp_path / "out.tif")
    expected = cv2.medianBlur(_read(tmp_path / "plain.tif"), 5)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), expected)


# Batches


@quick
@given(st.integers(1, 12), st.none() | st.integers(1, 5))
def test_a_fixed_batch_is_each_image_alone(images: int, count: int | None) -> None:
    batch = np.random.default_rng(images).normal(size=(images, 2, 3))
    asked: list[int] = []

    def ask(part: np.ndarray) -> np.ndarray:
        asked.append(len(part))
        return part.sum(axis=1) * 2

    np.testing.assert_array_equal(in_batches(ask, batch, count), batch.sum(axis=1) * 2)
    assert asked == [count or images] * (-(-images // count) if count else 1)
