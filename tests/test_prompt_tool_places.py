# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool on every raster and every map a user may have: CRS, rotation, scale, gaps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affine import Affine
from dock_helpers import Interface
from plugin_helpers import CRS, NORTH, WEST, add_raster, wait_until, write_raster
from prompt_hand import (
    FIELD,
    HOUSE,
    POOL,
    UTM,
    Hand,
    hand_on,
    iou,
    middle,
    on_map,
    shapes,
    truth,
    write_scene,
)
from qgis.core import QgsProject, QgsRasterRange, QgsRectangle
from qgis.PyQt.QtCore import Qt
from rasterio.transform import from_origin

pytestmark = pytest.mark.usefixtures("provider", "qgis_new_project")

NORTHERN = from_origin(25.0, 60.2, 2e-5, 1e-5)
"""Degrees whose pixels are about a metre across and down, far in the north."""
NARROW = from_origin(25.0, 60.2, 1e-5, 1e-5)
"""Degrees whose pixels are half as wide as they are high."""
TURNED = from_origin(WEST, NORTH, 1, 1) * Affine.rotation(20)


@pytest.fixture
def use(tmp_path: Path, prompt_model: str) -> Iterator[Any]:
    """A function that opens the tool on the shapes, as a file of that profile."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def opened(*, shown: str = CRS, rotation: float = 0.0, **profile: Any) -> Hand:
            interface = Interface()
            interface.canvas.setRotation(rotation)
            layer = add_raster(write_scene(tmp_path, **profile))
            return stack.enter_context(hand_on(interface, layer, prompt_model, crs=shown))

        yield opened


@pytest.mark.parametrize("shape", [HOUSE, POOL, FIELD])
@pytest.mark.parametrize("shown", [CRS, "EPSG:3857", "EPSG:4326"])
def test_the_map_may_be_in_another_crs(use, shown: str, shape) -> None:
    hand = use(shown=shown)
    hand.click_and_wait(middle(shape))
    assert iou(hand.drawn(), truth(shape)) > 0.93, hand.warnings()


def test_the_map_may_change_its_crs(use) -> None:
    from qgis.core import QgsCoordinateReferenceSystem

    hand = use()
    hand.click_and_wait(middle(HOUSE))
    hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93, "what is in hand moves with the map"
    hand.wait_for_view()


@pytest.mark.parametrize("rotation", [30.0, -90.0, 180.0])
def test_the_map_may_be_rotated(use, rotation: float) -> None:
    hand = use(rotation=rotation)
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93
    hand.key(Qt.Key.Key_C)
    top, left, bottom, right = POOL
    hand.drag_and_wait(on_map(top - 6, left - 6), on_map(bottom + 6, right + 6))
    assert iou(hand.drawn(), truth(POOL)) > 0.93, hand.warnings()
    box = hand.controller.cutting.preview.box.asGeometry()
    around = truth((top - 6, left - 6, bottom + 6, right + 6))
    assert iou(box, around) > 0.95, "the box lies along the raster's pixels, not the screen's"


@pytest.mark.parametrize(
    ("transform", "crs"),
    [(NORTHERN, "EPSG:4326"), (NARROW, "EPSG:4326"), (TURNED, CRS), (UTM, None)],
    ids=["degrees", "narrow degrees", "rotated raster", "no CRS"],
)
def test_the_raster_may_lie_anyhow(use, transform: Affine, crs: str | None) -> None:
    hand = use(shown=crs or "", crs=crs, transform=transform)
    for shape in (HOUSE, POOL):
        hand.click_and_wait(middle(shape, transform))
        assert iou(hand.drawn(), truth(shape, transform)) > 0.93, hand.warnings()
        hand.key(Qt.Key.Key_C)


def test_pixels_are_square_on_the_ground(use) -> None:
    """Where a degree of longitude is half one of latitude, the network sees no squeezed house."""
    hand = use(shown="EPSG:4326", crs="EPSG:4326", transform=NARROW)
    hand.click_and_wait(middle(HOUSE, NARROW))
    area = hand.controller.cutting.in_hand.candidate.outline.area_m2
    metre_across, metre_down = 1e-5 * 111_320 * np.cos(np.radians(60.2)), 1e-5 * 111_412
    assert area == pytest.approx(80 * 120 * metre_across * metre_down, rel=0.1)
    site = hand.controller.cutting.in_hand.site
    place = hand.controller.bench.place(site)
    across, down = place.frame.pixel_size_m()
    assert across == pytest.approx(down, rel=0.02)


# Scale


def test_the_scale_follows_the_zoom(use) -> None:
    hand = use()
    assert hand.controller.cutting.hover_site.scale.joined == 0
    hand.canvas.zoomScale(hand.canvas.scale() * 4)
    hand.wait_for_view()
    assert hand.controller.cutting.hover_site.scale.joined == 1, "256 pixels remain"
    assert hand.dock.prompt.page.lock.text() == "&Keep the scale of 2 m per pixel"
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.9


def test_a_locked_scale_stays(use) -> None:
    hand = use()
    hand.dock.prompt.page.lock.click()
    hand.canvas.zoomScale(hand.canvas.scale() * 4)
    hand.wait_for_view()
    assert hand.controller.cutting.hover_site.scale.joined == 0
    hand.dock.prompt.page.lock.click()
    hand.wait_for_view()
    assert hand.controller.cutting.hover_site.scale.joined == 1


def test_what_is_in_hand_keeps_its_scale(use) -> None:
    hand = use()
    hand.click_and_wait(middle(HOUSE))
    hand.canvas.zoomScale(hand.canvas.scale() * 4)
    hand.wait_for_view()
    hand.click_and_wait(middle(HOUSE))
    assert hand.controller.cutting.in_hand.site.scale.joined == 0
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93
    hand.key(Qt.Key.Key_C)
    hand.wait_for_view()
    assert hand.controller.cutting.hover_site.scale.joined == 1, "the next object has the map's"


def test_zoomed_far_in_the_rasters_own_pixels_count(use) -> None:
    hand = use()
    hand.canvas.setCenter(middle(HOUSE))
    hand.canvas.zoomScale(hand.canvas.scale() / 16)
    hand.wait_for_view()
    assert hand.controller.cutting.hover_site.scale.joined == 0
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.93


# Where there is nothing


def test_outside_the_raster_it_is_said_once_and_the_tool_stays_usable(use) -> None:
    hand = use()
    hand.canvas.zoomScale(hand.canvas.scale() * 2)
    hand.wait_for_view()
    hand.click_and_wait(on_map(-100, 300))
    hand.move(on_map(-100, 300))
    (words,) = hand.warnings()
    assert "outside" in words
    assert not hand.controller.cutting.in_hand
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.9


def test_on_nodata_it_is_said(tmp_path, prompt_model) -> None:
    pixels = shapes()
    pixels[:, :, 600:] = 0
    layer = add_raster(write_raster(tmp_path / "gap.tif", pixels, nodata=0))
    with hand_on(Interface(), layer, prompt_model) as hand:
        hand.click_and_wait(on_map(300, 700))
        (words,) = hand.warnings()
        assert "value" in words or "nodata" in words
        hand.click_and_wait(middle(HOUSE))
        assert iou(hand.drawn(), truth(HOUSE)) > 0.93


def test_a_view_beside_the_raster_is_told_in_the_panel(use) -> None:
    hand = use()
    hand.canvas.setCenter(on_map(-5000, -5000))
    hand.wait_for_view()
    assert "does not show the raster" in hand.dock.prompt.page.status.text()
    assert hand.warnings() == []


def test_a_place_the_rasters_crs_cannot_express_is_told_and_not_waited_for(use) -> None:
    hand = use(shown="EPSG:4326")
    hand.canvas.setExtent(QgsRectangle(400, 400, 500, 500))
    hand.wait_for_view()
    page = hand.dock.prompt.page
    assert "cannot express" in page.status.text()
    assert not page.busy.isVisible()
    hand.controller.leave()
    hand.controller.start()
    hand.wait_for_view()
    assert "cannot express" in page.status.text()
    assert not page.busy.isVisible()


def test_the_users_own_nodata_counts(use) -> None:
    """What the layer's properties say is read through the layer's provider."""
    hand = use()
    hand.layer.dataProvider().setUserNoDataValue(1, [QgsRasterRange(219, 221)])
    hand.layer.dataProvider().setUserNoDataValue(2, [QgsRasterRange(59, 61)])
    hand.layer.dataProvider().setUserNoDataValue(3, [QgsRasterRange(39, 41)])
    hand.click_and_wait(middle(HOUSE))
    assert len(hand.warnings()) == 1, "the house is nodata now"
    hand.click_and_wait(middle(POOL))
    assert iou(hand.drawn(), truth(POOL)) > 0.93


def test_a_file_that_changes_is_read_again(use, tmp_path) -> None:
    hand = use()
    hand.click_and_wait(middle(HOUSE))
    hand.key(Qt.Key.Key_C)
    pixels = shapes()
    pixels[:, 100:180, 120:180] = pixels[:, 300:301, 500:501]  # half the house is a pool now
    write_raster(tmp_path / "shapes.tif", pixels)
    hand.click_and_wait(middle(HOUSE))
    top, _, bottom, right = HOUSE
    assert iou(hand.drawn(), truth((top, 180, bottom, right))) > 0.9


# No raster


def test_without_a_raster_it_says_what_to_do(prompt_model) -> None:
    from dock_helpers import open_dock

    interface = Interface()
    with open_dock(interface) as dock:
        dock.show_prompt()
        dock.prompt.page.model.set_value(prompt_model)
        dock.prompt.page.button.click()
        assert not dock.prompt.controller.is_on
        assert not dock.prompt.page.button.isChecked()
        ((_, words),) = interface.bar.messages
        assert "add one first" in words


def test_an_unknown_model_is_named(hand: Hand) -> None:
    hand.dock.prompt.page.model.set_value("nonsense")
    wait_until(lambda: hand.warnings() != [])
    assert "no model 'nonsense'" in hand.warnings()[0]
    assert QgsProject.instance().mapLayers() != {}
