# SPDX-License-Identifier: GPL-2.0-or-later
"""From a class to objects: regions, where they are pointed at, and whose outline wins."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import networks
import numpy as np
import prompt_networks
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from laws import quick, thorough
from made_rasters import write
from prompt_scenes import cutter_of, scene

from geosift.inference.cards.card import ClassInfo, ModelCard
from geosift.inference.cards.rules import NODATA_CLASS
from geosift.inference.errors import Cancelled, InputError
from geosift.inference.prompt.class_map import ClassQuery, class_objects
from geosift.inference.prompt.class_object import ClassObject
from geosift.inference.prompt.cutout import Cutout
from geosift.inference.prompt.look import Pyramid
from geosift.inference.prompt.prompts import Prompt
from geosift.inference.prompt.saddles import taken_apart
from geosift.inference.prompt.shape import ShapeOptions, outline_of_region
from geosift.inference.prompt.text_prompts import TextObject, text_objects
from geosift.inference.raster.frame import Frame
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window
from geosift.inference.runs.stopwatch import Stopwatch
from geosift.inference.tiles.prepare import Stretch, View
from geosift.inference.vector.polygons import regions_in

HEIGHT, WIDTH = 700, 1300
HOUSES = (
    Window(10, 20, 30, 41), Window(100, 0, 60, 60), Window(640, 1200, 60, 100),
    Window(300, 300, 200, 310),
)  # fmt: skip
SPECK = Window(600, 50, 4, 4)
COLORS = ("red", "green", "blue")


def objects_of(mask: np.ndarray) -> list[ClassObject]:
    """Every region of a mask, as the tracer sees it."""
    found = regions_in(np.where(mask, 0, NODATA_CLASS).astype(np.uint8))
    return [ClassObject(each.rings, "thing", 80.0) for each in found]


def disc(mask: np.ndarray, x: int, y: int, radius: int) -> np.ndarray:
    return cv2.circle(mask.astype(np.uint8), (x, y), radius, 1, -1).astype(bool)


# One region


masks = st.builds(
    lambda seed, height, width, share: np.random.default_rng(seed).random((height, width)) < share,
    st.integers(0, 10_000), st.integers(1, 24), st.integers(1, 24), st.floats(0.2, 0.95),
)  # fmt: skip


@quick
@given(masks)
def test_regions_keep_their_pixels_and_are_pointed_at_where_they_are_widest(
    mask: np.ndarray,
) -> None:
    painted = np.zeros(mask.shape, int)
    for each in objects_of(mask):
        own = each.mask()
        assert own.shape == (each.window.height, each.window.width)
        painted[each.window.slices()] += own
        prompt = each.prompt()
        (click,), box = prompt.clicks, prompt.box
        at = Window(
            int(box.top), int(box.left), int(box.bottom - box.top), int(box.right - box.left)
        )
        assert at == each.window
        row, col = int(click.y) - at.row_off, int(click.x) - at.col_off
        assert own[row, col]
        assert distance_to_edge(own)[row, col] == distance_to_edge(own).max()
    np.testing.assert_array_equal(painted, mask)


def distance_to_edge(mask: np.ndarray) -> np.ndarray:
    """Of each pixel's centre to the nearest one outside, the slow way."""
    wide = np.pad(mask, 1)
    outside = np.argwhere(~wide)
    found = np.zeros(wide.shape)
    for place in np.argwhere(wide):
        found[tuple(place)] = np.sqrt(((outside - place) ** 2).sum(axis=1).min())
    return np.round(found[1:-1, 1:-1], 3)


def test_a_ring_is_pointed_at_in_its_band_and_not_in_its_hole() -> None:
    mask = disc(np.zeros((200, 220), bool), 100, 100, 80) & ~disc(
        np.zeros((200, 220)), 100, 100, 40
    )
    (ring,) = objects_of(mask)
    (click,) = ring.prompt().clicks
    assert mask[int(click.y), int(click.x)]


def test_a_region_too_large_to_look_at_whole_is_still_pointed_at_inside() -> None:
    mask = np.zeros((2500, 3700), bool)
    mask[3:2497, 5:1200] = mask[2000:2400, 1200:3690] = True
    (large,) = objects_of(mask)
    prompt = large.prompt()
    assert (prompt.box.left, prompt.box.top, prompt.box.right, prompt.box.bottom) == (
        5, 3, 3690, 2497,
    )  # fmt: skip
    (click,) = prompt.clicks
    assert abs(click.x - (5 + 1200) / 2) < 8
    assert mask[int(click.y), int(click.x)]


# Where a region falls apart


