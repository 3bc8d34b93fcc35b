# SPDX-License-Identifier: GPL-2.0-or-later
"""Teaching from labels to a kept network: what is seen, what is told, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import rasterio
import taught as made
from made_rasters import hole, patches, write
from rasterio.crs import CRS
from rasterio.warp import transform_geom
from running import is_one_sentence

from geosift.inference.__main__ import main
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.cards.model_folder import ModelFolder
from geosift.inference.errors import Cancelled, CardError, InputError, ModelError, OutputError
from geosift.inference.network.machine import Machine, use
from geosift.inference.network.session import Session
from geosift.inference.network.with_head import with_head
from geosift.inference.raster.window import Window
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.inference.teaching.feature_network import dense_card
from geosift.inference.teaching.job import TeachJob
from geosift.inference.teaching.keep import id_of, keep, keep_file
from geosift.inference.teaching.lesson import Label, Lesson
from geosift.inference.teaching.next_places import best_places
from geosift.inference.teaching.preview import classify
from geosift.inference.teaching.run import run_teach
from geosift.inference.teaching.scene import Scene
from geosift.inference.teaching.teach import examined, teach

BUNDLED = Catalog().find("features")
Look = Callable[..., Scene]


@pytest.fixture
def look(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    """Opens a raster (else the two halves) as a network sees it, and closes it."""
    scenes: list[Scene] = []

    def opened(source: Path | None = None, card: ModelCard | None = None, **options) -> Scene:
        source, card = source or made.halves(tmp_path), card or made.mean_colours(tmp_path)
        scenes.append(Scene.open(str(source), card, **options))
        return scenes[-1]

    yield opened
    for scene in scenes:
        scene.close()


def test_what_is_seen_is_the_mean_colour_of_every_cell(tmp_path: Path, look: Look) -> None:
    """Block by block, against numpy, up to the raster's odd edges; a gap is the filler."""
    image = np.maximum(patches(3, 301, 530, size=30), 1)
    valid = hole(301, 530)
    source = write(tmp_path / "in.tif", np.where(valid, image, 0), nodata=0)
    scene = look(source)
    filled = np.where(valid, image, 127)
    padded = np.pad(filled, ((0, 0), (0, -301 % 32), (0, -530 % 32)), mode="symmetric")
    rows, cols = padded.shape[1] // 4, padded.shape[2] // 4
    expected = padded.reshape(3, rows, 4, cols, 4).mean(axis=(2, 4))
    blocks = scene.blocks_of(scene.frame.window)
    assert len(blocks) == 2 * 3
    for block in blocks.values():
        top, left = block.window.row_off // 4, block.window.col_off // 4
        tall, wide = block.features.shape[1:]
        part = expected[:, top : top + tall, left : left + wide]
        np.testing.assert_allclose(block.features, part, atol=1e-4)
        there = valid[block.window.slices()]
        np.testing.assert_array_equal(there.all() if block.valid is None else block.valid, there)


def test_what_was_seen_is_not_seen_again(tmp_path: Path, look: Look) -> None:
    """A further stroke costs its own block, a neighbouring view only what is new in it."""
    calls = []
    scene = look()
    encode = scene._encode
    scene._encode = lambda group: calls.append(len(group)) or encode(group)
    view = Window(0, 0, 200, 200)
    assert scene.missing(view) == 1
    scene.encode(view)
    assert scene.missing(view) == 0 and sum(calls) == 1
    taught = teach([scene], made.lesson())
    assert sum(calls) == 1
    more = made.lesson().with_label(Label(made.line(300, 30), 1))
    taught = teach([scene], more, before=taught)
    classify(scene, taught, view)
    assert sum(calls) == 2  # the block of the further stroke
    scene.encode(scene.frame.window)
    assert sum(calls) == 4
    scene.close()


def test_no_more_is_kept_than_there_is_room_for(tmp_path: Path, look: Look) -> None:
    one = 3 * 64 * 64 * 4
    scene = look(cache_bytes=one)
    scene.encode(scene.frame.window)
    assert 0 < scene.missing(scene.frame.window) < 4
    taught = teach([scene], made.lesson())
    whole = classify(scene, taught, scene.frame.window)
    assert set(np.unique(whole.classes)) == {0, 1}


