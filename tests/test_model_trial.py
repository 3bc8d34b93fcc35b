# SPDX-License-Identifier: GPL-2.0-or-later
"""A model of every kind can be tried on what the map shows, whatever its algorithm asks for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import exported_networks
import made_detectors
import networks
import prompt_networks
import pytest
from dock_helpers import Interface, click
from plugin_helpers import NORTH, WEST, add_raster, patchwork, wait_until, write_raster
from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapLayer,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtWidgets import QApplication

from geosift.inference.cards.answer_rules import KINDS
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.model_folder import ModelFolder
from geosift.plugin.model_manager.dialog import ModelManager

pytestmark = pytest.mark.usefixtures("provider")


def _exported(make: Callable[..., ModelCard]) -> Callable[[Path], ModelCard]:
    """Networks whose card has to be written beside them first."""

    def made(folder: Path) -> ModelCard:
        card = make(folder, name="made")
        exported_networks.described(card)
        return card

    return made


MADE: dict[str, Callable[[Path], ModelCard]] = {
    "segmentation": lambda folder: networks.smooth(folder, tile=64, halo=16, ring=8, fade=8),
    "classification": lambda folder: networks.classifier(folder, side=16),
    "detection": lambda folder: made_detectors.detector(folder, "ultralytics"),
    "regression": _exported(exported_networks.weighted),
    "superresolution": _exported(exported_networks.enlarged),
    "recognition": _exported(exported_networks.mean_colour),
    "prompt": prompt_networks.same_colour,
}


@pytest.fixture
def interface(qgis_new_project: None, kind: str, tmp_path: Path) -> Interface:
    """A map that shows a part of a raster; where objects are looked for there is one, and another
    beyond the view."""
    made = Interface()
    pixels = patchwork(200, 300)
    if kind == "detection":
        things = made_detectors.Thing((100, 70, 130, 95)), made_detectors.Thing((5, 5, 25, 20))
        pixels = made_detectors.picture(things, 200, 300)
    layer = add_raster(write_raster(tmp_path / "scene.tif", pixels))
    made.setActiveLayer(layer)
    made.canvas.setDestinationCrs(layer.crs())
    made.canvas.setExtent(QgsRectangle(WEST + 60, NORTH - 140, WEST + 200, NORTH - 40))
    return made


def test_these_are_all_kinds() -> None:
    assert set(MADE) == set(KINDS) - {"features"}  # which makes no layer, and says so


def tried(interface: Interface) -> list[QgsMapLayer]:
    """The layers that came of trying the one model that is not bundled."""
    before = set(QgsProject.instance().mapLayers())
    dialog = ModelManager(interface)
    dialog.show()
    try:
        dialog.installed.table.choose("made")
        click(dialog.installed.try_out)
        wait_until(lambda: not dialog.activity.is_busy)
        assert "temporary layer" in dialog.words.text(), dialog.notice.label.text()
    finally:
        dialog.reject()
        dialog.deleteLater()
        QApplication.processEvents()
    after = QgsProject.instance().mapLayers()
    return [layer for name, layer in after.items() if name not in before]


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("crs", ["EPSG:32640", "EPSG:3857"])
def test_it_leaves_a_layer_where_the_map_looks(
    kind: str, crs: str, own: Path, interface: Interface, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    card = ModelFolder(own).add_described(MADE[kind](folder))
    assert card.kind == kind
    _choose_as_made(own, card)
    canvas, raster = interface.canvas, interface.activeLayer()
    seen = QgsRectangle(canvas.extent())
    wanted = QgsCoordinateReferenceSystem(crs)
    across = QgsCoordinateTransform(raster.crs(), wanted, QgsProject.instance())
    canvas.setDestinationCrs(wanted)
    canvas.setExtent(across.transformBoundingBox(seen))
    (layer,) = tried(interface)
    around = canvas.extent()
    back = across.transformBoundingBox(around, across.ReverseTransform)
    assert not layer.extent().isEmpty()
    assert back.buffered(70).contains(layer.extent()), "a tile beyond it at most"


def _choose_as_made(own: Path, card: ModelCard) -> None:
    """Give the model the id by which the test finds its row."""
    path = card.path.with_suffix(".json")
    path.write_text(path.read_text().replace(f'"id": "{card.id}"', '"id": "made"'))
    (own / card.id).rename(own / "made")
