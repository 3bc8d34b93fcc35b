# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock's page "Find": examples on the map, answers at once, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface
from find_hand import (
    SAND,
    WATER,
    FindHand,
    blocks_of,
    embed_scene,
    find_on,
    hit_layers,
    middle_of,
    write_scene,
)
from plugin_helpers import add_raster
from qgis.PyQt.QtCore import Qt

pytestmark = pytest.mark.usefixtures("provider")

RIGHT = Qt.MouseButton.RightButton


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


def test_a_click_finds_where_else_it_looks_like_that(hand: FindHand) -> None:
    water = blocks_of(WATER)
    hand.click(middle_of(water[0]))
    assert hand.said() == ""
    assert set(hand.found_grounds()[: len(water)]) == {WATER}
    assert hand.page.strip.count() == len(hand.found())
    (layer,) = hit_layers()
    assert layer.featureCount() == len(hand.found())


def test_the_right_button_and_shift_say_what_it_is_not_like(hand: FindHand) -> None:
    forest = next(each for each in blocks_of(2))
    hand.click(middle_of(blocks_of(SAND)[0]))
    hand.click(middle_of(forest))
    assert {0, 2} <= set(hand.found_grounds()[:20]), "a place of each is looked for"
    hand.key("Ctrl+Z") if False else hand.key(Qt.Key.Key_Backspace)
    assert [each.good for each in hand.panel.pointing.shown.now] == [True]
    hand.click(middle_of(forest), RIGHT)
    hand.click(middle_of(blocks_of(2)[1]), held=Qt.KeyboardModifier.ShiftModifier)
    assert [each.good for each in hand.panel.pointing.shown.now] == [True, False, False]
    assert set(hand.found_grounds()[: len(blocks_of(SAND))]) == {SAND}
    assert hand.page.examples.list.count() == 3