def test_a_few_strokes_tell_both_halves(tmp_path: Path, look: Look) -> None:
    """Everywhere but at the border between, and sure of it; help is wanted at the border."""
    scene = look()
    taught = teach([scene], made.lesson())
    found = classify(scene, taught, scene.frame.window)
    assert (found.classes[:, :194] == 0).mean() > 0.999
    assert (found.classes[:, 206:] == 1).mean() > 0.999
    assert taught.accuracy.share == 1.0 and taught.accuracy.strokes == (4, 4)
    assert found.confidence[:, :180].mean() > 95
    assert found.help[:, 198:202].mean() > found.help[:, :180].mean()
    assert sum(taught.cells.values()) > 20 and not taught.told
    (x, y), *_ = best_places(found)
    col, row = (~rasterio.open(made.halves(tmp_path)).transform) * (x, y)
    assert 180 < col < 220 and 0 <= row <= 300
    assert found.frame.crs == made.WHERE


def test_a_part_is_told_like_the_whole(tmp_path: Path, look: Look) -> None:
    """At any corner, also where the window leaves the raster."""
    scene = look()
    taught = teach([scene], made.lesson())
    whole = classify(scene, taught, scene.frame.window)
    for window in (Window(33, 47, 120, 201), Window(250, 300, 90, 170), Window(-20, -7, 50, 30)):
        there = window.intersection(scene.frame.window)
        found = classify(scene, taught, window)
        assert found.window == there
        np.testing.assert_array_equal(found.classes, whole.classes[there.slices()])
        np.testing.assert_allclose(found.confidence, whole.confidence[there.slices()], atol=1)
    with pytest.raises(InputError) as told:
        classify(scene, taught, Window(1000, 1000, 50, 50))
    assert is_one_sentence(str(told.value))


def test_the_order_of_labels_does_not_matter(tmp_path: Path, look: Look) -> None:
    """Nor that some are drawn twice: same cells, same accuracy, same classes."""
    scene, lesson = look(), made.lesson()
    mixed = replace(lesson, labels=(*lesson.labels[::-1], *lesson.labels[:3]))
    first, second = teach([scene], lesson), teach([scene], mixed)
    assert first.cells == second.cells
    np.testing.assert_allclose(first.accuracy.confusion, second.accuracy.confusion)
    np.testing.assert_allclose(first.head.plain[0], second.head.plain[0], rtol=1e-3, atol=1e-6)


def test_examining_later_is_the_same_as_at_once(tmp_path: Path, look: Look) -> None:
    scene = look()
    quick = teach([scene], made.lesson(), with_accuracy=False)
    assert quick.accuracy is None
    later, at_once = examined(quick), teach([scene], made.lesson())
    np.testing.assert_allclose(later.head.weight, at_once.head.weight, atol=1e-4)
    np.testing.assert_allclose(later.accuracy.confusion, at_once.accuracy.confusion)
    again = teach([scene], made.lesson(), before=later, with_accuracy=False)
    assert (again.head.ridge, again.head.sharpness) == (later.head.ridge, later.head.sharpness)


def test_one_stroke_of_each_class_is_enough_but_tells_no_accuracy(
    tmp_path: Path, look: Look
) -> None:
    scene = look()
    taught = teach([scene], made.lesson(1))
    assert taught.accuracy is None
    found = classify(scene, taught, scene.frame.window)
    assert (found.classes[:, :190] == 0).mean() > 0.99


def test_gaps_are_neither_learnt_from_nor_answered(tmp_path: Path, look: Look) -> None:
    valid = hole(300, 400)
    with rasterio.open(made.halves(tmp_path)) as dataset:
        image = dataset.read()
    source = write(tmp_path / "gaps.tif", np.where(valid, image, 0), nodata=0)
    scene = look(source)
    inside = Label(made.line(140, 120, to=(20, -5)), 0)  # lies in the hole
    taught = teach([scene], made.lesson().with_label(inside))
    assert taught.left_out > 0 and any("no value" in text for text in taught.told)
    found = classify(scene, taught, scene.frame.window)
    np.testing.assert_array_equal(found.classes == 255, ~valid)
    np.testing.assert_array_equal(found.help == 255, ~valid)


