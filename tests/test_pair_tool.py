# SPDX-License-Identifier: GPL-2.0-or-later
"""Other people's pairs in the map tool and in `geosift:prompt`, with mouse and keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import made_pairs
import networks
import numpy as np
import processing
import pytest
from dock_helpers import Interface, models_in, open_dock
from plugin_helpers import CRS, NORTH, WEST, add_raster, wait_until, write_raster
from prompt_hand import (
    BARN,
    FIELD,
    HEIGHT,
    HOUSE,
    POOL,
    RIGHT,
    ROOF,
    WIDTH,
    Hand,
    hand_on,
    iou,
    middle,
    on_map,
    truth,
    write_scene,
)
from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

from geosift.inference.prompt.opening import load_promptable
from geosift.inference.raster.window import Window
from geosift.plugin import settings
from geosift.plugin.model_news import NEWS

pytestmark = pytest.mark.usefixtures("provider")

SIDE = 512
CONTRACTS = ("sam", "edge-sam", "sam2")


@pytest.fixture(scope="module", params=CONTRACTS)
def pair(request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pair that sees 512 x 512 pixels at once."""
    folder = tmp_path_factory.mktemp(request.param)
    made_pairs.make(folder, replace(made_pairs.CONTRACTS[request.param], side=SIDE))
    return folder


@pytest.fixture
def hand(qgis_new_project: None, tmp_path: Path, pair: Path) -> Iterator[Hand]:
    with hand_on(Interface(), add_raster(write_scene(tmp_path)), str(pair)) as made:
        yield made


def test_pointing_dragging_and_taking_away(hand: Hand) -> None:
    for shape in (HOUSE, POOL, FIELD):
        hand.move(middle(shape))
        wait_until(lambda: iou(hand.hovered(), truth(shape)) > 0.93)  # noqa: B023
    hand.click_and_wait(middle(HOUSE))
    assert hand.warnings() == []
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93
    hand.key(Qt.Key.Key_C)
    top, left, bottom, right = POOL
    hand.drag_and_wait(on_map(top - 6, left - 6), on_map(bottom + 6, right + 6))
    assert iou(hand.drawn(), truth(POOL)) > 0.93
    hand.key(Qt.Key.Key_C)
    hand.click_and_wait(on_map(80, 540))  # the barn, and with it the roof that looks alike
    assert iou(hand.drawn(), truth(BARN)) > 0.93
    hand.click_and_wait(middle(ROOF), RIGHT)
    assert iou(hand.drawn(), truth(BARN).difference(truth(ROOF))) > 0.9


def test_a_list_of_models_made_anew_leaves_what_is_in_hand(hand: Hand) -> None:
    """As when another model is imported, or QGIS's options are closed."""
    hand.click_and_wait(middle(HOUSE))
    NEWS.changed.emit()
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93
    hand.dock.prompt.page.model.set_value("prompt")
    assert not hand.controller.cutting.in_hand, "it belongs to the model it was cut with"


