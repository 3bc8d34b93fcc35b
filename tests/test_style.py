# SPDX-License-Identifier: GPL-2.0-or-later
"""How results look and read: renderers, places in the layer tree, numbers in words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from plugin_helpers import add_raster, write_raster
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsLayerTreeGroup,
    QgsLayerTreeModel,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRasterBandStats,
    QgsRasterLayer,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.gui import QgsLayerTreeView
from qgis.PyQt.QtCore import QLocale, QSize
from qgis.PyQt.QtGui import QColor, QImage

from geosift.inference.cards.catalog import Catalog
from geosift.plugin.background.time_left import TimeLeft
from geosift.plugin.results.layer_tree import file_result, is_result
from geosift.plugin.results.style import (
    SAMPLE,
    can_fade,
    show_confidence,
    style_cells,
    style_classes,
    style_confidence,
    style_numbers,
    style_polygons,
    style_zones,
)
from geosift.plugin.widgets.area_chart import AreaChart, Share, text_color_on
from geosift.plugin.words import (
    area_unit,
    duration_words,
    number_words,
    share_words,
    time_left_words,
)


@pytest.fixture
def card():
    return Catalog().find("landcover")


@pytest.fixture(autouse=True)
def english():
    """Numbers with points, whatever the computer speaks."""
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(QLocale.system())


@pytest.fixture
def class_layer(tmp_path: Path) -> QgsRasterLayer:
    pixels = np.zeros((1, 40, 40), np.uint8)
    pixels[0, :20] = 3
    return add_raster(write_raster(tmp_path / "classes.tif", pixels, nodata=255))


def test_class_raster_has_the_colours_and_names_of_the_card(class_layer, card) -> None:
    style_classes(class_layer, card.classes)
    shown = {
        entry.value: (entry.label, entry.color.name()) for entry in class_layer.renderer().classes()
    }
    assert shown == {info.id: (info.name, info.color.lower()) for info in card.classes}


def test_confidence_is_one_hue_from_light_to_dark(class_layer) -> None:
    style_confidence(class_layer)
    items = class_layer.renderer().shader().rasterShaderFunction().colorRampItemList()
    assert [item.value for item in items] == [0, 50, 75, 100]
    lightness = [item.color.lightness() for item in items]
    assert lightness == sorted(lightness, reverse=True)
    hues = [item.color.hue() for item in items]
    assert max(hues) - min(hues) < 15


def test_of_a_large_raster_of_numbers_not_every_pixel_is_read(tmp_path: Path) -> None:
    """That would hold QGIS up for as long as reading takes, when the layer arrives."""
    side = 1500
    columns = np.arange(side, dtype=np.float32) / (side - 1)
    layer = add_raster(write_raster(tmp_path / "ramp.tif", np.tile(columns, (1, side, 1))))
    style_numbers(layer)
    provider, everything = layer.dataProvider(), QgsRasterBandStats.Stats.All
    assert provider.hasStatistics(1, everything, layer.extent(), SAMPLE)
    assert not provider.hasStatistics(1, everything)
    shown = layer.renderer()
    assert shown.classificationMin() == pytest.approx(0, abs=0.01)
    assert shown.classificationMax() == pytest.approx(1, abs=0.01)


def test_polygons_have_a_category_for_each_class(card) -> None:
    layer = QgsVectorLayer("Polygon?field=class_id:integer", "polygons", "memory")
    style_polygons(layer, card.classes)
    categories = layer.renderer().categories()
    assert [each.value() for each in categories] == [info.id for info in card.classes]
    assert [each.label() for each in categories] == [info.name for info in card.classes]
    for category, info in zip(categories, card.classes):
        assert QColor(category.symbol().color()).name() == info.color.lower()


def grid_layer(side: int, *, classes: int = 1) -> QgsVectorLayer:
    """side x side squares of one unit, sure by 100 percent on the left and by 0 on the right."""
    uri = "Polygon?crs=EPSG:32640&field=class_id:integer&field=confidence:double"
    layer = QgsVectorLayer(uri, "grid", "memory")
    for row in range(side):
        for col in range(side):
            feature = QgsFeature(layer.fields())
            feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(col, row, col + 1, row + 1)))
            feature.setAttributes([(row + col) % classes, 100.0 if col < side // 2 else 0.0])
            layer.dataProvider().addFeature(feature)
    layer.updateExtents()
    return layer


def drawn(layer: QgsVectorLayer, *, pixels: int) -> np.ndarray:
    """The layer's middle as QGIS draws it, smoothed edges and all: (pixels, pixels, RGB)."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(layer.crs())
    settings.setOutputSize(QSize(pixels, pixels))
    extent = layer.extent()
    extent.scale(0.8)
    settings.setExtent(extent)
    settings.setFlag(QgsMapSettings.Flag.Antialiasing, True)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage().convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    bits.setsize(image.sizeInBytes())
    return np.frombuffer(bytes(bits), np.uint8).reshape(pixels, pixels, 4)[..., 2::-1].astype(int)