def test_labels_of_another_coordinate_system_and_on_several_rasters(
    tmp_path: Path, look: Look
) -> None:
    """Degrees on two rasters side by side: the same classes as in metres."""
    lesson = made.lesson()
    degrees = tuple(
        Label(transform_geom(made.WHERE, "EPSG:4326", label.shape, precision=-1), label.class_id)
        for label in lesson.labels
    )
    there = replace(lesson, labels=degrees, crs=CRS.from_epsg(4326))
    scene = look()
    assert teach([scene], there).cells == teach([scene], lesson).cells
    with rasterio.open(made.halves(tmp_path)) as dataset:
        image = dataset.read()
        corner = dataset.transform * rasterio.Affine.translation(200, 0)
    card, parts = made.mean_colours(tmp_path), []
    for name, part, place in (("a", image[..., :200], None), ("b", image[..., 200:], corner)):
        profile = {} if place is None else {"transform": place}
        path = write(tmp_path / f"{name}.tif", part, **profile)
        parts.append(look(path, card))
    both = teach(parts, there)
    assert sum(both.cells.values()) == sum(teach([scene], lesson).cells.values())
    assert (classify(parts[1], both, parts[1].frame.window).classes[:, 10:] == 1).mean() > 0.99


@pytest.mark.parametrize("card", ["made", "bundled"])
def test_the_kept_network_tells_what_the_preview_told(
    tmp_path: Path, look: Look, card: str
) -> None:
    """Through `segment`, like any other; its card says all that a card can say."""
    source = made.halves(tmp_path)
    network = made.mean_colours(tmp_path / "net") if card == "made" else BUNDLED
    scene = look(source, network)
    taught = teach([scene], made.lesson())
    kept = keep(taught, made.lesson(), [scene], ModelFolder(tmp_path / "models"))
    assert Catalog(tmp_path / "models").find("two-halves") == kept
    assert kept.kind == "segmentation" and kept.licence == network.licence
    assert kept.classes == made.CLASSES and kept.resolution_m == pytest.approx(1, rel=0.01)
    assert kept.training["data"][1:] == network.training["data"]
    told = kept.metrics["float" if card == "made" else "int8"]
    assert told["stroke_accuracy"] == round(taught.accuracy.share, 4)
    onnx.checker.check_model(onnx.load(kept.path), full_check=True)
    run(SegmentJob(source=str(source), card=kept, output=tmp_path / "out.tif"))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        classes = dataset.read(1)
    preview = classify(scene, taught, scene.frame.window)
    assert (classes == preview.classes).mean() >= 0.98
    with pytest.raises(CardError, match="already"):
        keep(taught, made.lesson(), [scene], ModelFolder(tmp_path / "models"))


def test_a_kept_network_numbers_its_classes_anew(tmp_path: Path, look: Look) -> None:
    """A class without labels is in the lesson, not in the network."""
    lesson = made.lesson()
    third = Lesson("x", lesson.classes, (), lesson.crs).with_class("never drawn", "#123456")
    third = replace(third, labels=tuple(
        replace(label, class_id=2 * label.class_id) for label in lesson.labels))  # fmt: skip
    scene = look()
    taught = teach([scene], third)
    assert set(np.unique(classify(scene, taught, scene.frame.window).classes)) == {0, 2}
    card = keep_file(taught, third, [scene], tmp_path / "kept.onnx", name="Dark & light")
    assert [(each.id, each.name) for each in card.classes] == [(0, "dark"), (1, "never drawn")]
    assert (card.id, card.name) == ("dark-light", "Dark & light")


def test_the_head_in_the_file_is_the_head(tmp_path: Path) -> None:
    """onnxruntime against numpy; what the embedding needed is gone; a file without that output."""
    model = made.mean_colours(tmp_path).path.read_bytes()
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(4, 3)).astype(np.float32)
    bias = rng.normal(size=4).astype(np.float32)
    content = with_head(model, "features", weight=weight, bias=bias, called="classes")
    graph = onnx.load_from_string(content).graph
    assert [node.op_type for node in graph.node] == ["Cast", "AveragePool", "Conv"]
    assert "unused" not in {each.name for each in graph.initializer}
    path = tmp_path / "joined.onnx"
    path.write_bytes(content)
    image = rng.integers(0, 255, (2, 3, 64, 96), np.uint8)
    card = dense_card(made.mean_colours(tmp_path))
    cells = Session(card).run(image)
    import onnxruntime

    found = onnxruntime.InferenceSession(str(path)).run(None, {"image": image})[0]
    expected = np.einsum("kc,nchw->nkhw", weight, cells) + bias[:, None, None]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)
    with pytest.raises(ModelError, match="no output 'other'"):
        with_head(model, "other", weight=weight, bias=bias, called="classes")


