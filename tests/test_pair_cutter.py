# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's pairs behind the same verb: windows are few, answers exact, encodings shared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import made_pairs
import numpy as np
import pytest
from prompt_scenes import box_around, cutter_in, filled, iou, scene

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import InputError
from geosift.inference.prompt.cutout import Cutout
from geosift.inference.prompt.cutter import Cutter
from geosift.inference.prompt.pairs.card import card_of_pair
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.raster.window import Window

HEIGHT, WIDTH = 160, 208
HOUSE, ROOF, EDGE = Window(20, 24, 24, 16), Window(88, 100, 20, 28), Window(120, 184, 40, 24)
THINGS = (HOUSE, ROOF, EDGE)


@pytest.fixture(scope="module", params=made_pairs.CONTRACTS)
def card(request, tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("pair")
    made_pairs.make(folder, made_pairs.CONTRACTS[request.param])
    return card_of_pair(folder)


@pytest.fixture(scope="module")
def sam(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    folder = tmp_path_factory.mktemp("sam")
    made_pairs.make(folder, made_pairs.SAM)
    return card_of_pair(folder)


@contextmanager
def _encodings(cutter: Cutter) -> Iterator[list[np.ndarray]]:
    """What the encoder is shown meanwhile."""
    seen: list[np.ndarray] = []
    see = cutter.eye.network.see
    cutter.eye.network.see = lambda image, inside: seen.append(image) or see(image, inside)
    try:
        yield seen
    finally:
        del cutter.eye.network.see


def _cutter(folder: Path, card: ModelCard, **options) -> Cutter:
    return cutter_in(folder, card, scene(HEIGHT, WIDTH, THINGS, noise=0), **options)


def _truth(thing: Window) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[thing.slices()] = True
    return mask


def _wrong(cutout: Cutout, thing: Window) -> int:
    """How many pixels of the raster are answered wrong."""
    return np.count_nonzero(filled(cutout, HEIGHT, WIDTH) != _truth(thing))


def _middle(thing: Window) -> Click:
    return Click(thing.col_off + thing.width / 2, thing.row_off + thing.height / 2)


@pytest.mark.parametrize("thing", THINGS, ids=["house", "roof", "edge"])
def test_a_click_finds_the_object_to_the_pixel(tmp_path: Path, card, thing: Window) -> None:
    found = _cutter(tmp_path, card).cut(Prompt((_middle(thing),)))
    assert _wrong(found[0], thing) <= 4  # the corners
    assert found[0].predicted_iou == pytest.approx(made_pairs.SURENESS[0])


@pytest.mark.parametrize("thing", THINGS, ids=["house", "roof", "edge"])
def test_a_box_finds_the_object_to_the_pixel(tmp_path: Path, card, thing: Window) -> None:
    found = _cutter(tmp_path, card).cut(Prompt(box=box_around(thing, 0.05)))
    assert _wrong(found[0], thing) <= 4  # the corners


def test_all_that_lies_in_one_window_is_encoded_once(tmp_path: Path, sam: ModelCard) -> None:
    cutter = _cutter(tmp_path, sam)
    with _encodings(cutter) as seen:
        for prompt in (
            Prompt((_middle(HOUSE),)), Prompt(box=box_around(HOUSE)),
            Prompt((Click(26, 22), Click(38, 42))), Prompt((Click(30, 30), Click(4, 4, False))),
        ):  # fmt: skip
            assert _wrong(cutter.cut(prompt)[0], HOUSE) <= 4
    assert len(seen) == 1


def test_further_clicks_join_and_cut_off(tmp_path: Path, card: ModelCard) -> None:
    """The answer before is shown to the decoder where that wants it, and comes second."""
    left, right = Window(8, 8, 20, 16), Window(8, 32, 20, 16)
    cutter = cutter_in(tmp_path, card, scene(40, 60, (left, right), noise=0))
    first = cutter.cut(Prompt((_middle(left),)))
    assert first[0].area_px == pytest.approx(left.pixels, abs=4)
    both = cutter.cut(Prompt((_middle(left), _middle(right))), before=first[0])
    masks = [filled(each, 40, 60) for each in both]
    joined = np.zeros((40, 60), bool)
    joined[left.slices()] = joined[right.slices()] = True
    assert np.count_nonzero(masks[0] != joined) <= 8
    if "mask" in cutter.eye.network.contract.asked:
        np.testing.assert_array_equal(masks[1], filled(first[0], 40, 60))


def test_a_view_that_was_encoded_answers_all_over_it(tmp_path: Path, sam: ModelCard) -> None:
    """The windows of a view are other ones than those a click alone would take."""
    cutter = _cutter(tmp_path, sam)
    view = Window(14, 20, 100, 150)
    assert not cutter.is_ready(view)
    with _encodings(cutter) as seen:
        cutter.encode_ahead(view)
        ahead = len(seen)
        assert cutter.is_ready(view)
        for thing in (HOUSE, ROOF):
            found = cutter.cut(Prompt((_middle(thing),)), only_ready=True)
            assert iou(filled(found[0], HEIGHT, WIDTH), _truth(thing)) > 0.85
        corners = [(y, x) for y in (14, 60, 113) for x in (20, 90, 169)]
        for row, col in corners:
            assert cutter.cut(Prompt((Click(col + 0.5, row + 0.5),)), only_ready=True) != ()
        assert cutter.cut(Prompt((_middle(EDGE),)), only_ready=True) == ()
        assert len(seen) == ahead <= 12
        cutter.cut(Prompt((_middle(EDGE),)))
        assert len(seen) == ahead + 1


def test_a_view_as_large_as_a_window_is_encoded_at_once(tmp_path: Path, sam: ModelCard) -> None:
    cutter = _cutter(tmp_path, sam)
    with _encodings(cutter) as seen:
        cutter.encode_ahead(Window(30, 40, 50, 44))
        assert len(seen) == 1
        cutter.encode_ahead(Window(32, 42, 50, 44))
    assert len(seen) == 1, "a small step of the map needs nothing new"


def test_what_the_window_cuts_off_is_seen_from_afar(tmp_path: Path, card: ModelCard) -> None:
    large = Window(40, 48, 72, 80)
    cutter = cutter_in(tmp_path, card, scene(HEIGHT, WIDTH, (large,), noise=0))
    found = cutter.cut(Prompt((Click(70, 70),)))
    assert found[0].level >= 1
    assert iou(filled(found[0], HEIGHT, WIDTH), _truth(large)) > 0.85
    boxed = cutter.cut(Prompt(box=box_around(large, 0.05)))
    assert iou(filled(boxed[0], HEIGHT, WIDTH), _truth(large)) > 0.85


@pytest.mark.parametrize("shape", [(1, 1), (7, 90), (90, 7), (30, 30), (64, 64), (65, 63)])
def test_rasters_smaller_than_a_window(tmp_path: Path, card: ModelCard, shape) -> None:
    height, width = shape
    cutter = cutter_in(tmp_path, card, scene(height, width, (), noise=0))
    for prompt in (
        Prompt((Click(width / 2, height / 2),)),
        Prompt(box=PromptBox(0, 0, width, height)),
    ):
        for cutout in cutter.cut(prompt):
            assert filled(cutout, height, width).shape == shape
    cutter.encode_ahead(Window(0, 0, height, width))
    assert cutter.is_ready(Window(0, 0, height, width))


def test_beyond_the_raster_sam_is_shown_nothing_and_sam2_a_mirror(
    tmp_path: Path, card, monkeypatch
) -> None:
    cutter = cutter_in(tmp_path, card, scene(36, 40, (Window(8, 8, 12, 12),), noise=0))
    encoder, shown = cutter.eye.network._encoder, []
    run = encoder.run
    monkeypatch.setattr(
        encoder, "run", lambda wanted, feeds: shown.append(*feeds.values()) or run(wanted, feeds)
    )
    cutter.eye.see(0, Window(0, 0, cutter.eye.sight.height, cutter.eye.sight.width))
    contract = cutter.eye.network.contract
    bands = shown[0][0] if contract.picture.has_batch else shown[0].transpose(2, 0, 1)
    beyond = bands[:, :, 40:]
    if contract.is_second:
        np.testing.assert_array_equal(beyond[:, :36, 0], bands[:, :36, 39])
    else:
        blank = np.float32(contract.picture.blank)[:, None, None]
        np.testing.assert_allclose(beyond, np.broadcast_to(blank, beyond.shape))
        np.testing.assert_allclose(bands[:, 36:], np.broadcast_to(blank, bands[:, 36:].shape))


def test_gaps_are_shown_as_the_mean_colour(tmp_path: Path, sam: ModelCard) -> None:
    image = scene(HEIGHT, WIDTH, THINGS, noise=0)
    image[:, :16, :16] = 0
    cutter = cutter_in(tmp_path, sam, image, profile={"nodata": 0})
    with pytest.raises(InputError, match="The raster has no value at the point"):
        cutter.cut(Prompt((Click(8, 8),)))
    assert _wrong(cutter.cut(Prompt((_middle(HOUSE),)))[0], HOUSE) <= 4
    with _encodings(cutter) as seen:
        cutter.eye.cache.forget()
        cutter.cut(Prompt((_middle(HOUSE),)))
    assert np.abs(seen[0][:, :12, :12]).max() < 0.02


@pytest.mark.parametrize("workers", [1, 3])
def test_many_are_answered_as_each_alone(tmp_path: Path, card: ModelCard, workers: int) -> None:
    prompts = [
        *(Prompt((_middle(thing),)) for thing in THINGS),
        *(Prompt(box=box_around(thing, 0.05)) for thing in THINGS),
        Prompt((Click(-3, 5),)), Prompt((Click(WIDTH - 1, 1),)), Prompt((Click(1, HEIGHT - 1),)),
    ]  # fmt: skip
    cutter = _cutter(tmp_path, card, callers=workers)
    found = dict(cutter.cut_many(prompts, masks=3, workers=workers))
    assert sorted(found) == list(range(len(prompts)))
    assert isinstance(found[6], InputError)
    for index, prompt in enumerate(prompts):
        if index == 6:
            continue
        alone = _cutter(tmp_path, card).cut(prompt)
        assert [each.window for each in found[index]] == [each.window for each in alone]
        for one, other in zip(found[index], alone):
            np.testing.assert_array_equal(one.mask, other.mask)
            assert one.predicted_iou == other.predicted_iou


def test_many_share_windows(tmp_path: Path, sam: ModelCard) -> None:
    rng = np.random.default_rng(1)
    prompts = [Prompt((Click(x, y),)) for x, y in rng.uniform(0, 158, (200, 2))]
    cutter = _cutter(tmp_path, sam)
    with _encodings(cutter) as seen:
        assert len(list(cutter.cut_many(prompts))) == 200
    lattice = -(-HEIGHT // 32) * -(-WIDTH // 32)
    assert len(seen) <= lattice + 12, "and some from farther away, of the ground"


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_other_types_of_pixels(tmp_path: Path, card: ModelCard, kind: str) -> None:
    image = scene(64, 60, (HOUSE,), noise=0).astype(kind) * 40
    found = cutter_in(tmp_path, card, image).cut(Prompt((_middle(HOUSE),)))
    truth = np.zeros((64, 60), bool)
    truth[HOUSE.slices()] = True
    assert np.count_nonzero(filled(found[0], 64, 60) != truth) <= 4
