# SPDX-License-Identifier: GPL-2.0-or-later
"""Thousands of prompts at once: each is answered as if it were alone, and encodings are shared."""

from __future__ import annotations

import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import prompt_networks
import pytest
from made_rasters import write
from prompt_scenes import box_around, cutter_of, filled, iou, scene

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, InputError
from geosift.inference.prompt import many
from geosift.inference.prompt.cutter import Cutter
from geosift.inference.prompt.embedding import EmbeddingCache
from geosift.inference.prompt.look import Pyramid
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.raster.window import Window

SIDE = 1800
HOUSES = tuple(
    Window(row, col, 14 + 5 * (row % 7), 16 + 3 * (col % 11))
    for row in range(30, 1750, 90)
    for col in range(25, 1750, 85)
)
FIELD = Window(10, 10, 12, 1780)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Path:
    image = scene(SIDE, SIDE, HOUSES)
    image[:, 1700:, 1700:] = 0
    return write(tmp_path_factory.mktemp("village") / "village.tif", image, nodata=0)


def _boxes(count: int) -> list[Prompt]:
    return [Prompt(box=box_around(house, 0.05)) for house in HOUSES[:count]]


def _clicks(count: int) -> list[Prompt]:
    centres = ((h.col_off + h.width / 2, h.row_off + h.height / 2) for h in HOUSES[:count])
    return [Prompt((Click(x, y),)) for x, y in centres]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("masks", [1, 3])
def test_each_is_answered_as_if_it_were_alone(village, pair, workers: int, masks: int) -> None:
    prompts = [*_boxes(30), *_clicks(30), Prompt(box=box_around(FIELD))]
    many = cutter_of(village, pair, callers=workers)
    found = dict(many.cut_many(prompts, masks=masks, workers=workers))
    assert sorted(found) == list(range(len(prompts)))
    alone = cutter_of(village, pair)
    for number, prompt in enumerate(prompts):
        expected = alone.cut(prompt, masks=masks)
        assert len(found[number]) == len(expected)
        for one, other in zip(found[number], expected):
            assert one.iou(other) > 0.97
            assert one.level == other.level


def test_houses_come_out_of_their_boxes(village: Path, pair: ModelCard) -> None:
    cutter = cutter_of(village, pair, callers=2)
    worst = 1.0
    for number, cutouts in cutter.cut_many(_boxes(len(HOUSES)), workers=2):
        house = HOUSES[number]
        if house.row_end > 1690 and house.col_end > 1690:
            continue
        truth = np.zeros((SIDE, SIDE), bool)
        truth[house.slices()] = True
        worst = min(worst, iou(filled(cutouts[0], SIDE, SIDE), truth))
    assert worst > 0.8


def test_neighbours_share_one_encoding(village: Path, pair: ModelCard, monkeypatch) -> None:
    cutter = cutter_of(village, pair)
    calls = []
    encode = cutter.eye.network.encode
    monkeypatch.setattr(
        cutter.eye.network, "encode", lambda image: calls.append(image.shape) or encode(image)
    )
    near = [house for house in HOUSES if house.row_end < 300 and house.col_end < 300]
    prompts = [Prompt(box=box_around(house)) for house in near] * 20
    found = dict(cutter.cut_many(prompts))
    assert len(found) == len(prompts) > 100
    assert len(calls) <= 4


def test_what_is_asked_at_once_is_encoded_once_however_small_the_cache(
    village: Path, pair: ModelCard, monkeypatch
) -> None:
    """Points are looked at from several levels by turns: each would push the other out."""
    cutter = cutter_of(village, pair, cache=EmbeddingCache(1))
    encode, calls = cutter.eye.network.encode, []
    monkeypatch.setattr(
        cutter.eye.network, "encode", lambda image: calls.append(image.shape) or encode(image)
    )
    near = [h for h in HOUSES if h.row_end < 300 and h.col_end < 300]
    centres = [Click(h.col_off + h.width / 2, h.row_off + h.height / 2) for h in near]
    found = dict(cutter.cut_many([Prompt((centre,)) for centre in centres]))
    assert len(found) == len(near) > 5
    assert len(calls) <= 6


@pytest.mark.parametrize(("side", "most"), [(300, 32), (2000, 2), (9000, 1)])
def test_the_larger_the_objects_the_fewer_are_held_at_once(side, most, monkeypatch) -> None:
    """Hundreds of lakes on a huge raster: the mask of each may take 256 MB."""
    asked: list[int] = []

    eye = SimpleNamespace(pyramid=Pyramid(100_000, 100_000))
    monkeypatch.setattr(
        many._Worker, "answers", lambda self, group: asked.append(len(group.numbers)) or []
    )
    prompts = [Prompt(box=PromptBox(50_000, 50_000, 50_000 + side, 50_000 + side))] * 100
    answers = many.answer_many(
        eye, prompts, levels=(0,), finish=lambda *_: (), workers=1, cancelled=lambda: False
    )
    assert list(answers) == []
    assert (sum(asked), max(asked)) == (100, most)


def test_memory_does_not_grow_with_the_prompts(village: Path, pair: ModelCard) -> None:
    cache = EmbeddingCache(12 << 20)
    cutter = cutter_of(village, pair, cache=cache)
    for _ in cutter.cut_many(_boxes(len(HOUSES))):
        assert 0 < cache.nbytes <= 12 << 20


def test_what_is_wrong_with_one_is_told_and_the_others_are_answered(village, pair) -> None:
    prompts = [
        *_boxes(3), Prompt((Click(-5, 5),)), Prompt(box=PromptBox(1710, 1710, 1790, 1790)),
        Prompt((Click(1750, 1750),)), *_clicks(3),
    ]  # fmt: skip
    found = dict(cutter_of(village, pair).cut_many(prompts))
    wrong = {number: str(each) for number, each in found.items() if isinstance(each, InputError)}
    assert sorted(wrong) == [3, 4, 5]
    assert "outside the raster" in wrong[3]
    assert "no value in the box" in wrong[4]
    assert "no value at the point" in wrong[5]
    assert all(found[number] for number in (0, 1, 2, 6, 7, 8))


def test_no_prompt_is_no_answer(village: Path, pair: ModelCard) -> None:
    assert list(cutter_of(village, pair).cut_many([])) == []


@pytest.mark.parametrize("after", [0, 1, 40])
def test_cancel_at_any_time(village: Path, pair: ModelCard, after: int) -> None:
    cutter, seen = cutter_of(village, pair, callers=2), []
    before = threading.active_count()
    with pytest.raises(Cancelled):
        for number, _ in cutter.cut_many(
            _clicks(200), workers=2, cancelled=lambda: len(seen) >= after
        ):
            seen.append(number)
    assert len(seen) == after
    assert threading.active_count() == before


def test_who_stops_asking_leaves_no_thread_behind(village: Path, pair: ModelCard) -> None:
    before = threading.active_count()
    answers = cutter_of(village, pair, callers=2).cut_many(_clicks(100), workers=2)
    next(answers)
    answers.close()
    assert threading.active_count() == before


def test_a_file_that_breaks_midway_is_one_sentence(village, pair, monkeypatch) -> None:
    cutter: Cutter = cutter_of(village, pair, callers=2)

    def broken(*_: object, **__: object) -> None:
        raise InputError("The file is damaged.")

    monkeypatch.setattr(type(cutter.eye.view), "read", broken)
    with pytest.raises(InputError, match="damaged"):
        list(cutter.cut_many(_boxes(20), workers=2))
