# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole detections, files to files, in every layout, beside the objects that were painted."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from made_detectors import CLASSES, Thing, detector, picture
from made_rasters import write
from osgeo import ogr
from rasterio.transform import from_origin
from rasterio.warp import transform

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.network_file import digest
from geosift.inference.detection.network import DetectionNetwork
from geosift.inference.detection.run import DetectJob, DetectResult, run_detect
from geosift.inference.errors import Cancelled, CardError, InputError, OutputError

ogr.UseExceptions()
HEIGHT, WIDTH = 170, 230
UTM, WGS84 = "EPSG:32633", "EPSG:4326"
WEST, NORTH = 500_000.0, 5_000_000.0
BOXES = ("yolo_v5", "yolo_v6", "yolo_v9", "ultralytics", "ultralytics_end2end")
THINGS = (
    Thing((3, 4, 20, 12), 0, 220),
    Thing((40, 30, 52, 45), 1, 200),  # within an overlap of tiles
    Thing((55, 2, 66, 20), 0, 180),
    Thing((30, 60, 130, 68), 2, 240),  # longer than a tile
    Thing((100, 80, 108, 160), 2, 210),
    Thing((10, 100, 70, 150), 1, 190),
    Thing((200, 140, 230, 170), 0, 250),  # in the raster's corner
    Thing((150, 20, 152, 22), 0, 255),
    Thing((160, 100, 180, 120), 1, 100),  # not sure enough
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(tmp_path_factory.mktemp("scene") / "in.tif", THINGS)


def scene(path: Path, things: Sequence[Thing], **profile: Any) -> Path:
    placed = {"crs": UTM, "transform": from_origin(WEST, NORTH, 1, 1), **profile}
    return write(path, picture(things, HEIGHT, WIDTH), **placed)


def found_in(path: Path) -> list[dict[str, Any]]:
    """Every feature: its fields, and its outer rings in pixels of the scene."""
    data = ogr.Open(str(path))
    features = []
    for feature in data.GetLayer():
        shape = json.loads(feature.ExportToJson())["geometry"]
        several = shape["type"] == "MultiPolygon"
        parts = shape["coordinates"] if several else [shape["coordinates"]]
        rings = [[np.array(ring) - (WEST, 0) for ring in part] for part in parts]
        rings = [[np.stack([r[:, 0], NORTH - r[:, 1]], axis=1) for r in part] for part in rings]
        features.append({**feature.items(), "parts": rings})
    return features


def boxes_of(features: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """(left, top, right, bottom, class, score) of each, sorted."""
    rows = []
    for each in features:
        (ring,) = each["parts"][0]
        assert len(ring) == 5
        edges = np.concatenate([ring.min(axis=0), ring.max(axis=0)]).tolist()
        rows.append((*edges, each["class_id"], each["score"]))
    return sorted(rows)


def wanted(things: Sequence[Thing]) -> list[tuple[Any, ...]]:
    rows = [(*map(float, t.box), t.class_id, round(t.score / 2.55, 1)) for t in things]
    return sorted(rows)


def detected(source: Path, card: ModelCard, folder: Path, **options: Any) -> DetectResult:
    calls = {key: options.pop(key) for key in ("message", "cancelled") if key in options}
    job = DetectJob(str(source), card, folder / "out.gpkg", **options)
    return run_detect(job, **calls)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("layout", BOXES)
def test_every_box_comes_once_and_whole(
    layout: str, turned: bool, source: Path, tmp_path: Path
) -> None:
    """Objects within overlaps, over tile edges, longer than tiles, at the raster's edge."""
    card = detector(tmp_path, layout, turned=turned)
    result = detected(source, card, tmp_path)
    assert boxes_of(found_in(result.output)) == wanted(THINGS[:-1])
    assert result.objects == len(THINGS) - 1
    assert result.tiles > 12


@pytest.mark.parametrize(("halo", "tile"), [(1, 64), (20, 64), (12, 40), (0, 64)])
def test_the_answer_does_not_depend_on_the_tiles(
    halo: int, tile: int, source: Path, tmp_path: Path
) -> None:
    """But for no overlap at all, where nobody sees a whole."""
    card = detector(tmp_path, "ultralytics", tile=tile, halo=halo)
    told: list[str] = []
    boxes = boxes_of(found_in(detected(source, card, tmp_path, message=told.append).output))
    assert ("The tiles do not overlap" in " ".join(told)) == (halo == 0)
    if halo == 0:
        assert len(boxes) > len(THINGS)
    else:
        assert boxes == wanted(THINGS[:-1])


@pytest.mark.parametrize("layout", ["yolo_v5", "ultralytics", "ultralytics_seg"])
def test_networks_that_take_tiles_of_any_size(layout: str, source: Path, tmp_path: Path) -> None:
    """Tiles are as large as fits the raster best; its last rows and columns are filled up."""
    card = detector(tmp_path, layout, tile=96, step=4, any_size=True)
    features = found_in(detected(source, card, tmp_path, simplify=0.0).output)
    things = [t for t in THINGS[:-1] if t.box[2] - t.box[0] > 4]  # else anchors may miss it
    assert sorted((*f["parts"][0][0].min(axis=0), f["score"]) for f in features) == sorted(
        (*map(float, t.box[:2]), round(t.score / 2.55, 1)) for t in things
    )


def test_threads_and_batches_change_nothing(source: Path, tmp_path: Path) -> None:
    files = []
    for number, options in enumerate([{}, {"batch": 1}, {"batch": 4}, {"batch": 5}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        card = detector(folder, "yolo_v9", **options)
        for threads in (1, 3):
            result = detected(source, card, folder, threads=threads)
            with sqlite3.connect(result.output) as database:
                files.append(database.execute("SELECT * FROM out ORDER BY fid").fetchall())
    assert all(rows == files[0] for rows in files), "the same rows in the same order"


def test_what_counts_may_be_asked_for(source: Path, tmp_path: Path) -> None:
    card = detector(tmp_path, "ultralytics")
    result = detected(source, card, tmp_path, confidence=35)
    assert boxes_of(found_in(result.output)) == wanted(THINGS)
    result = detected(source, card, tmp_path, confidence=90)
    assert boxes_of(found_in(result.output)) == wanted([t for t in THINGS if t.score > 229])


def test_of_two_of_a_class_that_overlap_the_surer_counts(tmp_path: Path) -> None:
    """The network tells the lower part of the second object, and the whole of the first."""
    lower = np.zeros((20, 20), bool)
    lower[12:] = True
    things = (Thing((10, 10, 30, 22), 0, 240), Thing((10, 10, 30, 30), 0, 200, lower))
    source = scene(tmp_path / "in.tif", things)
    card = detector(tmp_path, "ultralytics")  # they overlap by 0.6
    assert boxes_of(found_in(detected(source, card, tmp_path).output)) == wanted(things[:1])
    both = detected(source, card, tmp_path, iou=65)
    assert boxes_of(found_in(both.output)) == wanted(things)


def rings(seed: int) -> list[Thing]:
    """Things with masks of their own form: discs with a hole, bent lines, and one in two parts."""
    y, x = np.mgrid[:60, :90]
    ring = (abs(np.hypot(y - 29.5, x - 29.5) - 22) < 7)[:, :60]
    line = abs(y - 30 - 25 * np.sin(x / 12)) < 3
    halves = np.ones((12, 40), bool)
    halves[:, 15:24] = False
    return [
        Thing((20, 20, 80, 80), 0, 200, ring),
        Thing((110, 50, 200, 110), 1, 240, line),
        Thing((35, 120, 75, 132), 2, 220, halves),
        Thing((44, 42, 56, 58), 1, 230),  # in the ring's hole: boxes overlap, masks do not
    ]


def painted(parts: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """The pixels whose centre is in an odd number of rings."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    odd = np.zeros((HEIGHT, WIDTH), bool)
    for ring in (ring for part in parts for ring in part):
        for (x0, y0), (x1, y1) in zip(ring[:-1], ring[1:]):
            if y0 != y1:
                spans = (y0 <= y) != (y1 <= y)
                odd ^= spans & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    return odd


@pytest.mark.parametrize("turned", [False, True])
def test_instance_masks_are_masks(turned: bool, tmp_path: Path) -> None:
    """To the pixel, holes and separate parts included, across tiles."""
    things = rings(0)
    source = scene(tmp_path / "in.tif", things)
    card = detector(tmp_path, "ultralytics_seg", turned=turned)
    features = found_in(detected(source, card, tmp_path, simplify=0.0).output)
    assert len(features) == len(things)
    for thing in things:
        (same,) = [f for f in features if f["score"] == round(thing.score / 2.55, 1)]
        whole = np.zeros((HEIGHT, WIDTH), bool)
        left, top, right, bottom = thing.box
        whole[top:bottom, left:right] = True if thing.pixels is None else thing.pixels
        np.testing.assert_array_equal(painted(same["parts"]), whole)
        assert same["area_m2"] == pytest.approx(whole.sum() * 1.0008, rel=1e-3)
        assert same["class_id"] == thing.class_id


def test_prototypes_in_cells_of_several_pixels(tmp_path: Path) -> None:
    """As Ultralytics has them, 4 x 4: a mask is as fine as they are, and where they are."""
    thing = Thing((40, 40, 100, 88), 0, 200)
    source = scene(tmp_path / "in.tif", [thing])
    card = detector(tmp_path, "ultralytics_seg", cell=4)
    (only,) = found_in(detected(source, card, tmp_path, simplify=0.0).output)
    found = painted(only["parts"])
    whole = np.zeros_like(found)
    whole[40:88, 40:100] = True
    assert not (found & ~whole).any()
    assert (found & whole).sum() > 0.9 * whole.sum()


@pytest.mark.parametrize("degrees", [0, 30, 75, 90, 140])
def test_oriented_boxes_have_their_corners_and_their_direction(
    degrees: int, tmp_path: Path
) -> None:
    thing = Thing((115, 80, 90, 14), 2, 240, degrees=degrees)
    source = scene(tmp_path / "in.tif", [thing])
    card = detector(tmp_path, "ultralytics_obb")
    (only,) = found_in(detected(source, card, tmp_path).output)
    (ring,) = only["parts"][0]
    turn = np.radians(degrees)
    along, beside = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    corners = [(115, 80) + i * 45 * along + j * 7 * beside for i, j in signs]
    np.testing.assert_allclose(ring[:4], corners, atol=1e-3)
    assert only["length_m"] == pytest.approx(90 / 0.9996, rel=1e-4)
    assert only["width_m"] == pytest.approx(14 / 0.9996, rel=1e-4)
    assert only["area_m2"] == pytest.approx(90 * 14 / 0.9996**2, rel=1e-4)
    # Columns point east there, at the zone's middle: 90 degrees from north, and then clockwise.
    assert only["angle"] == pytest.approx((90 + degrees) % 180, abs=0.05)


def test_directions_are_from_true_north(tmp_path: Path) -> None:
    """Far from the zone's middle, grid north is another direction."""
    placed = {"transform": from_origin(800_000, 7_000_000, 1, 1)}
    source = scene(tmp_path / "in.tif", [Thing((115, 80, 90, 14), degrees=90)], **placed)
    card = detector(tmp_path, "ultralytics_obb")
    (only,) = found_in(detected(source, card, tmp_path).output)
    lon, lat = (np.radians(each[0]) for each in transform(UTM, WGS84, [800_115], [6_999_920]))
    convergence = np.degrees(np.arctan(np.tan(lon - np.radians(15)) * np.sin(lat)))  # on a sphere
    assert convergence > 3
    assert only["angle"] == pytest.approx(convergence % 180, abs=0.05)


def test_parts_of_a_raster_share_no_object_and_miss_none(tmp_path: Path) -> None:
    """Whatever is no longer than the overlap of two tiles."""
    things = [thing for thing in THINGS[:-1] if max(np.diff(np.reshape(thing.box, (2, 2)).T)) <= 40]
    assert len(things) == 5
    source = scene(tmp_path / "in.tif", things)
    card = detector(tmp_path, "ultralytics", halo=20)
    boxes = []
    for left, right in ((0, 77), (77, 150), (150, WIDTH)):
        extent = (WEST + left, NORTH - HEIGHT, WEST + right, NORTH)
        boxes += boxes_of(found_in(detected(source, card, tmp_path, extent=extent).output))
    assert sorted(boxes) == wanted(things)


def test_only_inside_the_mask(source: Path, tmp_path: Path) -> None:
    ring = [(0, 0), (60, 0), (60, 30), (0, 30), (0, 0)]
    polygon = {
        "type": "Polygon", "coordinates": [[(WEST + x, NORTH - y) for x, y in ring]],
    }  # fmt: skip
    card = detector(tmp_path, "yolo_v5")
    result = detected(source, card, tmp_path, mask=(polygon,))
    assert boxes_of(found_in(result.output)) == wanted([THINGS[0]])
    assert result.tiles <= 4


def test_it_works_at_the_resolution_of_the_network(tmp_path: Path) -> None:
    """Half-metre pixels, seen as one metre: the network's own pixels say how far things reach."""
    things = [Thing((20, 20, 50, 40), 1, 200)]
    fine = picture(things, HEIGHT, WIDTH).repeat(2, axis=1).repeat(2, axis=2)
    placed = {"crs": UTM, "transform": from_origin(WEST, NORTH, 0.5, 0.5)}
    source = write(tmp_path / "fine.tif", fine, **placed)
    card = detector(tmp_path, "ultralytics", resolution=1.0)
    features = found_in(detected(source, card, tmp_path).output)
    assert boxes_of(features) == wanted(things)


def test_what_has_no_value_holds_no_object(tmp_path: Path) -> None:
    pixels = picture(THINGS[:3], HEIGHT, WIDTH)
    pixels[:, :, 120:] = 77
    source = write(
        tmp_path / "in.tif", pixels, nodata=77, crs=UTM,
        transform=from_origin(WEST, NORTH, 1, 1),
    )  # fmt: skip
    card = detector(tmp_path, "ultralytics")
    card = replace(card, statistics={"bands": [{"mean": m} for m in (9, 9, 9, 9, 1, 255, 3)]})
    boxes = boxes_of(found_in(detected(source, card, tmp_path).output))
    assert set(wanted(THINGS[:3])) <= set(boxes), "and what the filling looks like at its edge"
    assert len(boxes) > 3
    assert all(120 - left >= (right - left) / 4 for left, _, right, *_ in boxes)
    empty = write(tmp_path / "empty.tif", np.full((7, 80, 80), 77, np.uint8), nodata=77)
    with pytest.raises(InputError, match="no valid pixel"):
        detected(empty, card, tmp_path)


def test_the_layer_tells_all_and_the_result_counts(source: Path, tmp_path: Path) -> None:
    card = detector(tmp_path, "ultralytics")
    report = tmp_path / "out.json"
    result = detected(source, card, tmp_path, report=report)
    features = found_in(result.output)
    assert [f["id"] for f in features] == list(range(1, len(features) + 1))
    for each in features:
        assert each["name"] == CLASSES[each["class_id"]]
        left, top, right, bottom, *_ = boxes_of([each])[0]
        size = (right - left) * (bottom - top) / 0.9996**2
        assert each["area_m2"] == pytest.approx(size, rel=1e-4)
    assert [(a.name, a.pixels) for a in result.areas] == [("car", 4), ("boat", 2), ("tree", 2)]
    for area in result.areas:
        told = [f["area_m2"] for f in features if f["class_id"] == area.id]
        assert area.area_m2 == pytest.approx(sum(told), rel=1e-6)
    assert json.loads(report.read_text("utf-8")) == json.loads(result.to_json())
    assert {"read", "prepare", "network", "decode", "merge", "write"} <= set(result.timings)


def test_the_page_tells_of_objects(source: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    detected(source, detector(tmp_path, "ultralytics"), tmp_path, report=page)
    text = page.read_text("utf-8")
    assert "8 objects" in text
    assert "<b>8 objects</b>" in text
    assert "<h2>Objects by class</h2>" in text
    assert "<th>objects</th>" in text
    assert "50 percent sure" in text


def test_without_a_crs_sizes_on_the_ground_are_not_told(tmp_path: Path) -> None:
    source = write(
        tmp_path / "in.tif", picture([Thing((60, 40, 50, 10), degrees=20)], 100, 120),
        crs=None, transform=None,
    )  # fmt: skip
    card = detector(tmp_path, "ultralytics_obb")
    result = detected(source, card, tmp_path)
    data = ogr.Open(str(result.output))
    (items,) = [feature.items() for feature in data.GetLayer()]
    assert [items[name] for name in ("area_m2", "length_m", "width_m")] == [None] * 3
    assert items["angle"] == pytest.approx(110, abs=0.05)
    assert result.areas[0].area_m2 is None


def test_nothing_found_is_said_and_no_failure(tmp_path: Path) -> None:
    told: list[str] = []
    source = scene(tmp_path / "in.tif", [])
    result = detected(source, detector(tmp_path, "yolo_v6"), tmp_path, message=told.append)
    assert result.objects == 0
    assert found_in(result.output) == []
    assert "50 percent sure" in told[-1]


def test_cancelled_leaves_nothing(source: Path, tmp_path: Path) -> None:
    card = detector(tmp_path, "ultralytics")
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(0)
        return len(asked) > 5

    with pytest.raises(Cancelled):
        detected(source, card, tmp_path, cancelled=cancelled)
    assert not [path for path in tmp_path.iterdir() if "out" in path.name]


def test_cards_that_contradict_the_network(source: Path, tmp_path: Path) -> None:
    card = detector(tmp_path, "ultralytics")
    fewer = replace(card, classes=card.classes[:2])
    with pytest.raises(CardError, match=r"\[n, 6, anchors\].*Correct layout or classes"):
        detected(source, fewer, tmp_path)
    masks = replace(card, detection=replace(card.detection, layout="ultralytics_seg"))
    with pytest.raises(CardError, match="no output of prototypes"):
        detected(source, masks, tmp_path)
    with pytest.raises(CardError, match="no output 'other'"):
        detected(source, replace(card, output="other"), tmp_path)


def test_prototypes_of_an_untold_shape(tmp_path: Path) -> None:
    """Graphs that were simplified may say of an output just its name."""
    card = detector(tmp_path, "ultralytics_seg")
    model = onnx.load(card.path)
    model.graph.output[1].type.tensor_type.ClearField("shape")
    onnx.save(model, card.path)
    silent = replace(card, sha256=digest(card.path))
    image = np.zeros((1, 7, 64, 64), np.float32)
    (told,) = DetectionNetwork(silent).answers(image)
    assert told.prototypes is not None
    assert told.anchors.shape[1] == 4 + len(card.classes) + len(told.prototypes)


@pytest.mark.parametrize("shape", [(1, 3, 7), (4, 7), (2, 7, 0)])
def test_networks_that_answer_other_than_they_say(shape: tuple[int, ...], tmp_path: Path) -> None:
    """The file says [n, 7, anchors]; what comes is of another batch, or has no anchors."""
    card = detector(tmp_path, "ultralytics")
    network = DetectionNetwork(card)
    network._file = SimpleNamespace(run=lambda *_: [np.zeros(shape, np.float32)])
    with pytest.raises(CardError, match="answers with the shape"):
        network.answers(np.zeros((2, 7, 64, 64), np.float32))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"confidence": 101}, "confidence is percent"),
        ({"iou": -1}, "iou is percent"),
        ({"overlap": -1}, "overlap is pixels"),
        ({"resolution": 0}, "above 0"),
        ({"threads": 0}, "one thread"),
        ({"simplify": float("nan")}, "simplification"),
    ],
)
def test_jobs_that_cannot_be(wrong: dict[str, Any], words: str, tmp_path: Path) -> None:
    card = detector(tmp_path, "ultralytics")
    with pytest.raises(InputError, match=words):
        DetectJob("in.tif", card, tmp_path / "out.gpkg", **wrong)
    with pytest.raises(OutputError, match="named twice"):
        DetectJob(str(tmp_path / "out.gpkg"), card, tmp_path / "out.gpkg")