@pytest.mark.parametrize("pixels", [37, 150, 701])
def test_a_grid_reads_as_one_map_at_any_scale(pixels: int, card) -> None:
    """Cells of one class make one even area, without lines or gaps: 40 to 2 pixels."""
    layer = grid_layer(22)
    style_cells(layer, card.classes)
    image = drawn(layer, pixels=pixels)
    assert np.ptp(image, axis=(0, 1)).max() <= 4
    assert image[0, 0].min() < 250, "something was drawn"


def test_a_grid_has_both_styles_and_begins_with_the_classes(card) -> None:
    layer = grid_layer(2)
    style_cells(layer, card.classes)
    manager = layer.styleManager()
    assert manager.styles() == ["By class", "By confidence"]
    assert manager.currentStyle() == "By class"
    assert [each.label() for each in layer.renderer().categories()] == [
        info.name for info in card.classes
    ]
    assert can_fade(layer)
    show_confidence(layer, True)
    assert manager.currentStyle() == "By confidence"
    assert [each.label() for each in layer.renderer().categories()] == [
        info.name for info in card.classes
    ]
    show_confidence(layer, False)
    assert manager.currentStyle() == "By class"


def test_by_confidence_the_sure_cells_cover_and_the_others_fade(card) -> None:
    layer = grid_layer(6)
    style_cells(layer, card.classes)
    show_confidence(layer, True)
    image = drawn(layer, pixels=120)
    sure, unsure = image[60, 20], image[60, 100]
    color = np.array(card.classes[0].rgb)
    assert np.abs(sure - color).sum() < np.abs(unsure - color).sum()
    assert unsure.min() > 215, "hardly more than the white behind it"


def test_zones_without_an_answer_are_outlined_and_named(card) -> None:
    layer = grid_layer(2)
    style_zones(layer, card.classes)
    assert layer.renderer().categories()[-1].label() == "no answer"
    assert can_fade(layer)
    feature = QgsFeature(layer.fields())
    feature.setGeometry(QgsGeometry.fromRect(QgsRectangle(3, 3, 4, 4)))
    layer.dataProvider().addFeature(feature)
    context = QgsRenderContext()
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    symbols = [renderer.symbolForFeature(each, context) for each in layer.getFeatures()]
    renderer.stopRender(context)
    assert None not in symbols


def test_results_lie_in_one_group_polygons_on_top(tmp_path: Path, qgis_new_project) -> None:
    project = QgsProject.instance()
    for kind in ("confidence", "classes", "areas", "polygons"):
        layer = _any_layer(kind)
        project.addMapLayer(layer)
        file_result(layer, kind, "scene · Land cover", project)
        assert is_result(layer)
    top = project.layerTreeRoot().children()
    assert [node.name() for node in top] == ["GeoSift"]
    (group,) = top[0].children()
    assert isinstance(group, QgsLayerTreeGroup)
    assert group.name() == "scene · Land cover"
    assert [node.name() for node in group.children()] == [
        "polygons", "classes", "confidence", "areas",
    ]  # fmt: skip
    assert [node.itemVisibilityChecked() for node in group.children()] == [True, True, False, True]


