# SPDX-License-Identifier: GPL-2.0-or-later
"""A whole run of prompts: a GeoPackage that is whole or absent, and what is told on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networks
import numpy as np
import prompt_networks
import pytest
from made_rasters import MAKERS, write
from osgeo import ogr
from osgeo_utils.samples.validate_gpkg import GPKGChecker
from prompt_scenes import box_around, iou, scene
from rasterio.features import rasterize
from rasterio.transform import Affine, from_origin
from running import content, is_one_sentence

from geosift.inference.cards.card import ModelCard
from geosift.inference.errors import Cancelled, CardError, InputError, OutputError
from geosift.inference.prompt.class_map import ClassQuery
from geosift.inference.prompt.place import MapPrompt, base_frame, placed
from geosift.inference.prompt.prompts import Click, Prompt, PromptBox
from geosift.inference.prompt.rle import decode
from geosift.inference.prompt.run import PlacedPrompt, PromptJob, PromptResult, run_prompts
from geosift.inference.prompt.shape import ShapeOptions
from geosift.inference.raster.source import FileSource
from geosift.inference.raster.window import Window

ogr.UseExceptions()
SIDE = 700
HOUSES = tuple(Window(row, col, 40, 52) for row in range(20, 640, 88) for col in range(24, 640, 96))
EXACT = ShapeOptions(simplify_px=0)
GAP = Window(600, 600, 100, 100)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> ModelCard:
    return prompt_networks.same_colour(tmp_path_factory.mktemp("pair"))


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    image = scene(SIDE, SIDE, HOUSES)
    image[(slice(None), *GAP.slices())] = 0
    return image


@pytest.fixture(scope="module")
def village(image: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("village") / "village.tif", image, nodata=0)


def _box(house: Window, **more: Any) -> PlacedPrompt:
    return PlacedPrompt(Prompt(box=box_around(house, 0.05)), kind="box", **more)


def _click(house: Window, **more: Any) -> PlacedPrompt:
    centre = Click(house.col_off + house.width / 2, house.row_off + house.height / 2)
    return PlacedPrompt(Prompt((centre,)), **more)


def _run(source: Path, card: ModelCard, folder: Path, **options: Any) -> PromptResult:
    calls = {
        key: options.pop(key)
        for key in ("progress", "message", "cancelled", "companions") if key in options
    }  # fmt: skip
    options = {"output": folder / "out.gpkg", "shape": EXACT, "threads": 2, **options}
    return run_prompts(PromptJob(source=str(source), card=card, **options), **calls)


def _rows(path: Path) -> list[dict[str, Any]]:
    dataset = ogr.Open(str(path))
    return [
        {**each.items(), "geometry": json.loads(each.geometry().ExportToJson())}
        for each in dataset.GetLayer(0)
    ]


def _drawn(row: dict[str, Any], transform: Affine, side: int = SIDE) -> np.ndarray:
    return rasterize([row["geometry"]], (side, side), transform=transform, dtype="uint8") > 0


def _rectangle(house: Window) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[house.slices()] = True
    return mask


TRANSFORM = from_origin(500_000, 5_800_000, 1, 1)


@pytest.mark.parametrize("ask", [_box, _click], ids=["boxes", "points"])
def test_footprints_come_out_where_the_houses_are(village, pair, tmp_path: Path, ask) -> None:
    houses = HOUSES[:20]
    result = _run(village, pair, tmp_path, prompts=tuple(map(ask, houses)))
    rows = _rows(tmp_path / "out.gpkg")
    assert result.objects == len(rows) == len(houses)
    assert result.left_out == 0
    for row in rows:
        house = houses[row["id"] - 1]
        drawn = _drawn(row, TRANSFORM)
        assert iou(drawn, _rectangle(house)) > 0.93
        assert row["area_px"] == pytest.approx(drawn.sum())
        assert row["area_m2"] == pytest.approx(drawn.sum(), rel=2e-3)
        assert row["kind"] == ask(house).kind
        assert row["source"] == "village.tif"
        assert row["date"][:4].isdigit()
        assert 50 < row["predicted_iou"] <= 100
        assert row["mask"] == 0


def test_it_is_a_sound_geopackage(village: Path, pair: ModelCard, tmp_path: Path) -> None:
    _run(village, pair, tmp_path, prompts=(_box(HOUSES[0]), _box(HOUSES[1])), rle=True)
    checker = GPKGChecker(str(tmp_path / "out.gpkg"), abort_at_first_error=False)
    checker.check()
    assert checker.errors == []
    dataset = ogr.Open(str(tmp_path / "out.gpkg"))
    layer = dataset.GetLayer(0)
    assert layer.GetName() == "out"
    assert layer.GetGeomType() == ogr.wkbPolygon
    assert all(feature.geometry().IsValid() for feature in layer)


def test_labels_and_the_users_own_fields_are_kept(village, pair, tmp_path: Path) -> None:
    prompts = (
        _box(HOUSES[0], label="church", values=("St Mary", 7)),
        _box(HOUSES[9], label="", values=(None, -1)),
    )
    fields = {"name": "TEXT", "id": "INTEGER"}
    _run(village, pair, tmp_path, prompts=prompts, prompt_fields=fields)
    rows = {row["id"]: row for row in _rows(tmp_path / "out.gpkg")}
    assert (rows[1]["label"], rows[1]["name"], rows[1]["prompt_id"]) == ("church", "St Mary", 7)
    assert (rows[2]["label"], rows[2]["name"], rows[2]["prompt_id"]) == ("", None, -1)


def test_up_to_three_masks_of_each(village: Path, pair: ModelCard, tmp_path: Path) -> None:
    one = _run(village, pair, tmp_path, prompts=(_click(HOUSES[10]),), masks=1)
    three = _run(village, pair, tmp_path, prompts=(_click(HOUSES[10]),), masks=3)
    rows = _rows(tmp_path / "out.gpkg")
    assert one.objects == 1 <= three.objects == len(rows) <= 3
    assert [row["mask"] for row in rows] == list(range(len(rows)))
    assert {row["id"] for row in rows} == {1}


def test_run_lengths_are_those_of_the_outline(village, pair, tmp_path: Path) -> None:
    _run(village, pair, tmp_path, prompts=tuple(map(_box, HOUSES[:4])), rle=True)
    for row in _rows(tmp_path / "out.gpkg"):
        told = json.loads(row["rle"])
        height, width = told["size"]
        mask = decode(told["counts"], height=height, width=width)
        np.testing.assert_array_equal(mask, _drawn(row, TRANSFORM))


def test_shapes_are_drawn_as_wanted(village: Path, pair: ModelCard, tmp_path: Path) -> None:
    shape = ShapeOptions(simplify_px=2, least_area_px=500, all_parts=True)
    _run(village, pair, tmp_path, prompts=tuple(map(_box, HOUSES[:3])), shape=shape)
    rows = _rows(tmp_path / "out.gpkg")
    assert all(row["geometry"]["type"] == "MultiPolygon" for row in rows)
    none = ShapeOptions(least_area_px=5000)
    told: list[str] = []
    result = _run(
        village, pair, tmp_path, prompts=(_box(HOUSES[0]),), shape=none, message=told.append
    )
    assert (result.objects, result.left_out) == (0, 1)
    assert told[-1] == (
        "1 of 1 prompts have no outline: 1 where what was found is below the least area."
    )


def test_prompts_that_cannot_be_answered_are_counted_and_told(village, pair, tmp_path) -> None:
    told: list[str] = []
    prompts = (
        _box(HOUSES[0]), PlacedPrompt(Prompt((Click(-9, 4),))),
        PlacedPrompt(Prompt((Click(650, 650),))), PlacedPrompt(Prompt((Click(660, 640),))),
        PlacedPrompt(Prompt(box=PromptBox(9000, 0, 9100, 50)), kind="box"), _click(HOUSES[5]),
    )  # fmt: skip
    result = _run(village, pair, tmp_path, prompts=prompts, message=told.append)
    assert (result.asked, result.objects, result.left_out) == (6, 2, 4)
    assert {row["id"] for row in _rows(tmp_path / "out.gpkg")} == {1, 6}
    assert told[-1] == (
        "4 of 6 prompts have no outline: 2 outside the raster or the extent, 2 where the raster "
        "has no value (nodata, transparent or NaN)."
    )
    assert sum("have no outline" in text for text in told) == 1
    assert result.warnings == tuple(told)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        (Prompt((Click(-9, 4),)), "outside the raster"),
        (Prompt((Click(650, 650),)), "has no value"),
        (Prompt(box=PromptBox(620, 620, 690, 690)), "has no value"),
    ],
)
def test_if_none_can_be_answered_there_is_no_file(village, pair, tmp_path, prompt, says) -> None:
    with pytest.raises(InputError, match=says) as caught:
        _run(village, pair, tmp_path, prompts=(PlacedPrompt(prompt),) * 3)
    assert is_one_sentence(str(caught.value))
    assert content(tmp_path) == {}


def test_an_extent_leaves_out_what_lies_beyond(village, pair, tmp_path: Path) -> None:
    extent = (500_000.0, 5_800_000.0 - 350, 500_350.0, 5_800_000.0)
    result = _run(village, pair, tmp_path, prompts=tuple(map(_click, HOUSES)), extent=extent)
    inside = [h for h in HOUSES if h.row_off + 20 < 350 and h.col_off + 26 < 350]
    assert result.objects == len(inside)
    assert result.left_out == len(HOUSES) - len(inside)


PLACES: dict[str, Callable[[], dict[str, Any]]] = {
    "rotated": lambda: {
        "transform": Affine.translation(5e5, 5.8e6) * Affine.rotation(31) * Affine.scale(0.7, -0.7)
    },
    "south up": lambda: {"transform": Affine(1, 0, 5e5, 0, 1, 5.8e6)},
    "degrees": lambda: {"crs": "EPSG:4326", "transform": from_origin(13.2, 52.6, 1.5e-5, 0.9e-5)},
    "no place": lambda: {"crs": None, "transform": None},
    "no crs": lambda: {"crs": None, "transform": from_origin(1000, 2000, 2, 2)},
}


@pytest.mark.parametrize("place", PLACES)
def test_wherever_the_raster_lies(image, pair, tmp_path: Path, place: str) -> None:
    """Prompts on the map come back as outlines on the map."""
    path = write(tmp_path / "in.tif", image, nodata=0, **PLACES[place]())
    house = HOUSES[12]
    with FileSource(str(path), bands=None, names=pair.bands) as source:
        frame = base_frame(source, None)
    rows, cols = (house.row_off, house.row_end), (house.col_off, house.col_end)
    xs, ys = frame.to_map(
        [cols[0], cols[1], cols[1], cols[0]], [rows[0], rows[0], rows[1], rows[1]]
    )
    asked = MapPrompt(corners=tuple(zip(xs.tolist(), ys.tolist())))
    prompts = (PlacedPrompt(placed(asked, frame), kind="box"),)
    _run(path, pair, tmp_path, prompts=prompts)
    (row,) = _rows(tmp_path / "out.gpkg")
    ring = np.array(row["geometry"]["coordinates"][0])
    columns, lines = frame.to_pixel(*ring.T)
    assert columns.min() == pytest.approx(house.col_off, abs=2.1)
    assert columns.max() == pytest.approx(house.col_end, abs=2.1)
    assert lines.min() == pytest.approx(house.row_off, abs=2.1)
    assert lines.max() == pytest.approx(house.row_end, abs=2.1)
    assert (row["area_m2"] is None) == (place in ("no place", "no crs"))
    if place == "rotated":
        assert row["area_m2"] == pytest.approx(0.49 * row["area_px"], rel=5e-3)


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_any_raster_is_answered_or_refused_in_a_sentence(maker, pair, tmp_path: Path) -> None:
    path = MAKERS[maker](tmp_path / f"{maker}.tif")
    prompts = tuple(
        PlacedPrompt(prompt)
        for prompt in (
            Prompt((Click(0.5, 0.5),)), Prompt(box=PromptBox(0, 0, 40, 40)),
            Prompt((Click(30.2, 40.9),)),
        )
    )  # fmt: skip
    try:
        result = _run(path, pair, tmp_path, prompts=prompts, masks=3)
    except InputError as error:
        assert is_one_sentence(str(error))
        assert not (tmp_path / "out.gpkg").exists()
        return
    assert result.objects == len(_rows(tmp_path / "out.gpkg"))


def test_pixels_of_another_size(village: Path, pair: ModelCard, tmp_path: Path) -> None:
    with FileSource(str(village), bands=None, names=pair.bands) as source:
        frame = base_frame(source, 2.0)
    assert (frame.height, frame.width) == (350, 350)
    house = HOUSES[3]
    half = Prompt(box=PromptBox(*(edge / 2 for edge in (
        house.col_off, house.row_off, house.col_end, house.row_end))))  # fmt: skip
    _run(village, pair, tmp_path, prompts=(PlacedPrompt(half),), resolution=2.0)
    (row,) = _rows(tmp_path / "out.gpkg")
    assert iou(_drawn(row, TRANSFORM), _rectangle(house)) > 0.85


def test_pixels_that_are_not_square_on_the_ground_are_made_so(image, pair, tmp_path) -> None:
    """At 60 degrees north a degree of longitude is half as long as one of latitude."""
    crs = {"crs": "EPSG:4326", "transform": from_origin(13.2, 60.0, 1e-5, 1e-5)}
    path = write(tmp_path / "in.tif", image, nodata=0, **crs)
    with FileSource(str(path), bands=None, names=pair.bands) as source:
        frame = base_frame(source, None)
    assert frame.width == SIDE
    assert frame.height == pytest.approx(2 * SIDE, rel=0.01)
    house = HOUSES[12]
    down = frame.height / SIDE
    box = PromptBox(house.col_off, house.row_off * down, house.col_end, house.row_end * down)
    _run(path, pair, tmp_path, prompts=(PlacedPrompt(Prompt(box=box)),))
    (row,) = _rows(tmp_path / "out.gpkg")
    assert row["area_px"] == pytest.approx(house.pixels * down, rel=0.05)
    assert iou(_drawn(row, crs["transform"]), _rectangle(house)) > 0.93


def _classes(folder: Path) -> ModelCard:
    """Class 1 is what is not grey: brighter than the ground in red."""
    bands = ["red", "green", "blue"]
    card = networks.bright(folder, channels=3, tile=256)
    path = card.path.with_suffix(".json")
    raw = json.loads(path.read_text())
    path.write_text(json.dumps({**raw, "input": {**raw["input"], "bands": bands}}))
    return ModelCard.load(path)


def test_all_that_a_word_means(pair: ModelCard, tmp_path: Path) -> None:
    houses = [Window(30, 40, 60, 72), Window(200, 80, 52, 64), Window(150, 300, 44, 90)]
    image = np.full((3, 400, 420), 60, np.uint8)
    for house in houses:
        image[(slice(None), *house.slices())] = np.array([230, 220, 80], np.uint8)[:, None, None]
    path = write(tmp_path / "in.tif", image)
    (tmp_path / "classes").mkdir()
    classes = _classes(tmp_path / "classes")
    query = ClassQuery(classes, classes.classes[1])
    told: list[float] = []
    result = _run(path, pair, tmp_path, text=query, progress=told.append)
    rows = _rows(tmp_path / "out.gpkg")
    assert result.objects == len(rows) == len(houses)
    for row, house in zip(
        sorted(rows, key=lambda each: each["area_px"]), (houses[1], houses[2], houses[0])
    ):
        assert row["area_px"] == pytest.approx(house.pixels, rel=0.05)
        assert (row["kind"], row["label"], row["outline"]) == ("text", "class 1", "refined")
        assert row["confidence"] > 90
    assert told == sorted(told)
    assert told[-1] == 100


def test_a_word_for_what_is_not_there_gives_an_empty_layer(pair, tmp_path: Path) -> None:
    path = write(tmp_path / "in.tif", np.full((3, 200, 200), 40, np.uint8))
    (tmp_path / "classes").mkdir()
    classes = _classes(tmp_path / "classes")
    told: list[str] = []
    query = ClassQuery(classes, classes.classes[1])
    result = _run(path, pair, tmp_path, text=query, message=told.append)
    assert result.objects == 0 == len(_rows(tmp_path / "out.gpkg"))
    assert any("'class 1' was found there" in text for text in told)


def test_progress_rises_to_the_end_and_the_result_is_json(village, pair, tmp_path: Path) -> None:
    told: list[float] = []
    result = _run(village, pair, tmp_path, prompts=tuple(map(_box, HOUSES)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 100
    assert len(told) > 40
    facts = json.loads(result.to_json())
    assert facts["objects"] == result.objects
    assert {"total", "open", "encode", "decode", "outline", "shape", "write"} <= set(
        facts["timings"]
    )
    assert result.engine == "CPU, 2 workers, float"


@pytest.mark.parametrize("after", [0, 1, 30])
def test_cancelled_leaves_nothing_behind(village, pair, tmp_path: Path, after: int) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > after

    with pytest.raises(Cancelled):
        _run(village, pair, tmp_path, prompts=tuple(map(_click, HOUSES)), cancelled=cancelled)
    assert content(tmp_path) == {}


def test_cancelled_keeps_the_file_there_was(village, pair, tmp_path: Path) -> None:
    (tmp_path / "out.gpkg").write_bytes(b"mine")
    with pytest.raises(Cancelled):
        _run(village, pair, tmp_path, prompts=(_box(HOUSES[0]),), cancelled=lambda: True)
    assert content(tmp_path) == {"out.gpkg": b"mine"}


class _Companion:
    made = committed = discarded = 0

    def make(self, result: PromptResult, polygons: Path | None) -> None:
        assert polygons is not None
        assert len(_rows(polygons)) == result.objects
        self.made += 1

    def commit(self) -> None:
        self.committed += 1

    def discard(self) -> None:
        self.discarded += 1


def test_companions_are_made_with_it(village, pair, tmp_path: Path) -> None:
    companion = _Companion()
    _run(village, pair, tmp_path, prompts=(_box(HOUSES[0]),), companions=(companion,))
    assert (companion.made, companion.committed) == (1, 1)


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"prompts": ()}, InputError, "Nothing is pointed at"),
        ({"masks": 0}, InputError, "1 to 3 outlines, not 0"),
        ({"masks": 4}, InputError, "1 to 3 outlines, not 4"),
        ({"threads": 0}, InputError, "At least one thread"),
        ({"resolution": -1.0}, InputError, "above 0"),
        ({"prompt_fields": {"a": "TEXT"}}, InputError, "a value for each of the 1 prompt fields"),
        ({"extent": (0.0, 0.0, 1.0, 1.0)}, InputError, "does not meet the raster"),
        ({"extent": (float("nan"),) * 4}, InputError, "does not meet the raster"),
        ({"bands": (1, 2)}, InputError, "band"),
        ({"report": Path("a.html")}, InputError, "does not end in .json"),
    ],
)
def test_what_cannot_be_is_one_sentence(village, pair, tmp_path, change, error, says) -> None:
    with pytest.raises(error, match=says) as caught:
        _run(village, pair, tmp_path, **{"prompts": (_box(HOUSES[0]),), **change})
    assert is_one_sentence(str(caught.value))
    assert content(tmp_path) == {}


def test_another_kind_of_model_is_refused(village: Path, tmp_path: Path) -> None:
    (tmp_path / "n").mkdir()
    with pytest.raises(CardError, match="a model for prompt is needed"):
        _run(village, networks.smooth(tmp_path / "n"), tmp_path, prompts=(_box(HOUSES[0]),))


def test_a_folder_that_is_not_there_is_one_sentence(village, pair, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="there is no folder"):
        _run(village, pair, tmp_path, prompts=(_box(HOUSES[0]),), output=tmp_path / "no" / "o.gpkg")
    with pytest.raises(OutputError, match="named twice"):
        _run(village, pair, tmp_path, prompts=(_box(HOUSES[0]),), output=village)


def test_the_answer_does_not_depend_on_the_threads(village, pair, tmp_path: Path) -> None:
    rows = []
    for threads in (1, 3):
        _run(village, pair, tmp_path, prompts=tuple(map(_click, HOUSES[:40])), threads=threads)
        found = sorted(_rows(tmp_path / "out.gpkg"), key=lambda row: row["id"])
        rows.append([(row["id"], row["geometry"], row["predicted_iou"]) for row in found])
    assert rows[0] == rows[1]
