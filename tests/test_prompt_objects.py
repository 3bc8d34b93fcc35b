# SPDX-License-Identifier: GPL-2.0-or-later
"""The objects of labelled pictures, where they are clicked, and what classical tools make of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from real_data import real_folders

cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")
pytest.importorskip("onnx", reason="networks of the tests are made with it")

from labelled import image_of, mask_of, save_picture  # noqa: E402

from geosift.inference.prompt.prompts import Click, PromptBox  # noqa: E402
from geosift.inference.raster.window import Window  # noqa: E402
from geosift.training.data.land_cover import IGNORE  # noqa: E402
from geosift.training.errors import DataError  # noqa: E402
from geosift.training.prompt.classical import fill_box, grabcut, smoothed, wand  # noqa: E402
from geosift.training.prompt.clicks import JITTER, drawn_box, innermost, next_click  # noqa: E402
from geosift.training.prompt.instances import ROAD_SIDE, Instance, find_instances  # noqa: E402

BUILDING, LAND, ROAD, WATER = 0, 1, 2, 4

masks = st.builds(
    lambda seed, shape, share: np.random.default_rng(seed).random(shape) < share,
    st.integers(0, 10**6), st.tuples(*[st.integers(1, 24)] * 2), st.sampled_from([0.3, 0.7, 0.95]),
)  # fmt: skip


def save_numbers(folder: Path, name: str, numbers: np.ndarray, mask: np.ndarray) -> None:
    """A picture, its mask, and instances/NAME.png with 16 bits."""
    save_picture(folder, name, image_of(np.zeros(numbers.shape, int)), mask)
    (folder / "instances").mkdir(exist_ok=True)
    cv2.imwrite(str(folder / "instances" / f"{name}.png"), numbers.astype(np.uint16))


def test_numbers_are_objects_whatever_their_size_or_shape(tmp_path: Path) -> None:
    numbers = np.zeros((50, 60), int)
    numbers[5:9, 7:30] = 300  # above what 8 bits hold
    numbers[20:25, 10:12], numbers[40:45, 50:60] = 7, 7  # one object in two parts
    numbers[0, 0] = 2
    folder = tmp_path / "fields_there"
    save_numbers(folder, "a", numbers, np.where(numbers > 0, 255, 0))
    found = find_instances(tmp_path)
    assert [(one.number, one.area_px) for one in found] == [(0, 1), (1, 60), (2, 92)]
    assert found[1].window == Window(20, 10, 25, 50) and found[2].window == Window(5, 7, 4, 23)
    for one, value in zip(found, (2, 7, 300)):
        np.testing.assert_array_equal(one.mask, numbers[one.window.slices()] == value)
    assert {one.name for one in found} == {"Field"}
    assert {one.within for one in found} == {Window(0, 0, 50, 60)}
    assert found[0].image == folder / "images" / "a.png"


def test_numbers_in_a_picture_with_classes_have_the_class_of_most_pixels(tmp_path: Path) -> None:
    truth = np.full((40, 40), LAND)
    truth[:20, :20] = WATER
    numbers = np.zeros((40, 40), int)
    numbers[:10], numbers[:10, :25] = 2, 1
    save_numbers(tmp_path, "a", numbers, mask_of(truth))
    assert [one.name for one in find_instances(tmp_path)] == ["Water", "Land"]


def test_components_are_objects_from_400_pixels(tmp_path: Path) -> None:
    truth = np.full((90, 90), IGNORE)
    truth[2:22, 3:23] = BUILDING  # 400 pixels
    truth[22:42, 23:43] = BUILDING  # touches at a corner only
    truth[50:70, 50:70] = WATER
    truth[50, 50] = IGNORE  # 399
    truth[50:80, 5:25] = LAND
    save_picture(tmp_path / "tile1", "a", image_of(np.zeros((90, 90), int)), mask_of(truth))
    found = find_instances(tmp_path)
    assert [(one.name, one.window) for one in found] == [
        ("Building", Window(2, 3, 20, 20)),
        ("Building", Window(22, 23, 20, 20)),
        ("Land", Window(50, 5, 30, 20)),
    ]
    assert [one.number for one in found] == [0, 1, 2]
    assert len(find_instances(tmp_path, least_px=399)) == 4


def test_what_is_no_building_is_no_object(tmp_path: Path) -> None:
    mask = np.zeros((60, 60))
    mask[10:40, 10:40] = 255
    save_picture(tmp_path / "buildings_there", "a", image_of(np.zeros((60, 60), int)), mask)
    (one,) = find_instances(tmp_path)
    assert (one.name, one.area_px) == ("Building", 900)


def test_nine_parts_stay_nine_pictures(tmp_path: Path) -> None:
    for number in range(1, 10):
        truth = np.full((30, 30), WATER)
        image = image_of(truth)
        save_picture(tmp_path / "tile3", f"image_part_00{number}", image, mask_of(truth))
    found = find_instances(tmp_path)
    assert len(found) == 9 == len({one.image for one in found})


def test_a_long_road_is_cut_to_windows(tmp_path: Path) -> None:
    """An L of two arms, each longer than a window, and a short one that stays whole."""
    truth = np.full((700, 1300), LAND)
    truth[20:40, 10:1290] = ROAD
    truth[40:690, 10:30] = ROAD
    truth[300:330, 600:700] = ROAD
    save_picture(tmp_path, "a", image_of(truth), mask_of(truth))
    roads = [one for one in find_instances(tmp_path) if one.name == "Road"]
    short = [one for one in roads if one.within == Window(0, 0, 700, 1300)]
    assert [one.window for one in short] == [Window(300, 600, 30, 100)]
    pieces = [one for one in roads if one not in short]
    covered = np.zeros(truth.shape, int)
    for piece in pieces:
        assert max(piece.within.height, piece.within.width) <= ROAD_SIDE
        assert piece.window.intersection(piece.within) == piece.window
        covered[piece.window.slices()] += piece.mask
    wanted = (truth == ROAD).astype(int)
    wanted[300:330, 600:700] = 0
    np.testing.assert_array_equal(covered, wanted)


def test_folders_without_objects_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="should be a folder"):
        find_instances(tmp_path / "none")
    save_picture(
        tmp_path / "a", "a", image_of(np.zeros((30, 30), int)), mask_of(np.full((30, 30), 9))
    )
    with pytest.raises(DataError, match="none of 400 pixels or more"):
        find_instances(tmp_path / "a")
    save_numbers(tmp_path / "b", "a", np.ones((9, 9)), np.full((9, 9), 255))
    (tmp_path / "b" / "instances" / "a.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match="number of the object at every pixel"):
        find_instances(tmp_path / "b")


def _distance(mask: np.ndarray, row: int, column: int) -> float:
    """From a pixel to the nearest that is not the mask, beyond the array included."""
    outside = np.argwhere(~np.pad(mask, 1)) - 1
    return float(np.hypot(outside[:, 0] - row, outside[:, 1] - column).min())


@quick
@given(masks)
def test_innermost_is_farthest_from_all_outside(mask: np.ndarray) -> None:
    mask[0, 0] = True
    row, column = innermost(mask)
    farthest = max(_distance(mask, *place) for place in np.argwhere(mask))
    assert mask[row, column]
    assert _distance(mask, row, column) == pytest.approx(farthest, abs=1e-4)


@quick
@given(masks, st.integers(0, 10**6))
def test_next_click_is_where_the_answer_is_most_wrong(truth: np.ndarray, seed: int) -> None:
    answer = np.random.default_rng(seed).random(truth.shape) < 0.5
    click = next_click(truth, answer)
    missing, surplus = truth & ~answer, answer & ~truth
    if not (missing | surplus).any():
        assert click is None
        return
    row, column = int(click.y), int(click.x)
    assert (click.x, click.y) == (column + 0.5, row + 0.5)
    kind = missing if click.positive else surplus
    assert kind[row, column]
    depths = [
        max((_distance(m, *p) for p in np.argwhere(m)), default=0) for m in (missing, surplus)
    ]
    assert _distance(kind, row, column) == pytest.approx(max(depths), abs=1e-4)


def test_clicks_never_come_twice_and_end() -> None:
    """Of an answer that never gets better every wrong pixel is clicked once."""
    truth = np.zeros((6, 7), bool)
    truth[1:5, 1:6] = True
    answer = np.zeros_like(truth)
    answer[0, :3] = True
    clicks: list[Click] = []
    while (click := next_click(truth, answer, clicks)) is not None:
        clicks.append(click)
    assert len(set(clicks)) == len(clicks) == 20 + 3
    assert next_click(truth, truth) is None
    outside = (Click(-3.0, 2.0), Click(99.0, 2.0, False))  # beside a road that was cut
    assert next_click(truth, answer, outside) == next_click(truth, answer)


def _instance(window: Window, within: Window, number: int = 0) -> Instance:
    mask = np.ones((window.height, window.width), bool)
    return Instance(Path("images/a.png"), number, "Field", window, mask, within)


@quick
@given(
    st.builds(Window, *[st.integers(0, 50)] * 2, *[st.integers(1, 200)] * 2),
    st.integers(0, 5), st.integers(0, 3),
)  # fmt: skip
def test_boxes_are_drawn_a_tenth_off(window: Window, number: int, seed: int) -> None:
    within = Window(0, 0, 250, 250)
    one = _instance(window, within, number)
    box = drawn_box(one, seed=seed)
    assert box == drawn_box(one, seed=seed)
    assert box.left >= 0 and box.top >= 0 and box.right <= 250 and box.bottom <= 250
    wide, high = JITTER * window.width + 1e-9, JITTER * window.height + 1e-9
    assert abs(box.left - window.col_off) <= wide and abs(box.right - window.col_end) <= wide
    assert abs(box.top - window.row_off) <= high and abs(box.bottom - window.row_end) <= high
    exact = drawn_box(one, jitter=0.0)
    assert (exact.left, exact.bottom) == (window.col_off, window.row_end)


def test_boxes_differ_from_object_to_object_and_use_the_tenth() -> None:
    window, within = Window(50, 50, 100, 100), Window(0, 0, 200, 200)
    lefts = [drawn_box(_instance(window, within, number)).left for number in range(200)]
    assert len(set(lefts)) == 200
    assert min(lefts) < 41 and max(lefts) > 59 and abs(np.mean(lefts) - 50) < 2


def disc_on_grass() -> tuple[np.ndarray, np.ndarray]:
    """A bright disc on green noise, (120, 140, 3), and its mask."""
    rows, columns = np.indices((120, 140))
    mask = np.hypot(rows - 60, columns - 70) < 30
    image = np.where(mask[..., None], (200, 190, 180), (60, 110, 50))
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8), mask


@pytest.mark.parametrize("core", [0.0, 0.4])
def test_grabcut_finds_a_disc(core: float) -> None:
    image, mask = disc_on_grass()
    box = PromptBox(36.3, 27.0, 104.0, 93.2)
    answer = grabcut(image, box, core=core)
    assert answer.shape == mask.shape
    assert (answer & mask).sum() / (answer | mask).sum() > 0.95
    np.testing.assert_array_equal(
        answer, grabcut(image, PromptBox(36.3, 27.0, 104.0, 93.2), core=core)
    )


def test_grabcut_of_a_box_over_everything_is_everything() -> None:
    image, _ = disc_on_grass()
    assert grabcut(image, PromptBox(0, 0, 140, 120)).all()
    assert grabcut(image[:1, :1], PromptBox(0, 0, 1, 1)).all()


def test_grabcut_of_a_large_object_is_brought_back_to_its_pixels() -> None:
    image, mask = (np.repeat(np.repeat(part, 6, 0), 6, 1) for part in disc_on_grass())
    answer = grabcut(image, PromptBox(220, 170, 620, 550))
    assert (answer & mask).sum() / (answer | mask).sum() > 0.95


def test_filling_a_box_is_its_pixels() -> None:
    answer = fill_box(np.zeros((20, 30, 3), np.uint8), PromptBox(3.4, 2.6, 9.5, 20.0))
    wanted = np.zeros((20, 30), bool)
    wanted[3:20, 3:10] = True
    np.testing.assert_array_equal(answer, wanted)
    assert fill_box(np.zeros((20, 30, 3), np.uint8), PromptBox(29.6, 19.6, 29.9, 19.9)).sum() == 1


def test_wand_adds_what_is_alike_and_the_more_similar_click_wins() -> None:
    image, mask = disc_on_grass()
    smooth = smoothed(image)
    disc, grass = Click(70.5, 60.5), Click(5.5, 5.5)
    found = wand(smooth, [disc])
    assert (found & mask).sum() / (found | mask).sum() > 0.97
    assert wand(smooth, [disc, grass]).sum() > 0.97 * mask.size
    beside = Click(5.5, 5.5, positive=False)
    np.testing.assert_array_equal(wand(smooth, [disc, beside]), found)
    assert not wand(smooth, [beside]).any()
    ramp = np.repeat(np.arange(60, 90, dtype=np.uint8)[None, :, None], 20, axis=0).repeat(3, axis=2)
    ramp = np.ascontiguousarray(ramp)
    answer = wand(ramp, [Click(10.5, 5.5), Click(18.5, 5.5, positive=False)])
    wanted = np.zeros((20, 30), bool)
    wanted[:, :15] = True  # 70 + 15 = 85 without the click beside it, half way to 78 with it
    np.testing.assert_array_equal(answer, wanted)


@pytest.mark.parametrize("data", real_folders("dubai_landcover/val", "fields_cornbelt"))
def test_real_pictures_hold_the_objects_that_were_counted(data: Path) -> None:
    objects = find_instances(data / "dubai_landcover" / "val")
    assert len(objects) == 249 and len({one.image for one in objects}) == 9
    assert {one.name for one in objects} == {"Building", "Land", "Road", "Vegetation", "Water"}
    filled = [one.area_px / one.mask.size for one in objects]
    assert np.mean(filled) == pytest.approx(0.402, abs=0.001)
    fields = find_instances(data / "fields_cornbelt")
    assert len(fields) == 1105 and {one.name for one in fields} == {"Field"}