def test_an_outline_is_kept_with_what_the_pair_expects_of_it(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.key(Qt.Key.Key_Return)
    layer = next(iter(hand.controller._results.values())).layer
    (kept,) = layer.getFeatures()
    assert iou(kept.geometry(), truth(HOUSE)) > 0.93
    assert kept["predicted_iou"] == pytest.approx(90, abs=0.5)


def test_two_decoders_of_one_encoder_are_two_models(tmp_path: Path, pair: Path) -> None:
    from geosift.inference.cards.catalog import Catalog
    from geosift.plugin.map_tool.scale import Scale
    from geosift.plugin.map_tool.site import Site

    card = Catalog().find(pair)
    other = replace(card, decoder=replace(card.decoder, sha256="0" * 64))
    sites = [Site("a", "a", "a.tif", (), None, Scale(), each) for each in (card, other)]
    assert sites[0].key != sites[1].key
    assert sites[0].network_key != sites[1].network_key


def test_another_engine_in_the_options_takes_the_next_click(
    hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geosift.plugin.prompt import opening

    loaded: list[int] = []

    def load(card, *, callers: int, threads_per_call: int):
        loaded.append(threads_per_call)
        return load_promptable(card, callers=callers, threads_per_call=threads_per_call)

    monkeypatch.setattr(opening, "load_promptable", load)
    before = settings.threads()
    try:
        for threads in (1, 1, 3):
            settings.set_threads(threads)
            hand.click_and_wait(middle(HOUSE))
            assert iou(hand.drawn(), truth(HOUSE)) > 0.93
            hand.key(Qt.Key.Key_C)
    finally:
        settings.set_threads(before)
    assert loaded[-2:] == [1, 3]


def test_the_list_of_the_tool_has_the_pairs_of_the_users_folder(
    qgis_new_project, tmp_path: Path
) -> None:
    made_pairs.make(tmp_path / "mobile", made_pairs.SAM, name="mobile_sam")
    with models_in(tmp_path), open_dock(Interface()) as dock:
        combo = dock.prompt.page.model.combo
        names = [combo.itemText(index) for index in range(combo.count())]
        assert "mobile sam (SAM)" in names
        dock.prompt.page.model.set_value("mobile-sam")
        assert dock.prompt.page.card().decoder.path.name == "mobile_sam_decoder.onnx"


THINGS = (Window(40, 60, 60, 80), Window(300, 100, 92, 44))


def _points(*things: Window) -> QgsVectorLayer:
    layer = QgsVectorLayer(f"Point?crs={CRS}", "p", "memory")
    for each in things:
        feature = QgsFeature(layer.fields())
        x, y = each.col_off + each.width / 2, each.row_off + each.height / 2
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(WEST + x, NORTH - y)))
        layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def _bright_things(folder: Path) -> Path:
    image = np.full((3, HEIGHT, WIDTH), 60, np.uint8)
    for each in THINGS:
        image[(slice(None), *each.slices())] = 230
    return write_raster(folder / "things.tif", image)


def _areas(place: str) -> list[float]:
    layer = QgsVectorLayer(place, "l", "ogr")
    return sorted(each["area_px"] for each in layer.getFeatures())


def test_the_algorithm_takes_a_pair_for_points(tmp_path: Path, pair: Path) -> None:
    encoder = next(pair.glob("*_encoder.onnx"))
    given = {"INPUT": str(_bright_things(tmp_path)), "OUTPUT": str(tmp_path / "o.gpkg")}
    for model in (
        str(pair),
        str(encoder),
        f"{encoder};{pair / encoder.name.replace('en', 'de', 1)}",
    ):
        answer = processing.run(
            "geosift:prompt", {**given, "MODEL": model, "PROMPTS": _points(*THINGS)}
        )
        assert answer["OBJECTS"] == 2
        wanted = sorted(each.pixels for each in THINGS)
        assert _areas(answer["OUTPUT"]) == pytest.approx(wanted, rel=0.05)


def test_the_algorithm_takes_a_pair_for_a_word(tmp_path: Path, pair: Path) -> None:
    """The class network finds where, the pair how far."""
    classes = networks.bright(tmp_path, channels=3)
    path = classes.path.with_suffix(".json")
    told = json.loads(path.read_text())
    told["input"]["bands"] = ["red", "green", "blue"]
    told["classes"][0]["name"], told["classes"][1]["name"] = "Land", "Building"
    path.write_text(json.dumps(told))
    answer = processing.run("geosift:prompt", {
        "INPUT": str(_bright_things(tmp_path)), "OUTPUT": str(tmp_path / "o.gpkg"),
        "MODEL": str(pair), "TEXT": "buildings", "CLASS_MODEL": str(classes.path),
    })  # fmt: skip
    layer = QgsVectorLayer(answer["OUTPUT"], "l", "ogr")
    assert [each["outline"] for each in layer.getFeatures()] == ["refined"] * 2
    assert _areas(answer["OUTPUT"]) == pytest.approx(sorted(w.pixels for w in THINGS), rel=0.05)
