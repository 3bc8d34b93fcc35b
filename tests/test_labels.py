# SPDX-License-Identifier: GPL-2.0-or-later
"""Outlines as training data: read back by the training's own loaders, pixel by pixel."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import rasterio
from made_rasters import patches, write
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import from_origin
from small_disk import small_disk

from geosift.inference.errors import Cancelled, InputError, OutputError
from geosift.inference.prompt import label_classes
from geosift.inference.prompt.label_classes import LAND_COVER, UNLABELLED, classes_of
from geosift.inference.prompt.label_folder import CLASSES_FILE
from geosift.inference.prompt.labels import LabelledPolygon, LabelsJob, export_labels
from geosift.inference.raster.box import Box
from geosift.inference.raster.source import FileSource
from geosift.training.data.land_cover import CLASSES, IGNORE, NAMES
from geosift.training.data.pictures import find_pictures
from geosift.training.prompt.instances import find_instances

WEST, NORTH, SIDE = 500000.0, 4000000.0, 0.5
HEIGHT, WIDTH = 150, 210


def rectangle(top: float, left: float, bottom: float, right: float) -> Mapping[str, Any]:
    """Pixels of the scene as a polygon in map coordinates."""
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    ring = [(WEST + x * SIDE, NORTH - y * SIDE) for x, y in corners]
    return {"type": "Polygon", "coordinates": [ring]}


OUTLINES = (
    LabelledPolygon(rectangle(20, 20, 24, 26), "pool"),
    LabelledPolygon(rectangle(10, 10, 40, 70), "Buildings"),
    LabelledPolygon(rectangle(30, 60, 50, 80), "Wasser"),
    LabelledPolygon(rectangle(100, 150, 120, 205), "building"),
)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write(
        tmp_path / "scene.tif",
        patches(3, HEIGHT, WIDTH),
        crs="EPSG:32633",
        transform=from_origin(WEST, NORTH, SIDE, SIDE),
    )


@pytest.fixture
def job(scene: Path, tmp_path: Path) -> LabelsJob:
    return LabelsJob(source=str(scene), folder=tmp_path / "data", polygons=OUTLINES, tile=64)


def expected_truth() -> np.ndarray:
    """Larger ones first, so that what lies inside them is on top; pools are no land cover."""
    truth = np.full((HEIGHT, WIDTH), IGNORE, np.uint8)
    truth[10:40, 10:70] = NAMES.index("Building")
    truth[100:120, 150:205] = NAMES.index("Building")
    truth[30:50, 60:80] = NAMES.index("Water")
    truth[20:24, 20:26] = IGNORE
    return truth


def window_of(name: str) -> tuple[slice, slice]:
    row, col = (int(part[1:]) for part in name.rsplit("/")[-1].split("_"))
    return slice(row, row + 64), slice(col, col + 64)


def test_the_trainings_loader_reads_every_pixel(job: LabelsJob, scene: Path) -> None:
    result = export_labels(job)
    with rasterio.open(scene) as dataset:
        image = np.moveaxis(dataset.read(), 0, -1)
    pictures = find_pictures(job.folder)
    seen = np.full((HEIGHT, WIDTH), IGNORE, np.uint8)
    for picture in pictures:
        read, window = picture.read(), window_of(picture.name)
        np.testing.assert_array_equal(read.image, image[window])
        assert read.resolution_m == pytest.approx(0.5002)
        seen[window] = read.truth
    np.testing.assert_array_equal(seen, expected_truth())
    assert len(pictures) == result.tiles == 4
    assert result.objects == 4


def test_the_numbers_are_the_objects(job: LabelsJob) -> None:
    export_labels(replace(job, tile=512))
    (path,) = (job.folder / "instances").iterdir()
    numbers = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert numbers.dtype == np.uint16
    assert sorted(np.unique(numbers)) == [0, 1, 2, 3, 4]
    found = {each.name: each for each in find_instances(job.folder)}
    assert sorted(found) == ["Building", "Object", "Water"]
    assert found["Object"].area_px == 24
    assert found["Water"].area_px == 400
    assert sorted(each.area_px for each in find_instances(job.folder)) == [24, 400, 1100, 1676]


def test_colours_are_described(job: LabelsJob) -> None:
    result = export_labels(job)
    told = json.loads((job.folder / CLASSES_FILE).read_text(encoding="utf-8"))
    assert told["unlabelled"] == "#9B9B9B"
    assert (told["resolution_m"], told["tile"]) == ([0.5002, 0.5002], 64)
    named = {each["name"]: each for each in told["classes"]}
    assert set(named) == {"pool", "Building", "Water"}
    assert named["Building"] == {
        "name": "Building", "color": "#3C1098", "objects": 2, "pixels": 1676 + 1100,
    }  # fmt: skip
    assert [each.name for each in result.classes] == list(named)
    masks = [cv2.imread(str(each))[..., ::-1] for each in (job.folder / "masks").iterdir()]
    painted = {tuple(color) for mask in masks for color in mask.reshape(-1, 3).tolist()}
    described = {tuple(bytes.fromhex(each["color"][1:])) for each in named.values()}
    assert painted == described | {UNLABELLED}


def test_the_rest_can_be_a_class(job: LabelsJob) -> None:
    result = export_labels(replace(job, rest="land", tile=100))
    pictures = [picture.read() for picture in find_pictures(job.folder)]
    assert result.tiles == 6
    assert sum(each.truth.size for each in pictures) == HEIGHT * WIDTH
    land = sum(int((each.truth == NAMES.index("Land")).sum()) for each in pictures)
    assert land == (expected_truth() == IGNORE).sum() - 24


def test_nodata_is_unlabelled(tmp_path: Path) -> None:
    pixels = np.maximum(patches(3, HEIGHT, WIDTH), 1)
    pixels[:, :, :40] = 0
    scene = write(
        tmp_path / "scene.tif", pixels, nodata=0, crs="EPSG:32633",
        transform=from_origin(WEST, NORTH, SIDE, SIDE),
    )  # fmt: skip
    job = LabelsJob(str(scene), tmp_path / "data", OUTLINES, rest="land", tile=32)
    export_labels(job)
    names = {path.stem for path in (job.folder / "images").iterdir()}
    assert "r0_c0" not in names
    picture = next(each for each in find_pictures(job.folder) if each.name == "r0_c32").read()
    assert (picture.truth[:, :8] == IGNORE).all()
    assert (picture.image[:, :8] == 0).all()
    assert (picture.truth[:, 8:] != IGNORE).all()


def test_a_coarser_resolution(job: LabelsJob, scene: Path) -> None:
    export_labels(replace(job, resolution=1.0, tile=512))
    (picture,) = find_pictures(job.folder)
    with rasterio.open(scene) as dataset:
        image = dataset.read(out_shape=(3, 75, 105), resampling=Resampling.average)
    assert np.abs(picture.read().image.astype(int) - np.moveaxis(image, 0, -1)).max() <= 1
    rows, cols = np.nonzero(picture.read().truth == NAMES.index("Water"))
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (15, 24, 30, 39)


def test_sixteen_bits_are_stretched_and_an_extent_is_kept(tmp_path: Path) -> None:
    scene = write(
        tmp_path / "scene.tif", patches(3, HEIGHT, WIDTH).astype(np.uint16) * 40,
        crs="EPSG:32633", transform=from_origin(WEST, NORTH, SIDE, SIDE),
    )  # fmt: skip
    extent = (WEST, NORTH - 50 * SIDE, WEST + 90 * SIDE, NORTH)
    job = LabelsJob(str(scene), tmp_path / "data", OUTLINES, tile=512, extent=extent)
    assert export_labels(job).objects == 3
    (picture,) = find_pictures(job.folder)
    image = picture.read().image
    assert image.shape == (50, 90, 3)
    assert (image.min(), image.max()) == (0, 255)


def test_eight_bits_kept_in_sixteen_are_pictures_of_eight(tmp_path: Path) -> None:
    """A stretch from 0..255 to 0..255 changes no number, but the type has to become bytes."""
    pixels = np.random.default_rng(1).integers(-40, 300, (3, 64, 64)).clip(0, 255)
    raster = write(
        tmp_path / "sixteen.tif", pixels.astype(np.uint16), crs="EPSG:32633",
        transform=from_origin(WEST, NORTH, SIDE, SIDE),
    )  # fmt: skip
    job = LabelsJob(source=str(raster), folder=tmp_path / "data", polygons=OUTLINES[:1], tile=64)
    export_labels(job)
    image = cv2.imread(str(job.folder / "images" / "r0_c0.png"), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image[..., ::-1].transpose(2, 0, 1), pixels)


def test_any_shape_is_burnt_as_rasterio_does(job: LabelsJob) -> None:
    ring = [(WEST + 50 + 40 * np.cos(a), NORTH - 40 - 30 * np.sin(a)) for a in np.arange(0, 7, 0.1)]
    shape = {"type": "Polygon", "coordinates": [[*ring[:62], ring[0]]]}
    export_labels(replace(job, polygons=(LabelledPolygon(shape, "road"),)))
    expected = rasterize(
        [shape], out_shape=(HEIGHT, WIDTH), transform=from_origin(WEST, NORTH, SIDE, SIDE)
    )
    seen = np.zeros((HEIGHT, WIDTH), np.uint8)
    for picture in find_pictures(job.folder):
        seen[window_of(picture.name)] = picture.read().truth == NAMES.index("Road")
    np.testing.assert_array_equal(seen, expected)


def test_no_more_than_a_tile_is_read_at_once(job: LabelsJob) -> None:
    """Of 8 bits, that is; else the stretch looks at a small picture of the whole, too."""
    with _Counting(job.source, bands=None, names=("red", "green", "blue")) as source:
        export_labels(replace(job, source=source, rest="land", tile=32))
    assert max(height * width for height, width in source.asked) == 32 * 32
    assert sum(height * width for height, width in source.asked) == HEIGHT * WIDTH


class _Counting(FileSource):
    """Remembers how much was asked for."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.asked: list[tuple[int, int]] = []
        super().__init__(*args, **options)

    def read(self, box: Box, *, height: int, width: int) -> tuple[np.ndarray, np.ndarray | None]:
        self.asked.append((height, width))
        return super().read(box, height=height, width=width)


