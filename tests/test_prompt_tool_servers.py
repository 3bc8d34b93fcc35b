# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool on layers of map servers, which have no pixels of their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest
from dock_helpers import Interface
from plugin_helpers import wait_until
from prompt_hand import (
    FIELD,
    HOUSE,
    POOL,
    Hand,
    hand_on,
    iou,
    middle,
    outline_layers,
    shapes,
    truth,
)
from qgis.core import QgsNetworkAccessManager, QgsProject, QgsRasterLayer, QgsRectangle
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from rasterio.transform import from_origin

from geosift.plugin.background.runs import Run

pytestmark = pytest.mark.usefixtures("provider", "qgis_new_project")

_FIRST, _ZOOM, _TILE = 65536, 17, 256
_PIXEL = 2 * np.pi * 6378137 / 2**_ZOOM / _TILE
GRID = from_origin(0, 0, _PIXEL, _PIXEL)
"""Where the shapes lie, on the tiles' own pixels, at the equator."""


class Server(ThreadingHTTPServer):
    """Tiles of the shapes, as a web server sends them; `broken` sends errors."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Tiles)
        self.broken = False
        self.asked = 0
        picture = np.zeros((3, 3 * _TILE, 4 * _TILE), np.uint8)
        whole = shapes()
        picture[:, : whole.shape[1], : whole.shape[2]] = whole
        self.picture = picture
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def tile(self, column: int, row: int) -> bytes:
        top, left = row * _TILE, column * _TILE
        part = self.picture[:, max(top, 0) : max(top + _TILE, 0), max(left, 0) : left + _TILE]
        if part.shape[1:] != (_TILE, _TILE):
            part = np.zeros((3, _TILE, _TILE), np.uint8)
        return cv2.imencode(".png", part[::-1].transpose(1, 2, 0))[1].tobytes()


class _Tiles(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.broken:
            self.send_error(500)
            return
        place = self.path.split("?")[0][:-4].split("/")[-2:]
        column, row = (int(part) - _FIRST for part in place)
        body = self.server.tile(column, row)
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    QgsNetworkAccessManager.instance().cache().clear()
    yield made
    made.shutdown()
    made.server_close()


def tiles(server: Server, ending: str = "") -> QgsRasterLayer:
    """The server's layer in the project."""
    address = f"http://127.0.0.1:{server.server_port}/%7Bz%7D/%7Bx%7D/%7By%7D.png{ending}"
    made = QgsRasterLayer(f"type=xyz&url={address}&zmin={_ZOOM}&zmax={_ZOOM}", "tiles", "wms")
    assert made.isValid()
    QgsProject.instance().addMapLayer(made)
    return made


@pytest.fixture
def layer(server: Server) -> QgsRasterLayer:
    return tiles(server)


VIEW = QgsRectangle(0, -600 * _PIXEL, 800 * _PIXEL, 0)


@pytest.fixture
def hand(layer: QgsRasterLayer, prompt_model: str) -> Iterator[Hand]:
    with hand_on(Interface(), layer, prompt_model, crs="EPSG:3857", seen=VIEW) as made:
        yield made


@pytest.mark.parametrize("shape", [HOUSE, POOL, FIELD])
def test_outlines_on_a_map_server(hand: Hand, shape) -> None:
    hand.move(middle(shape, GRID))
    wait_until(lambda: iou(hand.hovered(), truth(shape, GRID)) > 0.9)
    hand.click_and_wait(middle(shape, GRID))
    assert iou(hand.drawn(), truth(shape, GRID)) > 0.93, hand.warnings()
    hand.key(Qt.Key.Key_S)
    (made,) = outline_layers()
    (feature,) = made.getFeatures()
    assert iou(feature.geometry(), truth(shape, GRID)) > 0.93
    made.rollBack()


def test_an_address_may_be_longer_than_any_path(server: Server, prompt_model: str) -> None:
    layer = tiles(server, "?key=" + 5000 * "k")
    with hand_on(Interface(), layer, prompt_model, crs="EPSG:3857", seen=VIEW) as hand:
        hand.click_and_wait(middle(HOUSE, GRID))
        hand.key(Qt.Key.Key_S)
        (made,) = outline_layers()
        assert made.featureCount() == 1
        made.rollBack()


def test_a_word_is_looked_for_at_the_scale_of_the_map(hand: Hand) -> None:
    """A server has no pixels of its own, and the page no field to say how large they are."""
    wanted: list[Run] = []
    hand.dock.prompt.run_wanted.disconnect()
    hand.dock.prompt.run_wanted.connect(wanted.append)
    QTest.keyClicks(hand.dock.prompt.page.words, "buildings")
    QTest.keyClick(hand.dock.prompt.page.words, Qt.Key.Key_Return)
    (run,) = wanted
    assert run.parameters["RESOLUTION"] == pytest.approx(_PIXEL, rel=0.01)


def test_the_servers_own_pixels_are_taken(hand: Hand) -> None:
    assert hand.controller.cutting.hover_site.scale.pixel == pytest.approx(_PIXEL, rel=1e-6)
    metres = hand.dock.prompt.page.lock.text()
    assert "1.19 m" in metres


def test_moving_the_map_a_little_asks_for_little(hand: Hand, server: Server) -> None:
    asked = server.asked
    hand.canvas.setCenter(hand.canvas.center().__class__(390 * _PIXEL, -310 * _PIXEL))
    hand.wait_for_view()
    assert server.asked - asked <= 12, "tiles that were sent are remembered"


def test_a_server_that_fails_is_told_and_the_tool_stays_usable(
    layer: QgsRasterLayer, prompt_model: str, server: Server
) -> None:
    server.broken = True
    with hand_on(Interface(), layer, prompt_model, crs="EPSG:3857", seen=VIEW) as hand:
        hand.click_and_wait(middle(HOUSE, GRID))
        assert "its server has not answered" in hand.warnings()[0]
        assert not hand.controller.cutting.in_hand
        server.broken = False
        hand.canvas.refresh()
        layer.dataProvider().reloadData()
        hand.canvas.zoomByFactor(1.01)
        hand.wait_for_view()
        hand.click_and_wait(middle(HOUSE, GRID))
        assert iou(hand.drawn(), truth(HOUSE, GRID)) > 0.9, hand.warnings()