def hills(*peaks: tuple[int, float], between: float, width: int = 240) -> np.ndarray:
    """Percent (40, width): plateaus of 40 pixels from columns, `between` elsewhere."""
    percent = np.full((40, width), between)
    for left, height in peaks:
        percent[:, left : left + 40] = height
    return percent.astype(np.uint8)


@pytest.mark.parametrize(
    ("percent", "count"),
    [
        (hills((0, 95), (100, 90), (200, 92), between=60), 3),
        (hills((0, 95), (100, 75), between=70), 1),  # 5 percent are no saddle
        (hills((0, 95), (100, 90), between=50), 2),
        (hills((0, 99), between=55), 1),
        (np.full((40, 240), 100, np.uint8), 1),
        (np.full((40, 240), 50, np.uint8), 1),
    ],
)
def test_a_region_falls_apart_where_the_probability_sinks(percent: np.ndarray, count: int) -> None:
    mask = np.ones(percent.shape, bool)
    numbers = taken_apart(mask, percent, level=50, least=20)
    assert (numbers is None) == (count == 1)
    if numbers is not None:
        assert sorted(np.unique(numbers)) == list(range(1, count + 1))
        for left in (0, 100, 200)[:count]:
            assert len(np.unique(numbers[:, left : left + 40])) == 1


def test_peaks_that_are_specks_are_no_parts() -> None:
    percent = hills((0, 95), between=55)
    percent[10:14, 100:104] = 95
    mask = np.ones(percent.shape, bool)
    assert taken_apart(mask, percent, level=50, least=17) is None
    assert taken_apart(mask, percent, level=50, least=16) is not None


@quick
@given(masks, st.integers(0, 10_000))
def test_parts_share_out_all_pixels_of_a_mask(mask: np.ndarray, seed: int) -> None:
    percent = np.random.default_rng(seed).integers(50, 101, mask.shape).astype(np.uint8)
    numbers = taken_apart(mask, percent, level=50, least=1)
    if numbers is not None:
        np.testing.assert_array_equal(numbers > 0, mask)
        assert len(np.unique(numbers[mask])) > 1


# All regions of a class


@pytest.fixture(scope="module")
def bright(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    """Buildings are what is bright in red; tiles are small, so that several make a region."""
    folder = tmp_path_factory.mktemp("bright")
    card = networks.bright(folder, channels=3, stride=2, multiple=2, tile=128, halo=16)
    classes = (ClassInfo(0, "Land", "#000000"), ClassInfo(1, "Building", "#FFFFFF"))
    return replace(card, bands=COLORS, classes=classes)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("town") / "town.tif", houses())


def houses() -> np.ndarray:
    image = np.full((3, HEIGHT, WIDTH), 60, np.uint8)
    for house in (*HOUSES, SPECK):
        image[(slice(None), *house.slices())] = 200
    return image


def found(
    path: Path, card: ModelCard, *, wanted: Window | None = None, scale: int = 1, **options: float
) -> list[ClassObject]:
    with FileSource(str(path), bands=None, names=card.bands) as source:
        height, width = source.frame.height // scale, source.frame.width // scale
        view = View(source, card, Stretch.for_source(source), height, width)
        query = ClassQuery(card, card.classes[1], **options)
        window = wanted or Window(0, 0, height, width)
        return list(class_objects(view, query, window, watch=Stopwatch()))


def test_every_region_is_found_where_it_is(town: Path, bright: ModelCard) -> None:
    regions = found(town, bright, least_area=20)
    assert sorted(each.window for each in regions) == sorted(HOUSES)
    assert min(each.mask().mean() for each in regions) > 0.99
    assert all(each.percent > 99 and each.label == "Building" for each in regions)
    assert all(each.parts == () for each in regions)
    assert len(found(town, bright, least_area=4)) == len(HOUSES) + 1


def test_an_extent_cuts_regions_at_its_edge(town: Path, bright: ModelCard) -> None:
    part = Window(20, 30, 100, 50)
    windows = {each.window for each in found(town, bright, wanted=part)}
    assert windows == {Window(20, 30, 20, 31), Window(100, 30, 20, 30)}


def test_regions_lie_on_the_pixels_prompts_are_told_in(town: Path, bright: ModelCard) -> None:
    coarse = {each.window for each in found(town, bright, scale=2)}
    assert Window(150, 150, 100, 155) in coarse
    assert Window(320, 600, 30, 50) in coarse


