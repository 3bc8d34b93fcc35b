# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster unlike the training data is told of once, with a figure; one like it is not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import cv2
import networks
import numpy as np
import pytest
from affine import Affine
from made_rasters import UTM, noise, write
from rasterio.crs import CRS
from rasterio.transform import from_origin
from running import is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.classification.cell_plan import make_cell_plan
from geosift.inference.classification.classify import _look_at_every, _looks
from geosift.inference.classification.drift import Drift, Look, scale_sentence
from geosift.inference.classification.job import ClassifyJob, ClassifyResult
from geosift.inference.classification.patch_features import patch_features
from geosift.inference.classification.run import run_classify
from geosift.inference.raster.frame import Frame

SIDE = 64


@pytest.fixture(scope="module")
def known() -> np.ndarray:
    """(3, 640, 640) of what the network was trained on: soft shapes, neither bright nor dark."""
    planes = noise(3, 640, 640, low=0, high=255)
    soft = cv2.GaussianBlur(planes.transpose(1, 2, 0), (0, 0), 3).transpose(2, 0, 1)
    return np.clip(110 + 2.5 * (soft.astype(float) - 127), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def card(known: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """A classifier that tells what its training data looked like."""
    looks = [
        Look.of(known[:, top : top + SIDE, left : left + SIDE]).features
        for top in range(0, 577, 24)
        for left in range(0, 577, 24)
    ]
    features = {name: np.array([look[name] for look in looks]) for name in looks[0]}
    statistics = {
        "bands": [{"mean": float(band.mean()), "std": float(band.std())} for band in known],
        "features": {
            name: {"p1": float(np.quantile(v, 0.01)), "p99": float(np.quantile(v, 0.99))}
            for name, v in features.items()
        },
    }
    card = networks.classifier(tmp_path_factory.mktemp("network"))
    return replace(card, bands=("red", "green", "blue"), statistics=statistics)


def _run(pixels: np.ndarray, card: ModelCard, folder: Path, **profile) -> ClassifyResult:
    path = write(folder / "in.tif", pixels, **profile)
    return run_classify(ClassifyJob(str(path), card, report=folder / "out.json"))


def test_what_looks_like_the_training_data_is_not_told_of(known, card, tmp_path: Path) -> None:
    assert _run(known[:, :300, :500], card, tmp_path).warnings == ()


def _sharper(pixels: np.ndarray) -> np.ndarray:
    grain = np.random.default_rng(0).normal(0, 8, (1, *pixels.shape[1:]))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


CHANGES = {
    "brighter": (lambda p: np.clip(p + 130.0, 0, 255), ["of red|of green|of blue", "brighter"]),
    "darker": (lambda p: p * 0.25, ["below", "darker|plainer|more blurred"]),
    "sharper": (_sharper, ["sharper or noisier"]),
    "plainer": (lambda p: np.full_like(p, 110), ["plainer|more blurred"]),
    "greener": (
        lambda p: p + np.array([0, 40, 0])[:, None, None] * 1.0,
        ["of green", "greener|colourful"],
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_is_told_once_a_kind_and_by_how_much(
    change: str, known, card, tmp_path: Path
) -> None:
    make, says = CHANGES[change]
    changed = np.clip(make(known[:, :300, :500].astype(float)), 0, 255).astype(np.uint8)
    told = _run(changed, card, tmp_path).warnings
    assert len(told) == len(says)
    for sentence, words in zip(told, says):
        assert re.search(words, sentence)
        assert re.search(r"\d", sentence)
        assert is_one_sentence(sentence)


def test_the_figures_are_right(card) -> None:
    drift = Drift(card)
    tile = np.full((3, SIDE, SIDE), 250, np.uint8)
    for _ in range(3):
        drift.add(Look.of(tile))
    told = list(drift.sentences())
    mean, std = max(card.band_statistics, key=lambda each: (250 - each[0]) / each[1])
    assert f"{(250 - mean) / std:.1f} standard deviations above the {mean:.0f}" in told[0]
    assert "100 % of the tiles" in told[1]


def test_a_few_strangers_are_no_drift(known, card) -> None:
    drift = Drift(card)
    for col in range(8):
        drift.add(Look.of(known[:, :SIDE, col * SIDE : (col + 1) * SIDE]))
    drift.add(Look.of(np.zeros((3, SIDE, SIDE), np.uint8)))
    assert list(drift.sentences()) == []


def test_a_card_without_statistics_knows_no_drift(known, card, tmp_path: Path) -> None:
    assert _run(known[:, :90, :90] // 9, replace(card, statistics={}), tmp_path).warnings == ()


def test_nodata_is_no_drift(known, card, tmp_path: Path) -> None:
    """Tiles with a hole are not looked at: it is filled with a grey of no picture."""
    pixels = np.maximum(known[:, :200, :400], 1)
    pixels[:, ::20, ::20] = 0
    assert _run(pixels, card, tmp_path, nodata=0).warnings == ()


def test_features_are_those_of_their_definition() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    found = patch_features(image)
    red, green, blue = image.astype(float).transpose(2, 0, 1)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    assert found["brightness"][0] == pytest.approx(grey.mean(), abs=0.1)
    assert found["contrast"][0] == pytest.approx(grey.std(), abs=0.1)
    assert found["greenness"][0] == pytest.approx((2 * green - red - blue).mean(), abs=1e-3)
    spread = image.max(axis=2).astype(float) - image.min(axis=2)
    assert found["saturation"][0] == pytest.approx(spread.mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("pixel", "says"),
    [
        (10.0, None), (19.0, None), (5.5, None),
        (30.0, "are 30 m, 3 times coarser than the 10 m"),
        (2.0, "are 2 m, 5 times finer than the 10 m"),
        (0.1, "100 times finer"),
    ],
)  # fmt: skip
def test_a_raster_far_finer_or_coarser_is_told_by_how_much(pixel, says, card) -> None:
    frame = Frame(50, 50, Affine(pixel, 0, 5e5, 0, -pixel, 5.8e6), CRS.from_string(UTM))
    sentence = scale_sentence(frame, replace(card, resolution_m=10.0))
    if says is None:
        assert sentence is None
    else:
        assert says in sentence
        assert is_one_sentence(sentence)
    assert scale_sentence(frame, card) is None, "the card works at any resolution"
    nowhere = Frame(50, 50, None, None)
    assert scale_sentence(nowhere, replace(card, resolution_m=10.0)) is None


@pytest.mark.parametrize(("pixel", "count"), [(10, 0), (30, 1), (60, 1), (2, 1)])
def test_the_scale_is_told_once_in_a_run(pixel, count, known, card, tmp_path: Path) -> None:
    told = _run(
        known[:, :330, :330], replace(card, resolution_m=10.0, statistics={}), tmp_path,
        transform=from_origin(5e5, 5.8e6, pixel, pixel),
    ).warnings  # fmt: skip
    assert len(told) == count
    assert all("The raster's pixels are" in sentence for sentence in told)


@pytest.mark.parametrize("columns", [1, 7, 128, 129, 171])
def test_looks_are_spread_over_all_columns(columns: int, card: ModelCard) -> None:
    plan = make_cell_plan(
        Frame(64 * 128, 64 * columns, None, None), card,
        network_shape=(64 * 128, 64 * columns), step=64, extent=None,
    )  # fmt: skip
    width = len(plan.cols.starts)
    numbers = np.arange(plan.count())
    seen = numbers[_looks(numbers, _look_at_every(plan, plan.count()))]
    assert 60 < len(seen) < 300
    assert len(np.unique(seen % width)) >= min(width, 40)


def test_the_resolution_asked_for_is_what_counts(card: ModelCard) -> None:
    frame = Frame(500, 500, Affine(1, 0, 5e5, 0, -1, 5.8e6), CRS.from_epsg(32631))
    known = replace(card, resolution_m=10.0)
    assert "10 times finer" in (scale_sentence(frame, known) or "")
    assert "asked for, 1 m, is 10 times finer" in (scale_sentence(frame, known, 1.0) or "")
    assert scale_sentence(frame, known, 12.0) is None
