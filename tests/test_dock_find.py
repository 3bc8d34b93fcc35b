# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock's page "Find": examples on the map, answers at once, and what is kept of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface, click
from embedded import features
from find_hand import (
    BLOCK,
    FOREST,
    SAND,
    WATER,
    FindHand,
    blocks_of,
    embed_scene,
    find_on,
    grounds,
    hit_layers,
    middle_of,
    write_scene,
)
from plugin_helpers import CRS, add_raster, assert_nothing_is_cut_off, box, polygon_layer
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFillSymbol,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorLayerCache,
)
from qgis.gui import QgsAttributeTableModel
from qgis.PyQt.QtCore import QDate, QPoint, Qt
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QCheckBox

from geosift.plugin.find.ground import Ground
from geosift.plugin.find.limits_box import DRAWN, SELECTED, VIEW
from geosift.plugin.find.strip import signs

pytestmark = pytest.mark.usefixtures("provider")

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The scene and its index, which no test changes."""
    folder = tmp_path_factory.mktemp("find")
    raster = write_scene(folder / "scene.tif")
    return raster, embed_scene(folder / "index", raster)


@pytest.fixture
def hand(qgis_new_project: None, own: Path, made: tuple[Path, Path]) -> Iterator[FindHand]:
    raster, index = made
    with find_on(Interface(), add_raster(raster), index) as opened:
        yield opened


def _goods(hand: FindHand) -> list[bool]:
    return [each.good for each in hand.panel.pointing.shown.now]


def _choose(hand: FindHand, kind: str) -> None:
    where = hand.page.limits.where
    where.setCurrentIndex(where.findData(kind))
    hand.wait()


def test_a_click_finds_where_else_it_looks_like_that(hand: FindHand) -> None:
    water = blocks_of(WATER)
    hand.click(middle_of(water[0]))
    assert hand.said() == ""
    assert set(hand.found_grounds()[: len(water)]) == {WATER}
    assert hand.found()[0].patch[1:] == water[0], "nothing is more like a place than itself"
    scores = [each.score for each in hand.found()]
    assert scores == sorted(scores, reverse=True) and scores[0] == pytest.approx(1.0, abs=0.02)
    assert "64" in hand.page.status.text()


def test_what_was_found_is_a_layer_and_a_strip_of_pictures(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[1]))
    (layer,) = hit_layers()
    found = {each["rank"]: each for each in layer.getFeatures()}
    assert sorted(found) == list(range(1, len(hand.found()) + 1))
    to_scene = QgsCoordinateTransform(layer.crs(), hand.layer.crs(), QgsProject.instance())
    for each in hand.found()[:5]:
        geometry = QgsGeometry(found[each.rank].geometry())
        geometry.transform(to_scene)
        row, col = each.patch[1:]
        assert geometry.area() == pytest.approx(BLOCK**2, rel=0.01)
        assert geometry.centroid().asPoint().distance(middle_of((row, col))) < 1
        assert found[each.rank]["score"] == pytest.approx(each.score, abs=1e-5)
    strip = hand.page.strip
    assert strip.count() == len(hand.found())
    colour = strip.item(0).icon().pixmap(8, 8).toImage().pixelColor(4, 4)
    assert colour.blue() > 2 * colour.red(), "the best is a picture of water"


def test_the_right_button_and_shift_say_what_it_is_not_like(hand: FindHand) -> None:
    forest = blocks_of(FOREST)
    hand.click(middle_of(blocks_of(SAND)[0]))
    hand.click(middle_of(forest[0]))
    assert {SAND, FOREST} <= set(hand.found_grounds()[:20]), "places like either are found"
    hand.key(Qt.Key.Key_Backspace)
    assert _goods(hand) == [True]
    hand.click(middle_of(forest[0]), RIGHT)
    hand.click(middle_of(forest[1]), held=SHIFT)
    assert _goods(hand) == [True, False, False]
    assert set(hand.found_grounds()[: len(blocks_of(SAND))]) == {SAND}
    last = hand.found()[-1]
    assert grounds()[last.patch[1:]] != SAND
    assert len(hand.panel.pointing.markers.items) == 3


def test_the_picture_in_a_box_is_an_example(hand: FindHand) -> None:
    row, col = blocks_of(WATER)[0]
    inside = QgsPointXY(20, -20)
    corner, other = (middle_of((row, col)) for _ in range(2))
    hand.drag(
        QgsPointXY(corner.x() - inside.x(), corner.y() - inside.y()),
        QgsPointXY(other.x() + inside.x(), other.y() + inside.y()),
    )
    (example,) = hand.panel.pointing.shown.now
    assert example.kind == "area" and example.good
    assert set(hand.found_grounds()[: len(blocks_of(WATER))]) == {WATER}
    assert hand.page.examples.list.item(0).text().startswith("Like: box")


def test_selected_features_are_examples(hand: FindHand) -> None:
    (row, col), *_ = blocks_of(WATER)
    top, left = row * BLOCK + 4, col * BLOCK + 4
    mine = polygon_layer(box(top, left, top + 50, left + 50))
    points = QgsVectorLayer(f"Point?crs={CRS}", "points", "memory")
    for block in blocks_of(WATER)[1:3]:
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPointXY(middle_of(block)))
        points.dataProvider().addFeature(feature)
    for layer, count in ((mine, 1), (points, 3)):
        QgsProject.instance().addMapLayer(layer)
        hand.interface.setActiveLayer(layer)
        click(hand.page.selected)
        assert "select features" in hand.said()
        layer.selectAll()
        click(hand.page.selected)
        hand.wait()
        assert hand.said() == ""
        assert _goods(hand) == [True] * count
        assert set(hand.found_grounds()[: len(blocks_of(WATER))]) == {WATER}
    hand.key(Qt.Key.Key_Backspace)
    assert _goods(hand) == [True], "all features of a layer are one step"


def test_keys_do_what_the_mouse_does(hand: FindHand) -> None:
    hand.canvas.setCenter(middle_of(blocks_of(SAND)[0]))
    hand.canvas.setFocus()
    hand.key("+")
    assert _goods(hand) == [True] and hand.found_grounds()[0] == SAND
    hand.canvas.setCenter(middle_of(blocks_of(FOREST)[0]))
    hand.key("-")
    assert _goods(hand) == [True, False]
    hand.key(Qt.Key.Key_Backspace)
    assert _goods(hand) == [True]
    hand.key(Qt.Key.Key_Escape)
    assert not hand.panel.pointing.is_on and not hand.page.button.isChecked()
    assert _goods(hand) == [True], "leaving the tool takes nothing away"


def test_a_picture_goes_there_and_refines(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(SAND)[0]))
    hand.click(middle_of(blocks_of(FOREST)[0]))
    strip, forest = hand.page.strip, hand.found_grounds().index(FOREST)
    cell = strip.visualItemRect(strip.item(forest))
    QTest.mouseClick(strip.viewport(), LEFT, pos=cell.center() - QPoint(0, 15))
    hand.wait()
    row, col = hand.found()[forest].patch[1:]
    assert hand.canvas.center().distance(middle_of((row, col))) < 5
    strip.scrollToItem(strip.item(forest))
    cell = strip.visualItemRect(strip.item(forest))
    QTest.mouseMove(strip.viewport(), cell.center())
    QTest.mouseClick(strip.viewport(), LEFT, pos=signs(cell)[False].center())
    hand.wait()
    assert _goods(hand) == [True, True, False]
    assert hand.panel.pointing.shown.now[-1].what[1:] == (row, col)
    assert (row, col) != hand.found()[0].patch[1:]
    shown = [each.patch[1:] for each in hand.found()]
    strip.setFocus()
    strip.setCurrentRow(0)
    hand.key("+")
    assert hand.panel.pointing.shown.now[-1].what[1:] == shown[0], "the chosen picture is meant"
    strip.setCurrentRow(strip.count() - 1)
    click(hand.page.less)
    hand.wait()
    assert _goods(hand) == [True, True, False, True, False]


def test_the_last_word_on_a_picture_counts(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(SAND)[0]))
    best = hand.found()[3]
    hand.panel.pointing.judge(best, True)
    hand.wait()
    hand.panel.pointing.judge(best, False)
    hand.wait()
    judged = [each for each in hand.panel.pointing.shown.now if each.kind == "patch"]
    assert [each.good for each in judged] == [False]


def test_each_example_can_be_taken_back(hand: FindHand) -> None:
    rows = hand.page.examples.list
    hand.click(middle_of(blocks_of(WATER)[0]))
    only_water = [each.patch for each in hand.found()]
    hand.click(middle_of(blocks_of(FOREST)[0]))
    assert rows.count() == 2
    rows.setFocus()
    rows.setCurrentRow(1)
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    hand.wait()
    assert [each.patch for each in hand.found()] == only_water
    click(hand.page.examples.undo)
    hand.wait()
    assert rows.count() == 2
    click(hand.page.examples.clear)
    hand.wait()
    assert rows.count() == 0 and hand.page.strip.count() == 0
    assert hand.panel.pointing.markers.items == []
    assert hit_layers()[0].featureCount() == 0
    assert not hand.page.keep.isEnabled()


def test_bad_examples_alone_find_nothing_yet(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(FOREST)[0]), RIGHT)
    assert hand.found() == () and "it is like" in hand.page.status.text()
    hand.click(middle_of(blocks_of(SAND)[0]))
    assert hand.found_grounds()[0] == SAND


# Where, when, how many


def test_only_what_the_map_shows(hand: FindHand) -> None:
    hand.page.limits.setCollapsed(False)
    hand.click(middle_of(blocks_of(WATER)[0]))
    everywhere = {each.patch for each in hand.found()}
    seen = box(0, 0, 3 * BLOCK, 3 * BLOCK)
    hand.canvas.setExtent(seen)
    _choose(hand, VIEW)
    shown = hand.canvas.extent()
    inside = {
        block for block in ((r, c) for r in range(8) for c in range(8))
        if shown.contains(middle_of(block))
    }  # fmt: skip
    assert {each.patch[1:] for each in hand.found()} == inside
    hand.canvas.setExtent(hand.layer.extent().buffered(100))
    hand.wait()
    assert {each.patch for each in hand.found()} == everywhere, "it follows the map"


def test_only_in_polygons(hand: FindHand) -> None:
    hand.page.limits.setCollapsed(False)
    hand.click(middle_of(blocks_of(WATER)[0]))
    limits = hand.page.limits
    assert not limits.layers.isVisible() and not limits.draw.isVisible()
    _choose(hand, SELECTED)
    assert limits.layers.isVisible() and not limits.draw.isVisible()
    assert "No polygon is selected" in hand.said() and hand.found() == ()
    mine = polygon_layer(box(0, 0, BLOCK, 4 * BLOCK))
    QgsProject.instance().addMapLayer(mine)
    mine.selectAll()
    hand.page.limits.layers.setLayer(mine)
    hand.wait()
    assert {each.patch[1:] for each in hand.found()} == {(0, col) for col in range(4)}
    assert hand.said() == "", "what was lacking is there"
    mine.removeSelection()
    hand.wait()
    assert hand.found() == ()
    mine.selectAll()
    hand.wait()
    assert len(hand.found()) == 4, "it follows what is selected"
    _choose(hand, DRAWN)
    corners = [(0, 0), (0, 2), (2, 2), (2, 0)]
    for row, col in corners:
        place = middle_of((row - 0.4 if row == 0 else row - 0.6, col - 0.4 if col == 0 else col))
        QTest.mouseClick(hand.canvas.viewport(), LEFT, pos=hand.at(place))
    QTest.mouseClick(hand.canvas.viewport(), RIGHT, pos=hand.at(middle_of((1, 1))))
    hand.wait()
    assert {each.patch[1:] for each in hand.found()} <= {(r, c) for r in range(2) for c in range(3)}
    assert (0, 0) in {each.patch[1:] for each in hand.found()}
    assert hand.panel.pointing.is_on, "one goes on pointing"
    assert hand.said() == ""


def test_a_drawn_polygon_stays_where_it_lies_when_the_map_changes_its_crs(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    _choose(hand, DRAWN)
    for row, col in [(-0.4, -0.4), (-0.4, 2.4), (2.4, 2.4), (2.4, -0.4)]:
        QTest.mouseClick(hand.canvas.viewport(), LEFT, pos=hand.at(middle_of((row, col))))
    QTest.mouseClick(hand.canvas.viewport(), RIGHT, pos=hand.at(middle_of((1, 1))))
    hand.wait()
    inside = {each.patch[1:] for each in hand.found()}
    assert len(inside) == 9
    hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    hand.page.limits.count.setValue(50)
    hand.wait()
    assert {each.patch[1:] for each in hand.found()} == inside
    band = hand.panel.drawing.band.asGeometry().boundingBox()
    assert abs(band.xMaximum()) <= 180 and abs(band.yMaximum()) <= 90, "it is drawn in degrees"


def test_what_was_found_does_not_limit_the_search_for_it(hand: FindHand) -> None:
    """Its layer holds polygons, too; with each answer they are others, and none is selected."""
    hand.page.limits.setCollapsed(False)
    hand.click(middle_of(blocks_of(WATER)[0]))
    (found,) = hit_layers()
    mine = polygon_layer(box(0, 0, BLOCK, BLOCK))
    QgsProject.instance().addMapLayer(mine)
    combo = hand.page.limits.layers
    assert [combo.layer(row) for row in range(combo.count())] == [mine]
    QgsProject.instance().removeMapLayer(found.id())
    hand.click(middle_of(blocks_of(SAND)[0]))
    assert len(hit_layers()) == 1
    assert [combo.layer(row) for row in range(combo.count())] == [mine]


def test_the_patch_one_looks_at_is_marked_where_the_map_has_it_now(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    strip, band = hand.page.strip, hand.panel.pointing.markers.place
    cell = strip.visualItemRect(strip.item(0))
    QTest.mouseClick(strip.viewport(), LEFT, pos=cell.center() - QPoint(0, 15))
    hand.wait()
    before = band.asGeometry()
    hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:4326"))
    there = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem(CRS), QgsCoordinateReferenceSystem("EPSG:4326"),
        QgsProject.instance(),
    )  # fmt: skip
    before.transform(there)
    distance = before.centroid().distance(band.asGeometry().centroid())
    assert distance < 1e-5
    hand.panel.pointing.clear()
    hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    assert band.asGeometry().isEmpty(), "what was there before is not marked again"


@pytest.mark.parametrize("epsg", [3460, 3857])
def test_a_view_across_the_date_line_is_one_piece(epsg: int) -> None:
    """As in Fiji, whose own map knows no such line."""
    here, there = (QgsCoordinateReferenceSystem(f"EPSG:{code}") for code in (epsg, 4326))
    project = QgsProject.instance()
    to_index = QgsCoordinateTransform(here, there, project)
    ground = Ground(True, to_index, QgsCoordinateTransform(there, here, project))
    if epsg == 3857:
        one, two = QgsPointXY(20037508 * 0.99, -2e6), QgsPointXY(20037508 * 1.01, -1.9e6)
    else:
        to_map = ground.to_map
        one, two = to_map.transform(QgsPointXY(178, -18)), to_map.transform(QgsPointXY(-178, -17))
    left, _, right, _ = ground.box(one, two)
    assert 177 < left < 179 and 181 < right < 183
    view = QgsGeometry.fromRect(QgsRectangle(one, two))
    ((outer,),) = ground.shape(view)["coordinates"]
    xs = [x for x, _ in outer]
    assert 177 < min(xs) < 179 and 181 < max(xs) < 183


def test_a_polygon_that_crosses_itself_is_an_example_and_one_without_area_is_told(
    hand: FindHand,
) -> None:
    row, col = blocks_of(WATER)[0]
    around = ((-0.4, -0.4), (0.4, -0.4), (0.4, 0.4), (0.9, 0.4), (0.4, 0.4), (-0.4, 0.4))
    corners = [middle_of((row + y, col + x)) for x, y in around]
    mine = QgsVectorLayer(f"Polygon?crs={CRS}", "mine", "memory")
    for ring in (corners, [corners[0], corners[2], corners[0]]):
        feature = QgsFeature()
        feature.setGeometry(QgsGeometry.fromPolygonXY([[*ring, ring[0]]]))
        mine.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(mine)
    hand.interface.setActiveLayer(mine)
    spiked, flat = (each.id() for each in mine.getFeatures())
    mine.selectByIds([flat])
    click(hand.page.selected)
    hand.wait()
    assert "without any area" in hand.said() and hand.panel.pointing.shown.now == ()
    mine.selectByIds([spiked])
    click(hand.page.selected)
    hand.wait()
    assert hand.said() == "" and len(hand.panel.pointing.markers.items) == 1
    assert hand.found_grounds()[0] == WATER


def test_dates_rasters_and_how_many(
    qgis_new_project: None, own: Path, tmp_path: Path, made: tuple[Path, Path]
) -> None:
    first, later = write_scene(tmp_path / "a.tif"), write_scene(tmp_path / "b.tif")
    os.utime(first, (1_600_000_000, 1_600_000_000))  # 2020-09-13
    index = embed_scene(tmp_path / "index", first, later)
    with find_on(Interface(), add_raster(later), index) as hand:
        limits = hand.page.limits
        limits.setCollapsed(False)
        hand.click(middle_of(blocks_of(WATER)[0]))
        sources = {Path(each.patch[0]).name for each in hand.found()}
        assert sources == {"a.tif", "b.tif"} and len(hand.found()) == 60
        limits.last.setDate(QDate(2020, 12, 31))
        hand.wait()
        assert {Path(each.patch[0]).name for each in hand.found()} == {"a.tif"}
        limits.last.clear()
        limits.rasters.setCheckedItems(["b.tif"])
        limits.count.setValue(7)
        hand.wait()
        assert {Path(each.patch[0]).name for each in hand.found()} == {"b.tif"}
        assert len(hand.found()) == 7


# What stays


def test_heat_lies_over_the_raster_while_it_is_wanted(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    click(hand.page.heat)
    hand.wait()
    heat = hand.panel.showing.layers.heat
    assert heat.extent().intersects(hand.layer.extent())
    water, _ = heat.dataProvider().sample(middle_of(blocks_of(WATER)[1]), 1)
    sand, _ = heat.dataProvider().sample(middle_of(blocks_of(SAND)[0]), 1)
    assert water > sand
    hand.click(middle_of(blocks_of(SAND)[0]))
    again = hand.panel.showing.layers.heat
    assert again is not None and again.source() != "", "it follows the answer"
    click(hand.page.heat)
    assert hand.panel.showing.layers.heat is None


def test_heat_that_the_user_gave_another_file_is_the_users(hand: FindHand, tmp_path: Path) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    click(hand.page.heat)
    hand.wait()
    heat = hand.panel.showing.layers.heat
    mine = write_scene(tmp_path / "mine.tif")
    heat.setDataSource(str(mine), "mine", "gdal")
    click(hand.page.heat)
    assert mine.exists() and heat.id() in QgsProject.instance().mapLayers()


def test_how_patches_look_stays_as_the_user_wants_it(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    (layer,) = hit_layers()
    renderer = layer.renderer().clone()
    renderer.updateRangeSymbol(4, QgsFillSymbol.createSimple({"color": "#00ff00"}))
    layer.setRenderer(renderer)
    layer.setLabelsEnabled(True)
    hand.page.limits.count.setValue(5)
    hand.wait()
    scores = [each.score for each in hand.found()]
    ranges = layer.renderer().ranges()
    assert layer.labelsEnabled() and ranges[4].symbol().color() == QColor("#00ff00")
    assert ranges[4].upperValue() == pytest.approx(max(scores), abs=1e-5)
    assert ranges[0].lowerValue() == pytest.approx(min(scores), abs=1e-5)
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple({})))
    hand.click(middle_of(blocks_of(SAND)[0]))
    assert layer.renderer().type() == "singleSymbol"


def test_an_open_table_follows_the_answer(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    (layer,) = hit_layers()
    cache = QgsVectorLayerCache(layer, 1000)
    table = QgsAttributeTableModel(cache)
    table.loadLayer()
    assert table.rowCount() == len(hand.found()) > 5
    hand.page.limits.count.setValue(5)
    hand.wait()
    assert table.rowCount() == len(hand.found()) == 5
    click(hand.page.examples.clear)
    assert table.rowCount() == 0


def test_a_file_the_user_was_not_asked_about_is_not_replaced(
    hand: FindHand, tmp_path: Path
) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    (tmp_path / "mine.gpkg").write_text("mine", encoding="utf-8")
    hand.panel.showing.keep(str(tmp_path / "mine"))
    hand.wait()
    assert "mine.gpkg is there already" in hand.said()
    assert (tmp_path / "mine.gpkg").read_text(encoding="utf-8") == "mine"


def test_what_is_kept_is_a_file_with_the_same_answer(hand: FindHand, tmp_path: Path) -> None:
    hand.page.limits.count.setValue(9)
    hand.click(middle_of(blocks_of(WATER)[0]))
    hand.wait()
    answer = hand.found()
    hand.panel.showing.keep(str(tmp_path / "kept"))
    hand.wait()
    told = features(tmp_path / "kept.gpkg")
    assert [(each["rank"], each["row"], each["col"]) for each in told] == [
        (each.rank, *each.patch[1:]) for each in answer
    ]
    assert all(each["thumbnail"] for each in told)
    (layer,) = hit_layers()
    assert layer.providerType() == "ogr", "the file has taken the place of the temporary layer"
    hand.click(middle_of(blocks_of(SAND)[0]))
    kinds = sorted(each.providerType() for each in hit_layers())
    assert kinds == ["memory", "ogr"], "a new question leaves the file alone"
    assert layer.featureCount() == 9


def test_another_project_gets_no_layer_of_the_last_answer(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    QgsProject.instance().clear()
    hand.wait()
    assert QgsProject.instance().mapLayers() == {}
    assert hand.page.strip.count() == 0
    assert _goods(hand) == [True], "examples are the user's work"


def test_what_was_found_stays_when_the_panel_goes(
    qgis_new_project: None, own: Path, made: tuple[Path, Path]
) -> None:
    raster, index = made
    interface = Interface()
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        count = len(hand.found())
        assert hand.panel.pointing.markers.items
    (layer,) = hit_layers()
    assert layer.featureCount() == count
    assert interface.canvas.mapTool() is None


def test_a_layer_the_user_removes_or_edits_is_made_anew(hand: FindHand) -> None:
    hand.click(middle_of(blocks_of(WATER)[0]))
    (first,) = hit_layers()
    first.startEditing()
    hand.click(middle_of(blocks_of(SAND)[0]))
    assert len(hit_layers()) == 2, "what is being edited is the user's"
    first.rollBack()
    for layer in hit_layers():
        QgsProject.instance().removeMapLayer(layer.id())
    hand.click(middle_of(blocks_of(FOREST)[0]))
    (layer,) = hit_layers()
    assert layer.featureCount() == len(hand.found())


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4326"])
def test_the_map_may_have_another_crs(
    qgis_new_project: None, own: Path, made: tuple[Path, Path], crs: str
) -> None:
    raster, index = made
    with find_on(Interface(), add_raster(raster), index, crs=crs) as hand:
        hand.click(middle_of(blocks_of(WATER)[2]))
        assert hand.found()[0].patch[1:] == blocks_of(WATER)[2]
        hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
        marker = hand.panel.pointing.markers.items[0]
        assert marker.center().distance(middle_of(blocks_of(WATER)[2])) < 5


@pytest.mark.parametrize("width", [200, 300])
def test_nothing_is_cut_off_in_a_narrow_dock(hand: FindHand, width: int) -> None:
    hand.page.limits.setCollapsed(False)
    hand.click(middle_of(blocks_of(WATER)[0]))
    assert_nothing_is_cut_off(hand.dock, width=width, height=900)
    named = [each for each in hand.page.findChildren(QCheckBox) if each.isVisible()]
    assert named and QApplication.focusWidget() is not None