def test_where_there_is_no_data_there_is_no_region(tmp_path: Path, bright: ModelCard) -> None:
    image = houses()
    image[:, 300:400, 300:700] = 255
    path = write(tmp_path / "gap.tif", image, nodata=255)
    windows = {each.window for each in found(path, bright)}
    assert Window(400, 300, 100, 310) in windows
    assert all(each.row_off != 300 for each in windows)


def test_houses_that_touch_are_parts_of_their_region(tmp_path: Path, bright: ModelCard) -> None:
    """Between two houses of 150 lies a strip of 128: 73 percent of the class."""
    image = np.full((3, 300, 300), 60, np.uint8)
    image[:, 100:160, 40:240] = 150
    image[:, 100:160, 130:150] = 128
    (region,) = found(write(tmp_path / "pair.tif", image), bright, wanted=Window(20, 30, 280, 270))
    assert region.window == Window(100, 40, 60, 200)
    left, right = sorted(region.parts, key=lambda part: part.window.col_off)
    assert left.window.col_off == 40 and right.window.col_end == 240
    assert abs(left.window.col_end - 140) <= 2 and left.window.col_end == right.window.col_off
    assert left.percent > 90 and left.label == "Building"


def test_below_the_probability_there_is_no_region(tmp_path: Path, bright: ModelCard) -> None:
    """Red of 128 is a logit of 0.5 against -0.5: 73 percent."""
    image = np.full((3, 200, 200), 60, np.uint8)
    image[:, 50:100, 50:100] = 128
    path = write(tmp_path / "faint.tif", image)
    (region,) = found(path, bright, least_percent=70)
    assert region.percent == pytest.approx(73, abs=1)
    assert found(path, bright, least_percent=75) == []


def test_a_model_that_sees_other_bands_is_refused(town: Path, bright: ModelCard) -> None:
    other = replace(bright, bands=("nir", "red", "green"))
    with FileSource(str(town), bands=None, names=COLORS) as source:
        view = View(source, bright, Stretch.for_source(source), HEIGHT, WIDTH)
        query = ClassQuery(other, other.classes[1])
        with pytest.raises(InputError, match="sees nir, red, green"):
            class_objects(view, query, source.frame.window, watch=Stopwatch())


@pytest.mark.parametrize("options", [{"least_percent": 0}, {"least_percent": 101},
                                     {"least_area": -1}, {"least_area": float("nan")}])  # fmt: skip
def test_nonsense_is_refused(options: dict[str, float], bright: ModelCard) -> None:
    with pytest.raises(InputError, match="not "):
        ClassQuery(bright, bright.classes[1], **options)


@pytest.mark.parametrize("after", [0, 3])
def test_cancelled_it_ends_at_once(after: int, town: Path, bright: ModelCard) -> None:
    asked = []
    with FileSource(str(town), bands=None, names=COLORS) as source:
        view = View(source, bright, Stretch.for_source(source), HEIGHT, WIDTH)
        with pytest.raises(Cancelled):
            class_objects(
                view, ClassQuery(bright, bright.classes[1]), source.frame.window,
                watch=Stopwatch(),
                cancelled=lambda: len(asked) > after or bool(asked.append(None)),
            )  # fmt: skip


# Whose outline wins


LOOK = Pyramid(512, 512).look(0, 100, 100)


