# SPDX-License-Identifier: GPL-2.0-or-later
"""From a prompt to the pixels of the object, with the made pair and rectangles that are known."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import prompt_networks
import pytest
from made_rasters import write
from prompt_scenes import box_around, cutter_in, cutter_of, filled, iou, scene

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, InputError
from geosift.inference.prompt.cutout import Cutout
from geosift.inference.prompt.cutter import Cutter
from geosift.inference.prompt.embedding import EmbeddingCache
from geosift.inference.prompt.eye import WHOLE, Eye
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window

HEIGHT, WIDTH = 1000, 1300
SMALL, MIDDLE, LARGE = (
    Window(40, 60, 30, 22),
    Window(101, 203, 157, 133),
    Window(303, 511, 400, 301),
)
VERY_LARGE = Window(740, 300, 210, 800)
EDGE, CORNER, TINY = Window(0, 900, 90, 200), Window(900, 1200, 100, 100), Window(500, 20, 12, 17)
THINGS = (SMALL, MIDDLE, LARGE, VERY_LARGE, EDGE, CORNER, TINY)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    return write(folder / "town.tif", scene(HEIGHT, WIDTH, THINGS))


@pytest.fixture(scope="module")
def cutter(town: Path, pair: ModelCard) -> Cutter:
    return cutter_of(town, pair)


def _truth(thing: Window) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[thing.slices()] = True
    return mask


def _found(cutouts: tuple[Cutout, ...], thing: Window) -> float:
    return iou(filled(cutouts[0], HEIGHT, WIDTH), _truth(thing))


def _middle(thing: Window) -> Click:
    return Click(thing.col_off + thing.width / 2, thing.row_off + thing.height / 2)


@pytest.mark.parametrize("thing", THINGS, ids=lambda each: f"{each.height}x{each.width}")
def test_a_click_finds_the_object_whatever_its_size(cutter: Cutter, thing: Window) -> None:
    assert _found(cutter.cut(Prompt((_middle(thing),))), thing) > 0.93


@pytest.mark.parametrize("thing", THINGS, ids=lambda each: f"{each.height}x{each.width}")
def test_a_box_finds_the_object_whatever_its_size(cutter: Cutter, thing: Window) -> None:
    prompt = Prompt(box=box_around(thing, 0.08))
    assert _found(cutter.cut(prompt), thing) > 0.93


@pytest.mark.parametrize(
    ("thing", "level"), [(TINY, -2), (SMALL, -2), (MIDDLE, 0), (LARGE, 2), (VERY_LARGE, 3)]
)
def test_it_is_looked_at_from_where_it_fills_half_the_window(cutter, thing, level) -> None:
    assert cutter.cut(Prompt(box=box_around(thing)))[0].level == level
    assert abs(cutter.cut(Prompt((_middle(thing),)))[0].level - level) <= 1


def test_cutouts_are_what_they_say(cutter: Cutter) -> None:
    for thing in THINGS:
        for cutout in cutter.cut(Prompt((_middle(thing),))):
            window = cutout.window
            assert window.intersection(Window(0, 0, HEIGHT, WIDTH)) == window
            assert cutout.mask.shape == (window.height, window.width)
            assert cutout.mask.dtype == bool
            for edge in (cutout.mask[0], cutout.mask[-1], cutout.mask[:, 0], cutout.mask[:, -1]):
                assert edge.any()
            assert cutout.area_px == cutout.mask.sum()
            assert 0 <= cutout.predicted_iou <= 1
            assert cutout.probability.shape == (128, 128)
            assert (cutout.look.height, cutout.look.width) == (256, 256)


def test_candidates_differ_and_are_as_many_as_wanted(cutter: Cutter) -> None:
    prompt = Prompt((_middle(MIDDLE),))
    cutouts = cutter.cut(prompt, masks=3)
    assert 1 <= len(cutouts) <= 3
    for index, one in enumerate(cutouts):
        assert all(one.iou(other) <= 0.9 for other in cutouts[:index])
    assert len(cutter.cut(prompt, masks=1)) == 1
    np.testing.assert_array_equal(cutter.cut(prompt, masks=1)[0].mask, cutouts[0].mask)


def test_clicks_join_and_cut_off(tmp_path: Path, pair: ModelCard) -> None:
    """Two things touch: a second click takes the other in, a negative one leaves it out."""
    left, right = Window(80, 60, 80, 60), Window(80, 120, 80, 60)
    cutter = cutter_in(tmp_path, pair, scene(300, 300, (left, right)))
    both = Prompt((_middle(left), _middle(right)))
    first = cutter.cut(Prompt((_middle(left),)))[0]
    joined = cutter.cut(both, before=first)[0]
    assert joined.area_px == pytest.approx(80 * 120, rel=0.06)
    less = replace(_middle(right), positive=False)
    alone = cutter.cut(Prompt((_middle(left), less)), before=joined)[0]
    assert alone.area_px == pytest.approx(80 * 60, rel=0.08)


def test_only_the_part_that_was_pointed_at_is_taken(tmp_path: Path, pair: ModelCard) -> None:
    """The network marks all of that colour in its window, also what does not hang together."""
    one, twin = Window(100, 40, 60, 80), Window(100, 140, 60, 60)
    image = scene(256, 256, (one,), noise=0)
    image[(slice(None), *twin.slices())] = image[(slice(None), *one.slices())][..., :60]
    cutter = cutter_in(tmp_path, pair, image)
    cutout = cutter.cut(Prompt((_middle(twin),)))[0]
    assert iou(filled(cutout, 256, 256), _rectangle(twin)) > 0.95
    over_both = Prompt(box=PromptBox(30, 95, 205, 165))  # its middle lies on one of them
    assert cutter.cut(over_both)[0].area_px == pytest.approx(4800 + 3600, rel=0.05)


def _rectangle(thing: Window, height: int = 256, width: int = 256) -> np.ndarray:
    mask = np.zeros((height, width), bool)
    mask[thing.slices()] = True
    return mask


@pytest.mark.parametrize(("plane", "top"), [(0, 1), (2, 0), (3, 2)])
@pytest.mark.parametrize("level", [-1, 0, 1, 3])
def test_what_is_put_in_comes_back_at_its_place(tmp_path: Path, plane, top, level) -> None:
    """The planes go through the levels there and back: spots, boxes and masks stay in place."""
    card = prompt_networks.echo(tmp_path, plane=plane)
    side = 120 * 2.0**level
    cutter = cutter_in(tmp_path, card, np.full((3, 1500, 1700), 90, np.uint8))
    box = PromptBox(700, 600, 700 + side, 600 + side * 0.7)
    centre = Click(700 + side / 2, 600 + side * 0.35)
    prompt = Prompt((centre,), box)
    found = cutter.cut(prompt, masks=1)
    if plane == 3:
        assert found == ()
        before = cutter_in(tmp_path, prompt_networks.echo(tmp_path, plane=2, name="box"),
                           np.full((3, 1500, 1700), 90, np.uint8)).cut(prompt)[0]  # fmt: skip
        found = cutter.cut(prompt, before=before, masks=1)
    window = found[0].window
    off = 4 * 2.0**level + 1
    assert window.col_off + window.width / 2 == pytest.approx(centre.x, abs=off / 2)
    assert window.row_off + window.height / 2 == pytest.approx(centre.y, abs=off / 2)
    if plane in (2, 3):
        assert window.col_off == pytest.approx(box.left, abs=off)
        assert window.col_end == pytest.approx(box.right, abs=off)
        assert window.row_off == pytest.approx(box.top, abs=off)
        assert window.row_end == pytest.approx(box.bottom, abs=off)


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (300, 7), (64, 64), (100, 255), (257, 259)])
def test_rasters_smaller_than_a_window(tmp_path: Path, pair: ModelCard, shape) -> None:
    height, width = shape
    cutter = cutter_in(tmp_path, pair, scene(height, width, (), noise=0))
    for prompt in (
        Prompt((Click(width / 2, height / 2),)),
        Prompt(box=PromptBox(0, 0, width, height)),
    ):
        cutouts = cutter.cut(prompt)
        for cutout in cutouts:
            assert filled(cutout, height, width).shape == shape
    cutter.encode_ahead(Window(0, 0, height, width))
    assert cutter.is_ready(Window(0, 0, height, width))


def test_a_long_strip_is_not_encoded_whole(tmp_path: Path, pair, monkeypatch) -> None:
    """It has few pixels, and a hundred times as many once it is as high as a window."""
    thing = Window(2, 30_000, 20, 24)
    cutter = cutter_in(tmp_path, pair, scene(24, 40_000, (thing,)))
    encode, seen = cutter.eye.network.encode, []
    monkeypatch.setattr(
        cutter.eye.network, "encode", lambda image: seen.append(image[0, 0].size) or encode(image)
    )
    cutouts = cutter.cut(Prompt((_middle(thing),)))
    truth = _rectangle(thing, 24, 40_000)
    assert max(iou(filled(each, 24, 40_000), truth) for each in cutouts) > 0.9
    assert max(seen) <= WHOLE**2


def test_a_picture_without_gaps_is_not_read_again(tmp_path: Path, pair, monkeypatch) -> None:
    """Also where it ends between two cells of the encoder."""
    thing = Window(88, 92, 110, 124)
    cutter = cutter_in(tmp_path, pair, scene(301, 303, (thing,)))
    prompt = Prompt(box=box_around(thing))
    expected = cutter.cut(prompt)[0]
    monkeypatch.setattr(FileSource, "read", None)
    found = cutter.cut(prompt)[0]
    np.testing.assert_array_equal(found.mask, expected.mask)
    assert iou(filled(found, 301, 303), _rectangle(thing, 301, 303)) > 0.9


def test_a_thing_in_a_small_raster_is_found(tmp_path: Path, pair: ModelCard) -> None:
    thing = Window(8, 12, 20, 24)
    cutter = cutter_in(tmp_path, pair, scene(48, 60, (thing,)))
    cutout = cutter.cut(Prompt((_middle(thing),)))[0]
    assert iou(filled(cutout, 48, 60), _rectangle(thing, 48, 60)) > 0.9


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (Prompt((Click(-1, 10),)), "The point lies outside the raster"),
        (Prompt((Click(10, HEIGHT + 0.5),)), "The point lies outside the raster"),
        (Prompt((Click(float("nan"), 10),)), "The point lies outside the raster"),
        (Prompt(box=PromptBox(-50, -50, 0, 10)), "The box lies outside the raster"),
        (Prompt(box=PromptBox(WIDTH + 1, 0, WIDTH + 9, 9)), "The box lies outside the raster"),
    ],
)
def test_outside_the_raster_is_one_sentence(cutter: Cutter, prompt: Prompt, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        cutter.cut(prompt)
    assert "\n" not in str(caught.value)


def test_a_box_half_outside_finds_what_is_inside(cutter: Cutter) -> None:
    assert _found(cutter.cut(Prompt(box=box_around(EDGE, 0.2))), EDGE) > 0.93


@pytest.mark.parametrize(
    "prompt", [Prompt((Click(50, 60),)), Prompt(box=PromptBox(10, 10, 60, 60))]
)
def test_nodata_is_one_sentence(tmp_path: Path, pair: ModelCard, prompt: Prompt) -> None:
    thing = Window(150, 150, 60, 80)
    image = scene(400, 420, (thing,))
    image[:, :100, :120] = 0
    cutter = cutter_in(tmp_path, pair, image, profile={"nodata": 0})
    with pytest.raises(InputError, match="The raster has no value"):
        cutter.cut(prompt)
    cutout = cutter.cut(Prompt((_middle(thing),)))[0]
    assert iou(filled(cutout, 400, 420), _rectangle(thing, 400, 420)) > 0.93


def test_no_mask_reaches_into_nodata(tmp_path: Path, pair: ModelCard) -> None:
    image = scene(300, 300, (Window(60, 60, 120, 120),), noise=0)
    image[:, 100:140, 120:200] = 0
    cutter = cutter_in(tmp_path, pair, image, profile={"nodata": 0})
    for cutout in cutter.cut(Prompt(box=PromptBox(58, 58, 182, 182))):
        assert not filled(cutout, 300, 300)[100:140, 120:200].any()


@pytest.mark.parametrize("kind", ["uint16", "float32"])
def test_other_types_of_pixels(tmp_path: Path, pair: ModelCard, kind: str) -> None:
    thing = Window(90, 120, 100, 90)
    image = scene(400, 420, (thing,)).astype(kind) * 31
    cutter = cutter_in(tmp_path, pair, image)
    cutout = cutter.cut(Prompt((_middle(thing),)))[0]
    assert iou(filled(cutout, 400, 420), _rectangle(thing, 400, 420)) > 0.93


def test_level_0_may_have_pixels_of_another_size(town: Path, pair: ModelCard) -> None:
    """Half as many across, two thirds down: prompts and masks are in these pixels."""
    cutter = cutter_of(town, pair, shape=(HEIGHT * 2 // 3, WIDTH // 2))
    centre = Click(_middle(LARGE).x / 2, _middle(LARGE).y * 2 / 3)
    cutout = cutter.cut(Prompt((centre,)))[0]
    assert cutout.area_px == pytest.approx(LARGE.pixels / 3, rel=0.05)
    assert cutout.window.col_off == pytest.approx(LARGE.col_off / 2, abs=3)
    assert cutout.window.row_off == pytest.approx(LARGE.row_off * 2 / 3, abs=3)


def test_the_answer_does_not_depend_on_what_was_encoded_before(town: Path, pair) -> None:
    alone = cutter_of(town, pair)
    ahead = cutter_of(town, pair)
    ahead.encode_ahead(Window(77, 133, 800, 900))
    for thing in THINGS:
        prompt = Prompt((_middle(thing),))
        one, other = alone.cut(prompt)[0], ahead.cut(prompt)[0]
        assert one.iou(other) > 0.99
        assert one.predicted_iou == pytest.approx(other.predicted_iou, abs=0.02)


def test_what_is_not_ready_is_not_waited_for(town: Path, pair: ModelCard) -> None:
    cutter = cutter_of(town, pair)
    window, prompt = Window(50, 150, 300, 300), Prompt((_middle(MIDDLE),))
    assert not cutter.is_ready(window)
    assert cutter.cut(prompt, only_ready=True) == ()
    assert len(cutter.eye.cache) == 0
    cutter.encode_ahead(window)
    assert cutter.is_ready(window)
    assert cutter.is_ready(Window(80, 160, 100, 100))
    before = len(cutter.eye.cache)
    assert _found(cutter.cut(prompt, only_ready=True), MIDDLE) > 0.93
    assert len(cutter.eye.cache) == before
    cutter.encode_ahead(window)
    assert len(cutter.eye.cache) == before


def test_a_large_view_is_encoded_in_parts(tmp_path: Path, pair: ModelCard) -> None:
    things = (Window(1500, 1490, 100, 120), Window(2700, 200, 90, 80), Window(20, 2800, 90, 80))
    cutter = cutter_in(tmp_path, pair, scene(2900, 3000, things))
    whole = Window(0, 0, 2900, 3000)
    cutter.encode_ahead(whole)
    assert cutter.is_ready(whole)
    for thing in things:
        cutout = cutter.cut(Prompt((_middle(thing),)), only_ready=True)[0]
        assert iou(filled(cutout, 2900, 3000), _rectangle(thing, 2900, 3000)) > 0.93


def test_encoding_ahead_can_be_cancelled_and_is_refused_outside(cutter: Cutter) -> None:
    with pytest.raises(Cancelled):
        cutter.encode_ahead(Window(0, 0, 500, 500), lambda: True)
    with pytest.raises(InputError, match="outside the raster"):
        cutter.encode_ahead(Window(-500, 0, 400, 400))


def test_many_threads_ask_one_cutter(town: Path, pair: ModelCard) -> None:
    cutter = cutter_of(town, pair, callers=3)
    prompts = [Prompt((_middle(thing),)) for thing in THINGS] * 4
    alone = [cutter_of(town, pair).cut(prompt)[0] for prompt in prompts[: len(THINGS)]]
    with ThreadPoolExecutor(6) as pool:
        for index, cutouts in enumerate(pool.map(cutter.cut, prompts)):
            assert cutouts[0].iou(alone[index % len(THINGS)]) > 0.99


class _Slow(Eye):
    """Counts how often the encoder runs, and lets others come in between."""

    runs = 0

    def _encode(self, level, block):
        type(self).runs += 1
        threading.Event().wait(0.05)
        return super()._encode(level, block)


def test_who_asks_for_what_is_being_encoded_waits_for_it(town: Path, pair: ModelCard) -> None:
    cutter = cutter_of(town, pair, callers=4)
    _Slow.runs = 0
    cutter.eye = _Slow(cutter.eye.view, cutter.eye.network, cutter.eye.cache, cutter.watch)
    prompt = Prompt(box=box_around(LARGE))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(cutter.cut, [prompt] * 4))
    assert _Slow.runs == 1
    assert all(each[0].area_px == found[0][0].area_px for each in found)


def test_an_encoder_that_fails_leaves_nobody_waiting(town, pair, monkeypatch) -> None:
    cutter = cutter_of(town, pair)
    prompt = Prompt(box=box_around(LARGE))

    def broken(*_: object) -> None:
        raise InputError("The file is damaged.")

    with monkeypatch.context() as patch:
        patch.setattr(Eye, "_encode", broken)
        for _ in range(2):
            with pytest.raises(InputError, match="damaged"):
                cutter.cut(prompt)
    assert _found(cutter.cut(prompt), LARGE) > 0.93


def test_two_rasters_do_not_share_what_was_seen(tmp_path: Path, pair: ModelCard) -> None:
    cache = EmbeddingCache(1 << 28)
    thing = Window(100, 100, 90, 80)
    for name, things in (("a", (thing,)), ("b", ())):
        path = write(tmp_path / f"{name}.tif", scene(300, 300, things))
        cutouts = cutter_of(path, pair, cache=cache).cut(Prompt(box=box_around(thing)), masks=1)
        assert (cutouts[0].area_px < 1.05 * thing.pixels) == (name == "a")
    assert len(cache) >= 2
