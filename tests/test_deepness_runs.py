# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks with the metadata of Deepness and no card, from the file to the exact answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import exported_networks as made
import numpy as np
import onnx
import pytest
import rasterio
from exported_oracles import (
    blended,
    brute_median,
    correlated,
    sigmoid,
    softmax_planes,
    starts,
    zero_padded,
)
from made_rasters import noise, patches, write
from onnx import numpy_helper

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.recognition.run import RecogniseJob, run_recognise
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.superresolution.run import SuperresolveJob, run_superresolve

NEAR = 2e-5
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.3, 0.25)


def _told(card: ModelCard, **metadata: Any) -> ModelCard:
    """The same network with metadata instead of a card, as the catalogue understands it."""
    model = onnx.load(card.path)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=json.dumps(value))
    path = card.path.with_name("zoo.onnx")
    onnx.save(model, path)
    return Catalog().find(path)


def _kernel(card: ModelCard) -> np.ndarray:
    (found,) = (each for each in onnx.load(card.path).graph.initializer if each.name == "kernel")
    return numpy_helper.to_array(found)


def _seen(image: np.ndarray) -> np.ndarray:
    """What the network is fed with."""
    return (image / 255.0 - np.reshape(MEAN, (3, 1, 1))) / np.reshape(STD, (3, 1, 1))


def _read(path: Path) -> np.ndarray:
    with rasterio.open(path) as dataset:
        return dataset.read()