def cutout(mask: np.ndarray, iou: float = 0.9) -> Cutout:
    """An answer with that mask over everything."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    window = Window(
        int(rows[0]), int(cols[0]), int(rows[-1] - rows[0] + 1), int(cols[-1] - cols[0] + 1)
    )
    return Cutout(window, mask[window.slices()], iou, np.zeros((128, 128), np.float32), LOOK)


def settle(mask: np.ndarray, answers: dict[int, Sequence[np.ndarray]]) -> list[TextObject]:
    """The objects of a mask where the prompts, by their order, are answered so."""

    def cut(prompts: Sequence[Prompt]) -> Iterable[tuple[int, Sequence[Cutout]]]:
        for index in reversed(range(len(prompts))):
            if index in answers:
                yield index, [cutout(each) for each in answers[index]]

    return list(text_objects(objects_of(mask), cut))


def drawn(each: TextObject, shape: tuple[int, int]) -> np.ndarray:
    whole = np.zeros(shape, bool)
    whole[each.window.slices()] = each.mask
    return whole


def rectangle(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros((200, 300), bool)
    mask[top:bottom, left:right] = True
    return mask


def test_an_answer_that_agrees_is_the_outline() -> None:
    region, better = rectangle(20, 20, 60, 80), rectangle(22, 18, 61, 83)
    (one,) = settle(region, {0: [rectangle(20, 20, 30, 30), better]})
    assert (one.outline, one.predicted_iou, one.region.percent) == ("refined", 0.9, 80.0)
    np.testing.assert_array_equal(drawn(one, region.shape), better)


@pytest.mark.parametrize("answers", [{}, {0: []}, {0: [rectangle(100, 100, 150, 150)]},
                                     {0: [rectangle(20, 20, 35, 80)]}])  # fmt: skip
def test_else_the_region_stays(answers: dict[int, Sequence[np.ndarray]]) -> None:
    region = rectangle(20, 20, 60, 80)
    (one,) = settle(region, answers)
    assert (one.outline, one.predicted_iou) == ("class", None)
    np.testing.assert_array_equal(drawn(one, region.shape), region)


def test_a_region_as_large_as_the_raster_is_not_painted() -> None:
    """A forest over 60,000 x 60,000 pixels: only what lies under the answer is compared."""
    side = 60_000
    ring = np.array([(0, 0), (side, 0), (side, side), (0, side), (0, 0)])
    forest = ClassObject((ring,), "forest", 80.0)
    answer = cutout(rectangle(20, 20, 60, 80))
    tracemalloc.start()
    (one,) = text_objects([forest], lambda prompts: [(0, [answer])])
    frame = Frame(side, side, Affine.identity(), None)
    outline = outline_of_region(one.rings, frame=frame, options=ShapeOptions())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (one.outline, outline.area_px) == ("class", side**2)
    assert peak < 50e6


LEFT, RIGHT = rectangle(20, 20, 80, 110), rectangle(20, 110, 80, 200)
PAIR = LEFT | RIGHT


def settle_pair(answers: dict[int, Sequence[np.ndarray]]) -> list[np.ndarray]:
    """What the pair comes out as: answer 0 is to the whole, 1 and 2 to its parts."""

    def cut(prompts: Sequence[Prompt]) -> Iterable[tuple[int, Sequence[Cutout]]]:
        assert len(prompts) == 3
        return ((index, [cutout(each) for each in found]) for index, found in answers.items())

    (whole,), parts = objects_of(PAIR), (*objects_of(LEFT), *objects_of(RIGHT))
    return [drawn(each, PAIR.shape) for each in text_objects([replace(whole, parts=parts)], cut)]


SMALLER = rectangle(25, 25, 80, 110)


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ({}, [LEFT, RIGHT]),
        ({0: [SMALLER], 1: [SMALLER], 2: []}, [SMALLER, RIGHT]),
        ({0: [PAIR], 1: [LEFT], 2: [RIGHT]}, [LEFT, RIGHT]),
        ({0: [PAIR], 1: [SMALLER], 2: [RIGHT]}, [SMALLER, RIGHT]),
        ({0: [PAIR], 1: [rectangle(20, 20, 50, 110)], 2: [RIGHT]}, [PAIR]),
        ({0: [PAIR], 1: [PAIR], 2: [PAIR]}, [PAIR]),
        ({0: [PAIR, LEFT], 1: [PAIR, LEFT], 2: [RIGHT, PAIR]}, [LEFT, RIGHT]),
        ({0: [rectangle(0, 0, 9, 9)], 1: [PAIR], 2: [RIGHT]}, [LEFT, RIGHT]),
    ],
)
def test_two_that_touch_come_out_as_the_network_sees_them(
    answers: dict[int, Sequence[np.ndarray]], wanted: list[np.ndarray]
) -> None:
    np.testing.assert_array_equal(settle_pair(answers), wanted)


@thorough
@given(masks)
def test_no_region_is_ever_lost(mask: np.ndarray) -> None:
    painted = np.zeros(mask.shape, int)
    for each in settle(mask, {}):
        painted[each.window.slices()] += each.mask
    np.testing.assert_array_equal(painted, mask)


def test_with_the_made_pair_each_house_is_refined(
    tmp_path: Path, bright: ModelCard, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The class network sees blocks of two pixels, the pair finds the very edge."""
    things = tuple(
        replace(each, row_off=each.row_off + 1, width=each.width - 1) for each in HOUSES[:2]
    )
    image = scene(HEIGHT, WIDTH, things)
    image[0][image[0] > 200] = 250
    path = write(tmp_path / "odd.tif", np.where(image > 150, 230, image).astype(np.uint8))
    pair = prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))
    cutter = cutter_of(path, pair)

    def cut(prompts: Sequence[Prompt]) -> Iterable[tuple[int, Sequence[Cutout]]]:
        return ((index, cutter.cut(prompt)) for index, prompt in enumerate(prompts))

    regions = found(path, bright)
    assert regions
    for each in text_objects(regions, cut):
        assert each.outline == "refined"