def refused(tmp_path: Path, lesson: Lesson, *sources: Path, **options) -> str:
    """The sentence with which a run ends that leaves nothing behind."""
    made.mean_colours(tmp_path / "net")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((InputError, CardError, OutputError)) as told:
        job = TeachJob(
            tuple(map(str, sources)), lesson, options.pop("card", None) or
            ModelCard.load(tmp_path / "net" / "colours.json"), tmp_path / "out.onnx", **options
        )  # fmt: skip
        run_teach(job)
    assert sorted(tmp_path.rglob("*")) == before
    assert is_one_sentence(str(told.value))
    return str(told.value)


def test_the_network_that_is_built_upon_is_not_replaced(tmp_path: Path) -> None:
    card = made.mean_colours(tmp_path)
    with pytest.raises(OutputError, match="named twice"):
        TeachJob((str(made.halves(tmp_path)),), made.lesson(), card, card.path)


def test_what_cannot_be_taught_is_said(tmp_path: Path) -> None:
    source, lesson = made.halves(tmp_path), made.lesson()
    dark = tuple(label for label in lesson.labels if label.class_id == 0)
    assert "All labels are of the class 'dark'" in refused(
        tmp_path, replace(lesson, labels=dark), source
    )
    assert "Nothing is labelled" in refused(tmp_path, replace(lesson, labels=()), source)
    far = tuple(replace(label, shape=made.line(90_000, 5)) for label in lesson.labels)
    assert "lies on the raster" in refused(tmp_path, replace(lesson, labels=far), source)
    half = (*dark, *far[1::2])
    assert "Of the labels only those of the class 'dark'" in refused(
        tmp_path, replace(lesson, labels=half), source
    )
    strange = replace(lesson, labels=(*lesson.labels, Label(made.line(5, 5), 7)))
    assert "class 7" in refused(tmp_path, strange, source)
    empty = write(tmp_path / "empty.tif", np.zeros((3, 300, 400), np.uint8), nodata=0)
    assert "no valid pixel" in refused(tmp_path, lesson, empty) or "no value" in refused(
        tmp_path, lesson, empty
    )
    assert "features is needed" in refused(
        tmp_path, lesson, source, card=Catalog().find("landcover")
    )
    assert "named twice" in refused(tmp_path, lesson, source, classified=tmp_path / "out.onnx")
    assert "no folder" in refused(tmp_path, lesson, source, report=tmp_path / "no" / "r.json")


def test_labels_beside_the_raster_are_counted(tmp_path: Path, look: Look) -> None:
    scene = look()
    lost = Label(made.line(90_000, 5), 0)
    taught = teach([scene], made.lesson().with_label(lost))
    assert taught.told == ("1 of 9 labels lie outside the raster and were left out.",)


