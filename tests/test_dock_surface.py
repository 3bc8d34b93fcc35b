# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock with networks that answer with numbers, and with one that answers several questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import exported_networks as made
import numpy as np
import pytest
import rasterio
from dock_helpers import (
    Interface,
    choose,
    choose_model,
    models_in,
    open_dock,
    result_layers,
    run_to_the_end,
)
from plugin_helpers import (
    CRS,
    NORTH,
    WEST,
    add_raster,
    assert_nothing_is_cut_off,
    patchwork,
    read_pixels,
    write_raster,
)
from qgis.core import QgsCoordinateReferenceSystem, QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QComboBox

from geosift.inference.cards.card import ModelCard
from geosift.inference.recognition.run import RecogniseJob, run_recognise
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run
from geosift.plugin.background.runs import DONE
from geosift.plugin.dock import GeoSiftDock
from geosift.plugin.model_news import NEWS

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelCard]:
    """One network of each kind, in a folder of models."""
    folder = tmp_path_factory.mktemp("models")
    cards = {
        "Heights": made.weighted(folder, name="heights"),
        "Finer": made.enlarged(folder, name="finer"),
        "Places": made.mean_colour(folder, name="places"),
        "Several": made.two_answers(folder, name="several"),
    }
    for card in cards.values():
        made.described(card)
    return cards


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_raster(tmp_path_factory.mktemp("scene") / "scene.tif", patchwork(90, 120))


@pytest.fixture
def dock(qgis_new_project, models, scene: Path) -> Iterator[GeoSiftDock]:
    """The dock of a user who keeps these networks, the scene being the active layer."""
    interface = Interface()
    with models_in(models["Heights"].path.parent), open_dock(interface) as panel:
        interface.setActiveLayer(add_raster(scene))
        QApplication.processEvents()
        yield panel


def _open_options(dock: GeoSiftDock) -> None:
    dock.form.options.setCollapsed(False)
    QApplication.processEvents()


def _pixels(run_made) -> np.ndarray:
    with rasterio.open(run_made.results["OUTPUT"]) as dataset:
        return dataset.read()


def test_numbers_come_styled_with_their_range(dock, models, scene: Path, tmp_path: Path) -> None:
    choose_model(dock, "Heights")
    assert dock.form.algorithm() == "geosift:regress"
    _open_options(dock)
    assert_nothing_is_cut_off(dock, width=300, height=800)
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    job = RegressJob(source=str(scene), card=models["Heights"], output=tmp_path / "expected.tif")
    (figures,) = run_regress(job).figures
    with rasterio.open(job.output) as dataset:
        np.testing.assert_array_equal(_pixels(done), dataset.read())
    assert "scene, Heights" in result_layers()
    panel = dock.result
    assert panel.isVisible()
    assert not panel.chart.isVisible()
    row = panel.table.topLevelItem(0)
    assert row.text(1) == f"{figures.mean:.4g}"
    assert row.text(2) == f"{figures.least:.4g} … {figures.largest:.4g}"
    header, line = panel.table_text().split("\n")
    assert header.split("\t")[4] == "Mean"
    assert float(line.split("\t")[4]) == figures.mean


def test_after_classes_come_numbers_and_the_other_way_round(dock) -> None:
    for name, chart in (("Several", True), ("Finer", False), ("Several", True)):
        choose_model(dock, name)
        done = run_to_the_end(dock)
        assert done.state == DONE, done.error
        assert dock.result.chart.isVisible() == chart
        assert dock.result.table.topLevelItemCount() == (2 if chart else 3)


def test_an_example_is_a_file_or_the_middle(dock, models, scene: Path, tmp_path: Path) -> None:
    choose_model(dock, "Places")
    _open_options(dock)
    with rasterio.open(scene) as dataset:
        whole = tuple(dataset.bounds)
    for text, options in (("", {"place": whole}), (str(scene), {"picture": str(scene)})):
        dock.form.options.example.lineEdit().clear()
        QTest.keyClicks(dock.form.options.example.lineEdit(), text)
        done = run_to_the_end(dock)
        assert done.state == DONE, done.error
        job = RecogniseJob(
            source=str(scene), card=models["Places"], output=tmp_path / "expected.tif", **options
        )
        run_recognise(job)
        np.testing.assert_array_equal(_pixels(done)[0], read_pixels(job.output))


def test_of_several_answers_one_is_chosen(dock, models, scene: Path, tmp_path: Path) -> None:
    choose_model(dock, "Several")
    _open_options(dock)
    combo = dock.form.options.findChild(QComboBox, "answerCombo")
    assert combo.isVisible()
    assert [combo.itemText(index) for index in range(combo.count())] == ["lone", "bands"]
    QTest.keyClick(combo, Qt.Key.Key_Down)
    NEWS.changed.emit()  # another model came meanwhile
    assert combo.currentText() == "bands"
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    job = SegmentJob(
        source=str(scene), card=models["Several"].answering(1), output=tmp_path / "expected.tif"
    )
    run(job)
    np.testing.assert_array_equal(_pixels(done)[0], read_pixels(job.output))
    assert dock.result.table.topLevelItemCount() == 3
    choose_model(dock, "Land cover")
    assert not combo.isVisible()


def test_the_view_of_the_map_can_be_regressed(dock) -> None:
    canvas = dock.form.extent._canvas
    canvas.setDestinationCrs(QgsCoordinateReferenceSystem(CRS))
    canvas.setExtent(QgsRectangle(WEST + 40, NORTH - 60, WEST + 80, NORTH - 30))
    choose_model(dock, "Heights")
    choose(dock, "Current view")
    done = run_to_the_end(dock)
    assert done.state == DONE, done.error
    assert np.isfinite(_pixels(done)).all()
    assert _pixels(done).shape[1] < 90