def test_a_result_stays_the_active_layer(qgis_new_project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it a neighbour, the panel would follow, and the next run be of another raster."""
    project, view = QgsProject.instance(), QgsLayerTreeView()
    view.setModel(QgsLayerTreeModel(project.layerTreeRoot(), view))
    desktop = SimpleNamespace(activeLayer=view.currentLayer, setActiveLayer=view.setCurrentLayer)
    monkeypatch.setattr("qgis.utils.iface", desktop)
    layers = [QgsVectorLayer("Point", name, "memory") for name in ("result", "above", "below")]
    for layer in reversed(layers):
        project.addMapLayer(layer)
    for active in (layers[0], layers[2]):
        view.setCurrentLayer(active)
        file_result(layers[0], "objects", "run", project)
        assert view.currentLayer() == active


def test_a_second_run_of_the_same_name_goes_into_the_same_group(qgis_new_project) -> None:
    project = QgsProject.instance()
    for _ in range(2):
        layer = _any_layer("classes")
        project.addMapLayer(layer)
        file_result(layer, "classes", "scene · Land cover", project)
    (group,) = project.layerTreeRoot().findGroup("GeoSift").children()
    assert len(group.children()) == 2


def test_outlines_are_never_hidden_by_a_run(qgis_new_project) -> None:
    """They belong to no run; a raster of one above them would cover them."""
    project = QgsProject.instance()
    for kind, run in (("classes", "a"), ("outlines", ""), ("classes", "b"), ("outlines", "")):
        layer = _any_layer(kind)
        project.addMapLayer(layer)
        file_result(layer, kind, run, project)
    inside = project.layerTreeRoot().findGroup("GeoSift").children()
    assert [node.name() for node in inside] == ["outlines", "outlines", "b", "a"]
    assert len(project.layerTreeRoot().findLayers()) == 4


def _any_layer(name: str) -> QgsVectorLayer:
    return QgsVectorLayer("Polygon?field=class_id:integer", name, "memory")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.84, "0.8 s"), (12.3, "12 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "estimating the time left"),
        (2, "a few seconds left"),
        (33, "about 35 seconds left"),
        (70, "about a minute left"),
        (610, "about 10 minutes left"),
        (9000, "about 2.5 h left"),
    ],
)
def test_time_left(seconds: float | None, words: str) -> None:
    assert time_left_words(seconds) == words


@pytest.mark.parametrize(("total", "unit"), [(900, "m²"), (5e4, "ha"), (9.9e6, "ha"), (2e7, "km²")])
def test_area_units(total: float, unit: str) -> None:
    assert area_unit(total)[1] == unit


def test_numbers_and_shares() -> None:
    numbers = [0, 0.0004, 0.0123, 1.234, 12.34, 1234.2]
    assert [number_words(each) for each in numbers] == [
        "0", "< 0.001", "0.012", "1.23", "12.3", "1,234",
    ]  # fmt: skip
    assert [share_words(each) for each in (0, 0.0002, 0.1234, 1)] == [
        "0.0 %", "< 0.1 %", "12.3 %", "100.0 %",
    ]  # fmt: skip


def test_the_estimate_of_steady_work_is_right() -> None:
    left = TimeLeft(start=100.0)
    assert left.seconds(100.0) is None
    for step in range(1, 51):
        left.update(float(step), 100.0 + step)
    assert left.seconds(150.0) == pytest.approx(50.0)
    assert left.seconds(155.0) == pytest.approx(45.0), "it counts down between two steps"


def test_chart_paints_the_shares_in_their_colours(qgis_app) -> None:
    chart = AreaChart()
    chart.resize(200, 30)
    chart.set_shares(
        [Share("Land", "#ff0000", 0.5), Share("Water", "#0000ff", 0.5), Share("None", "#00ff00", 0)]
    )
    image = QImage(200, 30, QImage.Format.Format_ARGB32)
    chart.render(image)
    assert image.pixelColor(8, 15).name() == "#ff0000"
    assert image.pixelColor(192, 15).name() == "#0000ff"
    assert chart.share_at(10).name == "Land"
    assert chart.share_at(190).name == "Water"
    assert chart.accessibleDescription() == "Land 50.0 %, Water 50.0 %"


def test_text_on_colours_can_be_read() -> None:
    assert text_color_on(QColor("#ffffff")).lightness() < 50
    assert text_color_on(QColor("#101040")).lightness() > 200
