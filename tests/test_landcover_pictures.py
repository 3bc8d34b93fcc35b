# SPDX-License-Identifier: GPL-2.0-or-later
"""Labelled pictures are found however their folders are laid out, or it is said what is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

cv2 = pytest.importorskip("cv2", reason="training needs OpenCV")
pytest.importorskip("onnx", reason="networks of the tests are made with it")

import rasterio  # noqa: E402
from labelled import COLORS, blocks, image_of, mask_of, save_picture, save_tile  # noqa: E402

from geosift.training.data.land_cover import IGNORE  # noqa: E402
from geosift.training.data.pictures import find_pictures  # noqa: E402
from geosift.training.errors import DataError  # noqa: E402


def test_nine_parts_are_the_scene_they_were_cut_from(tmp_path: Path) -> None:
    truth = blocks(90, 120)
    truth[5:20, 60:70] = IGNORE
    save_tile(tmp_path / "tile6", truth)
    (picture,) = find_pictures(tmp_path / "tile6")
    scene = picture.read()
    np.testing.assert_array_equal(scene.truth, truth)
    np.testing.assert_array_equal(scene.image, image_of(np.where(truth == IGNORE, 0, truth)))
    assert picture.name == scene.name == "tile6"


def test_parts_that_differ_by_a_pixel_are_cut_to_the_least(tmp_path: Path) -> None:
    truth = blocks(92, 120)
    save_tile(tmp_path / "tile6", truth, rows=(30, 31, 31))
    (picture,) = find_pictures(tmp_path)
    wanted = np.concatenate([truth[:30], truth[30:60], truth[61:91]])
    np.testing.assert_array_equal(picture.read().truth, wanted)


@pytest.mark.parametrize("below", [".", "val"])
def test_tiles_are_found_one_and_two_folders_down(below: str, tmp_path: Path) -> None:
    for place in (f"{below}/tile6", f"{below}/tile7"):
        save_tile(tmp_path / place, blocks(60, 60))
    assert [picture.name for picture in find_pictures(tmp_path)] == ["tile6", "tile7"]


def test_other_pictures_are_one_by_one(tmp_path: Path) -> None:
    """Parts that miss one, that differ in size, or bear other names are no grid."""
    save_tile(tmp_path / "a", blocks(90, 90))
    (tmp_path / "a" / "images" / "image_part_009.png").unlink()
    save_tile(tmp_path / "b", blocks(100, 90), rows=(30, 30, 40))
    for letter in "abcdefghi":
        save_picture(tmp_path / "c", letter, image_of(blocks(20, 20)), mask_of(blocks(20, 20)))
    pictures = find_pictures(tmp_path)
    assert [picture.name.split("/")[0] for picture in pictures] == ["a"] * 8 + ["b"] * 9 + ["c"] * 9
    assert all(picture.read().truth.ndim == 2 for picture in pictures)


def test_palette_masks_and_jpeg_pictures_are_read(tmp_path: Path) -> None:
    truth = blocks(64, 64, size=16)
    save_picture(tmp_path, "a", image_of(truth), mask_of(truth))
    image, mask = tmp_path / "images" / "a.jpg", tmp_path / "masks" / "a.png"
    cv2.imwrite(str(image), cv2.imread(str(image.with_suffix(".png"))))
    image.with_suffix(".png").unlink()
    profile = {"driver": "PNG", "width": 64, "height": 64, "count": 1, "dtype": "uint8"}
    with rasterio.open(mask, "w", **profile) as dataset:
        dataset.write(truth.astype(np.uint8), 1)
        dataset.write_colormap(1, {i: (*map(int, rgb), 255) for i, rgb in enumerate(COLORS)})
    with rasterio.open(mask) as dataset:
        assert dataset.count == 1  # a palette, not three bands
    np.testing.assert_array_equal(find_pictures(tmp_path)[0].read().truth, truth)


def test_partial_labels_are_told_by_folder(tmp_path: Path) -> None:
    half = np.zeros((30, 40))
    half[:, :20] = 255
    for name in ("fields_x", "buildings_x", "other", "numbered"):
        save_picture(tmp_path / name, "a", image_of(blocks(30, 40)), half)
    (tmp_path / "numbered" / "instances").mkdir()
    for name, kind in (
        ("fields_x", "fields"),
        ("numbered", "fields"),
        ("buildings_x", "buildings"),
    ):
        (picture,) = find_pictures(tmp_path / name)
        assert picture.labels.name == kind
        truth = picture.read().truth
        assert (truth[:, :20] == 0).all()
        assert (truth[:, 20:] == (IGNORE if kind == "fields" else 1)).all()
    with pytest.raises(DataError, match="--labels fields or --labels buildings"):
        find_pictures(tmp_path / "other")
    assert find_pictures(tmp_path / "other", labels="fields")[0].labels.name == "fields"
    shutil.rmtree(tmp_path / "other")
    with pytest.raises(DataError, match="one kind"):
        find_pictures(tmp_path)


def test_what_is_wrong_is_said_with_the_file(tmp_path: Path) -> None:
    truth = blocks(40, 40)
    wrong = mask_of(truth)
    wrong[3, 4] = (9, 8, 7)
    save_picture(tmp_path / "colour", "a", image_of(truth), wrong)
    save_picture(tmp_path / "size", "a", image_of(truth), mask_of(truth[:39]))
    save_picture(tmp_path / "mask", "a", image_of(truth), mask_of(truth))
    (tmp_path / "mask" / "masks" / "a.png").unlink()
    save_picture(tmp_path / "broken", "a", image_of(truth), mask_of(truth))
    (tmp_path / "broken" / "images" / "a.png").write_bytes(b"no picture")
    save_picture(tmp_path / "fields", "a", image_of(truth), mask_of(truth))
    for folder, words in (
        ("colour", r"masks/a\.png.*\[9, 8, 7\]"),
        ("size", r"masks/a\.png.*40x40.*40x39"),
        ("mask", r"images/a\.png should have a mask"),
        ("broken", r"images/a\.png should be a picture"),
        ("fields", r"masks/a\.png.*0 and 255"),
    ):
        with pytest.raises(DataError, match=words):
            labels = "fields" if folder == "fields" else "auto"
            find_pictures(tmp_path / folder, labels=labels)[0].read()
