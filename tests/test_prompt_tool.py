# SPDX-License-Identifier: GPL-2.0-or-later
"""The map tool that cuts out what one points at, used with a real mouse and real keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import prompt_networks
import pytest
from dock_helpers import Interface
from plugin_helpers import add_raster
from prompt_hand import (
    HOUSE,
    Hand,
    hand_on,
    iou,
    middle,
    truth,
    write_scene,
)
from qgis.core import QgsRasterLayer
from qgis.PyQt.QtCore import Qt

pytestmark = pytest.mark.usefixtures("provider")

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A pair of networks that finds what has the colour pointed at."""
    return str(prompt_networks.same_colour(tmp_path_factory.mktemp("pair")).path)


@pytest.fixture
def interface(qgis_new_project) -> Interface:
    return Interface()


@pytest.fixture
def scene(interface: Interface, tmp_path: Path) -> QgsRasterLayer:
    return add_raster(write_scene(tmp_path))


@pytest.fixture
def hand(interface: Interface, scene: QgsRasterLayer, model: str) -> Iterator[Hand]:
    with hand_on(interface, scene, model) as made:
        yield made


def test_a_click_draws_the_outline(hand: Hand) -> None:
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95, hand.warnings()