@pytest.mark.parametrize("median", [1, 5])
@pytest.mark.parametrize(
    ("planes", "how", "names"),
    [(1, "Sigmoid", {"0": "roof"}), (3, "Softmax", {"0": "rest", "1": "roof", "2": "road"})],
    ids=["sigmoid", "softmax"],
)
def test_a_segmentor(planes: int, how: str, names, median: int, tmp_path: Path) -> None:
    card = _told(
        made.squashed(tmp_path, planes=planes, how=how, batch=1), model_type="Segmentor",
        class_names=names, resolution=100, tiles_overlap=50, seg_thresh=0.4,
        seg_small_segment=median, standardization_mean=MEAN, standardization_std=STD,
    )  # fmt: skip
    assert [info.name for info in card.classes][-1] == list(names.values())[-1]
    image = patches(3, 75, 101)
    source = write(tmp_path / "in.tif", image)
    run(SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif"))
    raw = correlated(zero_padded(_seen(image), 2), _kernel(card))
    if planes == 1:
        share = sigmoid(raw[0])
        classes, near = (share >= 0.4).astype(np.uint8), np.abs(share - 0.4) < NEAR
    else:
        shares = softmax_planes(raw)
        best = shares.max(axis=0)
        classes = np.where(best >= 0.4, shares.argmax(axis=0), 0).astype(np.uint8)
        near = np.abs(best - 0.4) < NEAR
    assert not near.any()
    expected = classes if median == 1 else brute_median(classes, median)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif")[0], expected)


def test_a_segmentor_with_two_outputs(tmp_path: Path) -> None:
    card = _told(
        made.two_answers(tmp_path), model_type="segmentor", seg_small_segment=1, resolution=100,
        class_names=[{"0": "none", "1": "some"}, {"0": "red", "1": "green", "2": "blue"}],
        seg_thresh=0.0,
    )  # fmt: skip
    image = noise(3, 50, 60)
    source = write(tmp_path / "in.tif", image)
    job = SegmentJob(source=str(source), card=card.answering(1), output=tmp_path / "out.tif")
    result = run(job)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif")[0], image.argmax(axis=0))
    assert [row.name for row in result.areas] == ["red", "green", "blue"]


@pytest.mark.parametrize("asked", [0, 1])
@pytest.mark.parametrize("first", ["whole", "middle"])
def test_answers_of_several_sizes(tmp_path: Path, asked: int, first: str) -> None:
    nodes = [
        onnx.helper.make_node("Identity", ["image"], ["whole"]),
        onnx.helper.make_node("Slice", ["image", "from", "to", "axes"], ["middle"]),
    ]
    cut = {"from": np.array([4, 4]), "to": np.array([28, 28]), "axes": np.array([2, 3])}
    sides = {"whole": (3, 32, 32), "middle": (3, 24, 24)}
    outputs = {name: sides[name] for name in sorted(sides, key=lambda name: name != first)}
    card = _told(
        made.saved(tmp_path, nodes, cut, outputs, classes=made.classes(3)),
        model_type="Segmentor", resolution=100, seg_small_segment=1, tiles_overlap=50,
    )  # fmt: skip
    image = patches(3, 75, 101)
    source = write(tmp_path / "in.tif", image)
    job = SegmentJob(source=str(source), card=card.answering(asked), output=tmp_path / "out.tif")
    run(job)
    found = np.where(image.max(axis=0) >= 128, image.argmax(axis=0), 0)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif")[0], found)


def test_a_segmentor_whose_answer_is_smaller_than_its_tile(tmp_path: Path) -> None:
    card = _told(
        made.squashed(tmp_path, planes=3, how="Softmax", padded=False, size=7),
        model_type="Segmentor", class_names={"0": "a", "1": "b", "2": "c"}, resolution=100,
        seg_small_segment=1, seg_thresh=0.0, standardization_mean=MEAN, standardization_std=STD,
    )  # fmt: skip
    assert card.centred
    image = patches(3, 75, 101)
    source = write(tmp_path / "in.tif", image)
    run(SegmentJob(source=str(source), card=card, output=tmp_path / "out.tif"))
    wide = np.pad(_seen(image), ((0, 0), (3, 3), (3, 3)), mode="symmetric")
    shares = np.sort(correlated(wide, _kernel(card)), axis=0)
    certain = shares[-1] - shares[-2] > 1e-4
    classes = correlated(wide, _kernel(card)).argmax(axis=0)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif")[0][certain], classes[certain])


def test_a_regressor(tmp_path: Path) -> None:
    card = _told(
        made.weighted(tmp_path, rank=3, batch=1), model_type="Regressor", resolution=100,
        tiles_overlap=50, reg_output_scaling=12.5, standardization_mean=MEAN,
        standardization_std=STD,
    )  # fmt: skip
    image = patches(3, 75, 101)
    source = write(tmp_path / "in.tif", image)
    run_regress(RegressJob(source=str(source), card=card, output=tmp_path / "out.tif"))
    expected = 12.5 * correlated(zero_padded(_seen(image), 2), _kernel(card))
    np.testing.assert_allclose(_read(tmp_path / "out.tif"), expected, atol=1e-2)
    assert np.abs(expected).max() > 50


@pytest.mark.parametrize("overlap", [0, 15, 40])
def test_a_superresolution_at_any_overlap(overlap: int, tmp_path: Path) -> None:
    card = _told(
        made.enlarged(tmp_path, factor=4), model_type="Superresolution", resolution=100,
        tiles_overlap=overlap,
    )  # fmt: skip
    image = noise(3, 70, 45)
    source = write(tmp_path / "in.tif", image)
    job = SuperresolveJob(source=str(source), card=card, output=tmp_path / "out.tif")
    run_superresolve(job)
    expected = image.repeat(4, axis=1).repeat(4, axis=2)
    np.testing.assert_array_equal(_read(tmp_path / "out.tif"), expected)


def test_a_recognition(tmp_path: Path) -> None:
    card = _told(
        made.mean_colour(tmp_path), model_type="Recognition", resolution=100, tiles_overlap=25
    )  # fmt: skip
    image = patches(3, 75, 101, size=9)
    example = write(tmp_path / "example.tif", patches(3, 32, 32, size=32, seed=5))
    source = write(tmp_path / "in.tif", image)
    run_recognise(
        RecogniseJob(
            source=str(source), card=card, output=tmp_path / "out.tif", picture=str(example)
        )
    )
    wanted = _read(example).astype(float).mean(axis=(1, 2))
    tiles = {}
    for top in starts(75, tile=32, halo=4):
        for left in starts(101, tile=32, halo=4):
            vector = image[:, top : top + 32, left : left + 32].astype(float).mean(axis=(1, 2))
            lengths = np.linalg.norm(vector) * np.linalg.norm(wanted)
            tiles[top, left] = float(vector @ wanted / lengths)
    blend = card.blend
    expected = blended(tiles, (75, 101), tile=32, ring=blend.ring, fade=blend.fade)
    np.testing.assert_allclose(_read(tmp_path / "out.tif")[0], expected, atol=1e-5)