def test_a_full_disk_leaves_nothing(
    tmp_path: Path, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a folder that may not be written to is told in a sentence."""
    scene = look()
    taught, before = teach([scene], made.lesson()), sorted(tmp_path.rglob("*"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        for attempt in (
            lambda: keep_file(taught, made.lesson(), [scene], tmp_path / "x.onnx"),
            lambda: keep(taught, made.lesson(), [scene], ModelFolder(tmp_path / "m")),
        ):
            with pytest.raises(OutputError) as told:
                attempt()
            assert is_one_sentence(str(told.value)) and "No space" in str(told.value)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "touch", full)
        with pytest.raises(OutputError):
            keep_file(taught, made.lesson(), [scene], tmp_path / "x.onnx")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_run_writes_all_or_nothing(tmp_path: Path) -> None:
    """Network, card, classified raster and report; cancelled at any time none of them."""
    source = made.halves(tmp_path)
    card = made.mean_colours(tmp_path / "net")
    job = TeachJob(
        (str(source),), made.lesson(), card, tmp_path / "out.onnx",
        classified=tmp_path / "classes.tif", report=tmp_path / "report.html",
    )  # fmt: skip
    before = sorted(tmp_path.rglob("*"))
    for patience in (0, 5, 12):
        left = iter([False] * patience)
        with pytest.raises(Cancelled):
            run_teach(job, cancelled=lambda left=left: next(left, True))
        assert sorted(tmp_path.rglob("*")) == before
    seen = []
    result = run_teach(job, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 100.0
    assert result.accuracy["stroke_accuracy"] == 1.0 and result.card.path == tmp_path / "out.onnx"
    assert ModelCard.load(tmp_path / "out.json") == result.card
    assert {each.name: round(each.share, 1) for each in result.areas} == {"dark": 0.5, "light": 0.5}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "dark" in page and "100.0 %" in page
    assert json.loads(result.to_json())["ridge"] == result.ridge
    run(SegmentJob(source=str(source), card=result.card, output=tmp_path / "again.tif"))
    with rasterio.open(tmp_path / "again.tif") as a, rasterio.open(tmp_path / "classes.tif") as b:
        np.testing.assert_array_equal(a.read(1), b.read(1))


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Labels of a GeoJSON; a field that is not there; a lesson's own file."""
    source = made.halves(tmp_path)
    card = made.mean_colours(tmp_path / "net")
    lesson = made.lesson()
    features = [
        {"type": "Feature", "geometry": label.shape,
         "properties": {"what": lesson.classes[label.class_id].name}}
        for label in lesson.labels
    ]  # fmt: skip
    crs = {"type": "name", "properties": {"name": "EPSG:32633"}}
    labels = tmp_path / "labels.geojson"
    labels.write_text(
        json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}),
        encoding="utf-8",
    )
    model = ["--model", str(card.path)]
    out = ["--out", str(tmp_path), "--name", "My halves"]
    command = ["teach", str(source), str(labels), *model, *out]
    assert main([*command, "--field", "what"]) == 0
    assert "100 % right" in capsys.readouterr().out
    kept = ModelCard.load(tmp_path / "my-halves.json")
    assert kept.name == "My halves" and [each.name for each in kept.classes] == ["dark", "light"]
    assert main(command) == 1
    assert "has no field 'class'; it has: what" in capsys.readouterr().err
    before = labels.read_bytes()
    assert main([*command, "--field", "what", "--report", str(labels)]) == 1
    assert "named twice" in capsys.readouterr().err and labels.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Rock face 2", "rock-face-2"), ("Größe", "grosse"), ("  ", "taught")],
)
def test_a_name_becomes_an_id(name: str, expected: str) -> None:
    assert id_of(name) == expected


def test_names_in_other_letters_have_ids_of_their_own() -> None:
    """Nobody who writes Russian or Chinese may keep but one network."""
    names = ("岩", "лес", "лес 2", "поле 2", "поле", "2", "taught")
    ids = [id_of(name) for name in names]
    assert len(set(ids)) == len(names) and id_of("岩") == ids[0]
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", each) for each in ids)


def test_pixels_that_are_no_squares_are_seen_as_squares(tmp_path: Path, look: Look) -> None:
    """In degrees far from the equator; the kept network sees the raster just so."""
    with rasterio.open(made.halves(tmp_path)) as dataset:
        image = dataset.read()
    profile = {"crs": "EPSG:4326", "transform": rasterio.Affine(1e-5, 0, 11, 0, -1e-5, 60)}
    source = write(tmp_path / "degrees.tif", image, **profile)
    scene = look(source)
    assert scene.frame.width == 400 and scene.frame.height == pytest.approx(600, abs=3)
    there = made.lesson()
    moved = tuple(
        replace(label, shape={"type": "LineString", "coordinates": [
            [11 + (x - made.CORNER[0]) * 1e-5, 60 - (made.CORNER[1] - y) * 1e-5]
            for x, y in label.shape["coordinates"]
        ]})
        for label in there.labels
    )  # fmt: skip
    there = replace(there, labels=moved, crs=CRS.from_epsg(4326))
    taught = teach([scene], there)
    card = keep_file(taught, there, [scene], tmp_path / "kept.onnx")
    run(SegmentJob(source=str(source), card=card, output=tmp_path / "o.tif", grid="network"))
    with rasterio.open(tmp_path / "o.tif") as dataset:
        classes = dataset.read(1)
    preview = classify(scene, taught, scene.frame.window)
    assert classes.shape == preview.classes.shape and (classes == preview.classes).mean() > 0.99


def test_with_little_memory_less_is_seen_at_once(tmp_path: Path, look: Look) -> None:
    """And kept: the same is told, one block after another."""
    free = look()
    taught = teach([free], made.lesson())
    try:
        use(Machine(memory_mb=600))
        tight = look()
    finally:
        use(Machine())
    seen, encode = [], tight._encode
    tight._encode = lambda group: seen.append(len(group)) or encode(group)
    found = classify(tight, taught, tight.frame.window)
    assert seen == [1, 1, 1, 1]
    np.testing.assert_array_equal(found.classes, classify(free, taught, free.frame.window).classes)
