# SPDX-License-Identifier: GPL-2.0-or-later
"""The single things of the generated scenes: which pixel is whose, from the brush to the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

cv2 = pytest.importorskip("cv2", reason="scenes are drawn with OpenCV")

from geosift.training.data import made_pictures, made_scenes  # noqa: E402
from geosift.training.data.labelled_scene import Scene  # noqa: E402
from geosift.training.data.land_cover import NAMES  # noqa: E402
from geosift.training.scene import FIRST_SAMPLE_SEED, Drawn, generate  # noqa: E402
from geosift.training.scene.canvas import (  # noqa: E402
    BUILDING,
    CANOPY,
    LAND,
    ROAD,
    VEGETATION,
    WATER,
    WOODS,
    Canvas,
    Paint,
)
from geosift.training.scene.groves import number_groves  # noqa: E402
from geosift.training.scene.plants import Nursery  # noqa: E402
from geosift.training.scene.style import draw_style  # noqa: E402
from geosift.training.scene.things import LEAST_PX, apart, things_of  # noqa: E402

SQUARE = np.array([[2.0, 2.0], [18.0, 2.0], [18.0, 18.0], [2.0, 18.0]])


@pytest.fixture(scope="module")
def drawings() -> list[Drawn]:
    asked = [(climate, seed) for climate in ("desert", "temperate") for seed in range(110, 114)]
    return [
        generate(FIRST_SAMPLE_SEED + seed, size=288, resolution_m=0.8, climate=climate)
        for climate, seed in asked
    ]


def each_thing(drawn: Drawn) -> list[np.ndarray]:
    return [drawn.things == number for number in range(1, int(drawn.things.max()) + 1)]


def test_every_number_is_one_part_that_can_be_pointed_at(drawings: list[Drawn]) -> None:
    for drawn in drawings:
        assert (drawn.things.dtype, drawn.things.shape) == (np.uint16, drawn.truth.shape)
        for mask in each_thing(drawn):
            assert mask.sum() >= LEAST_PX
            assert cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)[0] == 2
    assert np.mean([drawn.things.max() for drawn in drawings]) > 24


def test_a_thing_is_of_one_class_but_for_the_grass_in_a_field(drawings: list[Drawn]) -> None:
    for drawn in drawings:
        for mask in each_thing(drawn):
            classes = set(np.unique(drawn.truth[mask]).tolist())
            assert len(classes) == 1 or classes == {LAND, VEGETATION}


def test_every_roof_and_water_is_a_thing_and_hardly_a_road(drawings: list[Drawn]) -> None:
    def numbered_share(value: int, least: int) -> float:
        """Of the pixels of a class, in parts that are large enough."""
        total = hit = 0
        for drawn in drawings:
            parts = apart((drawn.truth == value).astype(int), least_px=least)
            total += (parts > 0).sum()
            hit += ((parts > 0) & (drawn.things > 0)).sum()
        return float(hit / total)

    assert numbered_share(BUILDING, LEAST_PX) > 0.98
    assert numbered_share(WATER, LEAST_PX) > 0.99
    assert numbered_share(ROAD, LEAST_PX) < 0.2  # car parks alone


def test_houses_of_a_street_are_told_apart() -> None:
    drawn = generate(1_000_107, size=704, resolution_m=0.6, climate="temperate")  # a suburb
    roofs = [mask for mask in each_thing(drawn) if (drawn.truth[mask] == BUILDING).all()]
    parts = cv2.connectedComponents((drawn.truth == BUILDING).astype(np.uint8), connectivity=4)[0]
    assert 80 < len(roofs) < parts + 5
    assert max(mask.sum() for mask in roofs) < 1500


def test_what_gets_a_class_gets_the_number_of_the_thing_being_drawn() -> None:
    canvas = Canvas((40, 40), 2.0)
    with canvas.one_thing():
        canvas.polygon(SQUARE, Paint((90, 120, 60), VEGETATION))
    assert set(np.unique(canvas.things)) == {0, 1}
    field = canvas.things == 1
    canvas.polygon(SQUARE, Paint((0, 0, 0), None, CANOPY, 3.0))  # a shade has no class
    canvas.stroke(SQUARE[[0, 2]], 1.0, Paint((0, 0, 0)))
    np.testing.assert_array_equal(canvas.things == 1, field)
    with canvas.one_thing():  # a house with a garden on its roof, and a pool beside it
        canvas.polygon(SQUARE / 2, Paint((0, 0, 0), BUILDING))
        with canvas.one_thing():
            canvas.polygon(SQUARE / 4 + 10, Paint((0, 0, 0), WATER))
        canvas.polygon(SQUARE / 4, Paint((0, 0, 0), VEGETATION))
    assert set(np.unique(canvas.things)) == {0, 1, 2, 3}
    np.testing.assert_array_equal(canvas.things == 3, canvas.label == WATER)
    assert canvas.things[2, 2] == canvas.things[10, 10] == 2
    canvas.stroke(np.array([[0.0, 15.0], [20.0, 15.0]]), 2.0, Paint((0, 0, 0), ROAD))
    assert (canvas.things[canvas.label == ROAD] == 0).all()
    assert apart(canvas.things, least_px=1).max() == 4  # the road cuts the field in two


def test_a_failure_while_drawing_ends_the_thing() -> None:
    canvas = Canvas((40, 40), 2.0)
    with pytest.raises(ZeroDivisionError), canvas.one_thing():
        1 / 0  # noqa: B018
    canvas.polygon(SQUARE, Paint(None, ROAD))
    assert not canvas.things.any()


@pytest.mark.parametrize(
    ("label", "number", "is_five"),
    [
        ([0, 0, 0, 0], [7, 5, 5, 8], True),
        ([0, 0, 0, 0], [5, 7, 7, 8], False),
        ([0, 0, 1, 1], [5, 5, 0, 0], True),  # half a roof counts as a roof: it is that house
        ([0, 0, 1, 1], [0, 0, 5, 5], False),  # what is not of the pixel's class has no say
        ([0, 1, 0, 1], [5, 9, 5, 9], True),
        ([0, 0, 0, 1], [0, 0, 5, 5], False),
    ],
)
def test_a_pixel_is_of_the_thing_most_of_its_class_is_of(
    label: list[int], number: list[int], is_five: bool
) -> None:
    """Half of the board is thing 5, every pixel of the other half has those four sub-pixels."""
    canvas = Canvas((24, 40), 4.0)
    canvas.label[:] = BUILDING
    canvas.things[:, :20] = 5
    canvas.label[:, 20:] = np.tile(np.reshape(label, (2, 2)), (12, 10))
    canvas.things[:, 20:] = np.tile(np.reshape(number, (2, 2)), (12, 10))
    things = things_of(canvas, np.zeros((8, 16), np.uint8), factor=2, margin=2)
    assert things.shape == (8, 16) and (things[:, :8] == 1).all()
    assert (things[:, 8:] == 1).all() == is_five
    assert is_five or not (things[:, 8:] == 1).any()


numbers = st.builds(
    lambda seed, shape, kinds: np.random.default_rng(seed).integers(0, kinds, shape),
    st.integers(0, 10**6), st.tuples(*[st.integers(1, 24)] * 2), st.integers(1, 4),
)  # fmt: skip


@quick
@given(numbers, st.sampled_from([1, 3]))
def test_parts_are_those_of_each_number_by_itself(drawn: np.ndarray, least: int) -> None:
    found = apart(drawn, least_px=least)
    left, count = np.zeros(drawn.shape, bool), 0
    for value in np.unique(drawn[drawn > 0]):
        parts = cv2.connectedComponents((drawn == value).astype(np.uint8), connectivity=4)
        for part in range(1, parts[0]):
            mask = parts[1] == part
            if mask.sum() < least:
                continue
            count += 1
            left |= mask
            assert len(np.unique(found[mask])) == 1
            np.testing.assert_array_equal(found == found[mask][0], mask)
    np.testing.assert_array_equal(found > 0, left)
    assert (found.dtype, int(found.max())) == (np.uint16, count)


def wooded_canvas() -> tuple[Canvas, Nursery]:
    canvas = Canvas((200, 200), 2.0)
    rng = np.random.default_rng(3)
    return canvas, Nursery.grown(canvas, draw_style(rng), rng)


def test_crowns_that_touch_are_one_thing_and_a_shrub_is_of_its_lawn() -> None:
    canvas, nursery = wooded_canvas()
    with canvas.one_thing():
        canvas.polygon(SQUARE * 5, Paint((90, 120, 60), VEGETATION))
    for x, y, radius in ((30, 30, 5), (37, 30, 5), (70, 30, 5), (30, 70, 1), (96, 70, 1)):
        nursery.tree(np.array([x, y], float), float(radius))
    nursery.scatter(np.array([[70.0, 70.0], [78.0, 70.0]]), (5.0, 5.0), crop=True)
    assert (canvas.things[canvas.material == CANOPY] <= 1).all()
    number_groves(canvas, nursery.loose)
    things = apart(canvas.things)
    pair, single = things[60, 60], things[60, 140]
    assert things[60, 74] == pair and len({pair, single, things[20, 20], 0}) == 4
    assert things[140, 60] == things[140, 140] == things[140, 156] == things[20, 20]
    assert things[140, 192] == 0  # a shrub on open ground
    assert things.max() == 3


def test_a_wood_fills_what_is_missing_in_it_but_not_its_glades_and_roofs() -> None:
    canvas, nursery = wooded_canvas()
    canvas.label[:], canvas.material[:] = VEGETATION, WOODS
    for side, (row, col) in ((6, (20, 20)), (60, (60, 60)), (6, (150, 20))):
        canvas.material[row : row + side, col : col + side] = CANOPY
    canvas.label[150:156, 20:26] = BUILDING
    number_groves(canvas, nursery.loose)
    assert (canvas.things[20:26, 20:26] == canvas.things[0, 0]).all() and canvas.things[0, 0] > 0
    assert not canvas.things[60:120, 60:120].any()
    assert not canvas.things[150:156, 20:26].any()
    assert (canvas.things > 0).sum() == 200 * 200 - 60 * 60 - 6 * 6


def test_a_folder_of_scenes_gives_back_every_large_thing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geosift.training.prompt.instances import LEAST_PX, find_instances

    monkeypatch.setattr(made_scenes, "GENERATED_SIDE", 200)
    paths = list(made_pictures.write_pictures(tmp_path, 2))
    found = find_instances(tmp_path)
    for seed, path in enumerate(paths, made_pictures.FIRST_SEED):
        scene = made_scenes.generated_scene(made_pictures.RESOLUTION_M, seed)
        here = [one for one in found if one.image == path]
        large = np.flatnonzero(np.bincount(scene.things.ravel())[1:] >= LEAST_PX) + 1
        assert len(here) == len(large) > 0
        for one in here:
            number = scene.things[one.window.slices()] == large[one.number]
            np.testing.assert_array_equal(one.mask, number)
            most = np.bincount(scene.truth[one.window.slices()][one.mask]).argmax()
            assert one.name == NAMES[most]


def test_pointing_learns_the_things_of_a_scene_by_kind(drawings: list[Drawn]) -> None:
    from geosift.training.prompt import scenes

    made = [Scene(str(n), d.image, d.truth, 0.8, d.things) for n, d in enumerate(drawings)]
    pool = scenes.generated(made)
    for drawn, objects in zip(drawings, pool.scenes):
        large = [mask for mask in each_thing(drawn) if mask.sum() >= scenes.LEAST_AREA]
        assert objects.areas.tolist() == [mask.sum() for mask in large]
        kinds = [np.bincount(drawn.truth[mask]).argmax() for mask in large]
        assert objects.kinds.tolist() == kinds
        for number, mask in enumerate(large, 1):
            np.testing.assert_array_equal(objects.numbers == number, mask)
    assert {BUILDING, LAND, VEGETATION, WATER} <= set(
        np.concatenate([objects.kinds for objects in pool.scenes]).tolist()
    )
