# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards of other people's networks that contradict them, and what only a run can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import exported_networks as made
import numpy as np
import onnx
import pytest

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import CardError
from geosift.inference.network.session import Session


def _nodes() -> list[onnx.NodeProto]:
    return [onnx.helper.make_node("Identity", ["image"], ["scores"])]


def _echo(folder: Path, shape: tuple, **options) -> ModelCard:
    """Answers with its input, and says of itself that it answers with that shape."""
    return made.saved(folder, _nodes(), {}, {"scores": shape}, **options)


@pytest.mark.parametrize(
    ("make", "change", "says"),
    [
        (made.weighted, {"tile": 64}, "needs one that takes tiles of 64"),
        (made.weighted, {"fixed_tile": False}, "any height and width"),
        (made.weighted, {"kind": "recognition"}, r"promises \(1, 1, 1, 1\)"),
        (made.weighted, {"bands": ("a", "b")}, "correct input.bands"),
        (made.weighted, {"dtype": "uint8"}, "its card says uint8"),
        (made.weighted, {"output": "none"}, "no output 'none', it has value"),
        (made.mean_colour, {"kind": "regression"}, r"\[n, values, height, width\] was expected"),
        (made.mean_colour, {"kind": "superresolution", "upscale": 2}, "correct the kind"),
        (made.two_answers, {"classes": made.classes(4)}, "correct the classes"),
        (made.enlarged, {"upscale": 3}, "correct the card"),
    ],
    ids=str,
)
def test_a_card_that_contradicts_its_network_is_refused(make, change, says, tmp_path: Path) -> None:
    """When it is loaded, or at the first tile where only that can tell."""
    card = make(tmp_path)
    with pytest.raises(CardError, match=says):
        Session(replace(card, **change)).run(np.zeros((1, 3, 32, 32), np.float32))


@pytest.mark.parametrize(
    ("batch", "told", "says"),
    [(4, 2, "takes 4 tiles at a time, its card says 2"), (4, None, "any number; export it")],
)
def test_a_batch_the_card_does_not_know_is_refused(batch, told, says, tmp_path: Path) -> None:
    card = made.weighted(tmp_path, batch=batch)
    with pytest.raises(CardError, match=says):
        Session(replace(card, fixed_batch=told))


def test_one_tile_at_a_time_needs_no_word(tmp_path: Path) -> None:
    card = replace(made.weighted(tmp_path, batch=1), fixed_batch=None)
    assert Session(card).run(np.zeros((1, 3, 32, 32), np.float32)).shape == (1, 1, 32, 32)


def test_planes_the_file_does_not_tell_are_counted(tmp_path: Path) -> None:
    shape = ("c", "h", "w")
    assert Session(_echo(tmp_path, shape, classes=made.classes(3))).channels == 3
    with pytest.raises(CardError, match="correct the classes"):
        Session(_echo(tmp_path, shape, classes=made.classes(5)))
    finer = made.enlarged(tmp_path, told=False, gray=True)
    assert Session(finer).channels == 1
    assert Session(replace(finer, fixed_batch=None)).margin == 0


def test_a_regression_counts_its_first_plane(tmp_path: Path) -> None:
    session = Session(_echo(tmp_path, (3, 32, 32), kind="regression"))
    batch = np.random.default_rng(1).uniform(size=(2, 3, 32, 32)).astype(np.float32)
    assert session.channels == 1
    np.testing.assert_array_equal(session.run(batch), batch[:, :1])


def test_a_middle_that_is_no_part_of_the_tile_is_refused(tmp_path: Path) -> None:
    larger = made.enlarged(tmp_path)
    card = replace(
        larger, kind="segmentation", activation="probabilities", classes=made.classes(3),
        upscale=1, centred=True,
    )  # fmt: skip
    with pytest.raises(CardError, match="which is no picture"):
        Session(card)


def test_a_vector_is_one_answer_a_tile(tmp_path: Path) -> None:
    for rank in (2, 4):
        session = Session(made.mean_colour(tmp_path, rank=rank, batch=3))
        batch = np.random.default_rng(rank).uniform(size=(5, 3, 32, 32)).astype(np.float32)
        found = session.run(batch)
        assert found.shape == (5, 3, 1, 1)
        np.testing.assert_allclose(found[:, :, 0, 0], batch.mean(axis=(2, 3)), rtol=1e-5)