def test_an_earlier_export_is_replaced_as_a_whole(job: LabelsJob) -> None:
    export_labels(job)
    export_labels(replace(job, polygons=OUTLINES[3:]))
    assert len(list((job.folder / "images").iterdir())) == 2
    assert len(list(job.folder.parent.iterdir())) == 2, "the scene and the folder"


def test_an_earlier_export_stays_where_it_cannot_be_replaced(
    job: LabelsJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_labels(job)
    before = sorted(job.folder.parent.rglob("*"))
    replace_path = Path.replace

    def fail_for_new(path: Path, target: Path) -> Path:
        if path.name.endswith("-part") and Path(target) == job.folder:
            raise PermissionError("in use")
        return replace_path(path, target)

    monkeypatch.setattr(Path, "replace", fail_for_new)
    with pytest.raises(OutputError, match="in use"):
        export_labels(replace(job, polygons=OUTLINES[3:]))
    assert sorted(job.folder.parent.rglob("*")) == before


def test_somebody_elses_folder_is_not_touched(job: LabelsJob) -> None:
    job.folder.mkdir()
    (job.folder / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        export_labels(job)
    assert (job.folder / "mine.txt").read_text() == "mine"
    assert len(list(job.folder.parent.iterdir())) == 2


@pytest.mark.parametrize("content", ['["road", "roof"]', '{"classes": []}', "roads, roofs"])
def test_a_data_set_of_another_program_is_not_touched(job: LabelsJob, content: str) -> None:
    """Others, too, have a classes.json beside images and masks."""
    (job.folder / "images").mkdir(parents=True)
    (job.folder / "images" / "mine.png").write_bytes(b"mine")
    (job.folder / CLASSES_FILE).write_text(content)
    with pytest.raises(OutputError, match="holds other files"):
        export_labels(job)
    assert (job.folder / "images" / "mine.png").read_bytes() == b"mine"


def test_what_somebody_put_beside_an_earlier_export_is_not_touched(job: LabelsJob) -> None:
    export_labels(job)
    (job.folder / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="holds other files"):
        export_labels(job)
    assert (job.folder / "notes.txt").read_text() == "mine"


def test_an_empty_folder_may_be_there(job: LabelsJob) -> None:
    job.folder.mkdir()
    assert export_labels(job).tiles == 4


def nothing_is_left(job: LabelsJob) -> bool:
    return [path.name for path in job.folder.parent.iterdir()] == ["scene.tif"]


def test_a_cancelled_export_leaves_nothing(job: LabelsJob) -> None:
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        export_labels(job, cancelled=lambda: next(answers))
    assert nothing_is_left(job)


def test_a_full_disk_leaves_nothing(job: LabelsJob) -> None:
    with small_disk(3000), pytest.raises(OutputError, match="disk"):
        export_labels(job)
    assert nothing_is_left(job)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"polygons": ()}, "no outline"),
        ({"polygons": (LabelledPolygon(rectangle(0, 0, 9, 9), " "),)}, "no label"),
        ({"polygons": (LabelledPolygon(rectangle(900, 900, 990, 990), "a"),)}, "No outline lies"),
        ({"polygons": (LabelledPolygon(rectangle(5, 5, 5.2, 5.2), "a"),)}, "No outline lies"),
        ({"tile": 8}, "tile has"),
        ({"resolution": -1.0}, "resolution"),
        ({"extent": (0.0, 0.0, 1.0, 1.0)}, "extent"),
        ({"bands": (1, 2)}, "bands"),
        ({"source": "nowhere.tif"}, "cannot be opened"),
    ],
)
def test_what_cannot_be_exported(job: LabelsJob, change: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        export_labels(replace(job, **change))
    assert nothing_is_left(job)


def test_where_nothing_can_be_written(job: LabelsJob, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no folder"):
        export_labels(replace(job, folder=tmp_path / "none" / "data"))
    with pytest.raises(OutputError, match="is a file"):
        export_labels(replace(job, folder=tmp_path / "scene.tif"))
    assert nothing_is_left(job)


def test_land_cover_has_the_colours_of_its_training() -> None:
    assert {land.name: land.mask_rgb for land in CLASSES} == LAND_COVER


def test_one_class_for_one_word() -> None:
    labels = ["Gebäude", "solar panel", "Solar-Panel", "house", "BUILDINGS"]
    found = classes_of(labels)
    assert found["Gebäude"] == found["BUILDINGS"]
    assert found["Gebäude"].name == "Building"
    assert found["solar panel"] == found["Solar-Panel"]
    assert found["solar panel"] == classes_of(["solar panel"])["solar panel"]
    many = classes_of(map(str, range(3000)))
    colors = {each.rgb for each in many.values()}
    assert len(colors) == 3000
    assert not colors & {UNLABELLED, *LAND_COVER.values()}


def test_two_words_of_one_colour_get_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here every word falls on one of two colours: no two may share one."""
    monkeypatch.setattr(label_classes, "hsv_to_rgb", lambda hue, *_: (hue // 0.25 / 4, 0.5, 0.5))
    assert len({each.rgb for each in classes_of(["a", "b", "c", "d"]).values()}) == 4


def test_a_description_that_cannot_be_understood(job: LabelsJob) -> None:
    export_labels(job)
    (job.folder / CLASSES_FILE).write_text("{}")
    with pytest.raises(ValueError, match="cannot be understood"):
        find_pictures(job.folder)


def test_a_picture_without_a_place_is_no_warning_of_rasterios(tmp_path: Path) -> None:
    """QGIS would show it to the user; GeoSift has a sentence of its own."""
    path = tmp_path / "photograph.tif"
    profile = {"driver": "GTiff", "dtype": "uint8", "count": 3, "height": 64, "width": 64}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "w", **profile) as target:
            target.write(np.full((3, 64, 64), 90, np.uint8))
    ring = [(8, -8), (40, -8), (40, -40), (8, -40), (8, -8)]  # as QGIS draws such a raster
    roof = LabelledPolygon({"type": "Polygon", "coordinates": [ring]}, "roof")
    job = LabelsJob(str(path), tmp_path / "labels", (roof,), tile=64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        export_labels(job)
    assert job.folder.is_dir()
