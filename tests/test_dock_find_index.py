# SPDX-License-Identifier: GPL-2.0-or-later
"""The dock's page "Find": how an index comes about, what becomes of it, and what can go wrong."""

from __future__ import annotations

import json
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dock_helpers import Interface, click, open_dock
from find_hand import (
    FOREST,
    SAND,
    WATER,
    FindHand,
    blocks_of,
    dense_index,
    embed_scene,
    find_on,
    hit_layers,
    middle_of,
    scene,
    write_scene,
)
from plugin_helpers import add_raster, wait_until, write_raster
from qgis.core import QgsCoordinateReferenceSystem, QgsPointXY, QgsProject, QgsRasterLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from rasterio.shutil import copy
from running import is_one_sentence

from geosift.inference.embedding.index import Index
from geosift.inference.embedding.lock import locked
from geosift.plugin import settings
from geosift.plugin.find import index_state
from geosift.plugin.find.desk import Desk
from geosift.plugin.find.errands import Errands
from geosift.plugin.find.example import Example, Shown
from geosift.plugin.find.index_place import proposed_folder
from geosift.plugin.find.index_state import state_of
from geosift.plugin.find.question import GONE

pytestmark = pytest.mark.usefixtures("provider")

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The scene and its index, which no test changes."""
    folder = tmp_path_factory.mktemp("find")
    raster = write_scene(folder / "scene.tif")
    return raster, embed_scene(folder / "index", raster)


@pytest.fixture
def own_index(made: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A raster and its index that the test may spoil."""
    raster = tmp_path / "mine.tif"
    shutil.copyfile(made[0], raster)
    return raster, embed_scene(tmp_path / "index", raster)


@pytest.fixture
def interface(qgis_new_project: None, own: Path) -> Interface:
    return Interface()


def _run_is_over(hand: FindHand) -> None:
    wait_until(lambda: not hand.panel.index.growing.is_under_way)
    hand.wait()


def test_one_press_from_a_raster_layer_to_the_first_search(
    interface: Interface, tmp_path: Path
) -> None:
    raster = write_scene(tmp_path / "scene.tif")
    with find_on(interface, add_raster(raster), None, start=False) as hand:
        assert hand.page.index.path() == str(tmp_path / "scene_index"), "proposed beside it"
        assert "No index yet" in hand.page.index.about.text()
        assert hand.page.button.text() == "Add layer, start lookin&g"
        click(hand.page.button)
        QTest.mouseClick(hand.canvas.viewport(), LEFT, pos=hand.at(middle_of(blocks_of(WATER)[0])))
        assert hand.panel.pointing.is_on and len(hand.panel.pointing.shown.now) == 1
        _run_is_over(hand)
        assert hand.said() == ""
        assert "1 raster, 225 patches · Find and teach" in hand.page.index.about.text()
        assert hand.found() != () and hit_layers(), "what was clicked meanwhile is answered"
        assert not hand.page.index.add.isVisible(), "there is nothing to add any more"
        assert hand.page.button.text() == "Stop lookin&g"
    assert settings.find_index() == str(tmp_path / "scene_index")


def test_the_index_used_last_is_searched_again(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path
) -> None:
    raster, index = made
    settings.set_find_index(str(index))
    other = write_scene(tmp_path / "other.tif")
    with find_on(interface, add_raster(other), None, start=False) as hand:
        assert hand.page.index.path() == str(index)
        assert hand.page.index.add.isVisible() and hand.page.index.add.isEnabled()
        hand.interface.setActiveLayer(add_raster(raster))
        wait_until(lambda: hand.page.layer().source() == str(raster))
        assert not hand.page.index.add.isVisible()


def test_where_an_index_is_proposed(qgis_new_project: None, tmp_path: Path, own: Path) -> None:
    project = QgsProject.instance()
    raster = tmp_path / "far" / "scene.tif"
    raster.parent.mkdir()
    layer = QgsRasterLayer(str(write_scene(raster)), "scene")
    served = QgsRasterLayer(
        "type=xyz&url=https://localhost/{z}/{x}/{y}.png&zmax=18", "A map: nice", "wms"
    )
    assert proposed_folder(layer, project) == raster.with_name("scene_index")
    assert proposed_folder(served, project) == settings.profile_folder() / "indexes" / "A_map_nice"
    project.write(str(tmp_path / "mine.qgz"))
    assert proposed_folder(layer, project) == tmp_path / "mine_index"
    assert proposed_folder(served, project) == tmp_path / "mine_index"


@pytest.mark.parametrize("kind", ["archive", "geopackage"])
def test_a_raster_without_a_file_of_its_own_is_known_again(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path, kind: str
) -> None:
    """By the name GDAL has for it, and its index lies beside what holds it."""
    raster, holder = made[0], tmp_path / f"{kind}.zip"
    if kind == "archive":
        with zipfile.ZipFile(holder, "w") as archive:
            archive.write(raster, "scene.tif")
        name = f"/vsizip/{holder}/scene.tif"
    else:
        holder = holder.with_suffix(".gpkg")
        copy(raster, holder, driver="GPKG")
        name = f"GPKG:{holder}:{holder.stem}"
    layer = QgsRasterLayer(name, "scene")
    QgsProject.instance().addMapLayer(layer)
    assert proposed_folder(layer, QgsProject.instance()) == tmp_path / f"{kind}_index"
    with find_on(interface, layer, embed_scene(tmp_path / "index", name), start=False) as hand:
        assert not hand.panel.index.lacks_layer and not hand.page.index.add.isVisible()
        hand.page.index.set_path(str(tmp_path / "another"))
        hand.wait()
        assert hand.panel.index.lacks_layer
        click(hand.page.button)
        _run_is_over(hand)
        assert hand.said() == "" and not hand.panel.index.lacks_layer


def test_without_a_raster_one_is_asked_to_choose(interface: Interface) -> None:
    with open_dock(interface) as dock:
        dock.pages.turn_to(dock.find)
        wait_until(lambda: not dock.find.search.is_busy)
        assert "Choose a folder" in dock.find.page.index.about.text()


def test_a_raster_that_cannot_be_looked_at_leaves_the_others_searchable(
    own_index: tuple[Path, Path], tmp_path: Path
) -> None:
    _, index = own_index
    told = json.loads((index / "index.json").read_text(encoding="utf-8"))
    told["sources"][0]["file"]["path"] = str(tmp_path / ("a" * 300))  # no system can say of it
    (index / "index.json").write_text(json.dumps(told), encoding="utf-8")
    state = state_of(str(index))
    assert [each.state for each in state.rasters] == [GONE] and state.patches


def test_who_lets_go_of_an_index_does_not_open_it_again_for_pictures(
    interface: Interface, made: tuple[Path, Path]
) -> None:
    """A run may be exchanging its files, which Windows allows nobody while they are open."""
    raster, index = made
    with find_on(interface, add_raster(raster), index) as hand:
        search = hand.panel.search
        hand.click(middle_of(blocks_of(WATER)[0]))
        search.heat(str(raster), str(index.parent / "heat.tif"))
        search.prepare()
        search._hear(1, search.answer)  # its pictures are drawn again
        search.let_go()
        hand.wait()
        assert search._desk._finder is None


def test_nobody_opens_an_index_whose_files_are_exchanged(
    interface: Interface, own_index: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heat and a file to keep wait until it is renewed."""
    raster, index = own_index
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        offered = hand.page.heat, hand.page.keep
        assert all(each.isEnabled() for each in offered)
        click(hand.page.heat)
        hand.wait()
        write_raster(raster, scene(seed=9))
        hand.panel.search.look(str(index))
        hand.wait()
        asked: list[str] = []
        monkeypatch.setattr(Desk, "_written", lambda *given, **wanted: asked.append("opened"))
        click(hand.page.index.renew)
        assert hand.panel.index.growing.exchanges_files
        assert not any(each.isEnabled() for each in offered)
        other = add_raster(write_scene(raster.with_name("other.tif")))
        hand.page.layers.setLayer(other)
        hand.page.layers.setLayer(hand.layer)
        assert asked == []
        monkeypatch.undo()
        _run_is_over(hand)
        assert all(each.isEnabled() for each in offered)
        assert hand.panel.showing.layers.heat is not None, "it is drawn when that is over"


def test_a_growing_index_is_not_looked_through_again(
    made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every few seconds a thousand rasters on a slow disk: only those that are new."""
    other = write_scene(tmp_path / "other.tif")
    index = embed_scene(tmp_path / "index", made[0])
    looked: list[str] = []
    state = index_state._state
    monkeypatch.setattr(
        index_state, "_state", lambda each: (looked.append(each.file.path), state(each))[1]
    )
    desk = Desk()
    (first,) = desk.look(str(index), grows=True)
    embed_scene(index, other)
    (second,) = desk.look(str(index), grows=True)
    assert looked == [str(made[0]), str(other)]
    assert [each.path for each in second.rasters] == looked and second.rasters[0] in first.rasters
    (third,) = desk.look(str(index), grows=False)
    assert third == second and looked[2:] == [str(made[0]), str(other)]


def test_no_raster_stays_open_when_nobody_asks(
    interface: Interface, made: tuple[Path, Path]
) -> None:
    """Windows would let nobody replace it; what was found out is still known."""
    raster, index = made
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        desk = hand.panel.search._desk
        assert desk._finder._rasters._held
        known = desk._finder.index
        hand.panel.search._quiet.timeout.emit()
        hand.wait()
        assert not desk._finder._rasters._held and not desk._finder._network._views._held
        assert desk._finder.index is known
        hand.click(middle_of(blocks_of(FOREST)[0]))
        assert hand.said() == "" and len(hand.panel.pointing.shown.now) == 2
        assert hand.panel.search._quiet.isActive()


def test_heat_lies_over_the_raster_of_now(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path
) -> None:
    other = write_scene(tmp_path / "other.tif")
    index = embed_scene(tmp_path / "index", made[0], other)
    layers = [add_raster(made[0]), add_raster(other)]
    with find_on(interface, layers[0], index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        click(hand.page.heat)
        hand.wait()
        first = hand.panel.showing.layers.heat.name()
        hand.page.layers.setLayer(layers[1])
        hand.wait()
        second = hand.panel.showing.layers.heat.name()
        assert (first, second) == tuple(f"{each.name()}, likeness" for each in layers)
        heat = hand.panel.showing.layers.heat
        hand.page.layers.setLayer(heat)
        hand.wait()
        assert hand.panel.showing.layers.heat == heat, "looking at it does not take it away"
        results = [each for each in QgsProject.instance().mapLayers().values()
                   if "likeness" in each.name()]  # fmt: skip
        assert len(results) == 1


def test_a_changed_raster_is_told_and_renewed(
    interface: Interface, own_index: tuple[Path, Path]
) -> None:
    raster, index = own_index
    write_raster(raster, scene()[:, ::-1])
    with find_on(interface, add_raster(raster), index) as hand:
        assert "Changed since: mine.tif." in hand.page.index.about.text()
        hand.click(middle_of(blocks_of(WATER)[0]))
        assert hand.found() and "without pictures" in hand.said()
        click(hand.page.index.renew)
        _run_is_over(hand)
        assert "Changed" not in hand.page.index.about.text()
        assert not hand.page.index.renew.isVisible()
        hand.click(middle_of(blocks_of(SAND)[0]))
        assert hand.said() == "" and hand.page.strip.count()


def test_a_raster_that_is_gone_is_found_in_without_pictures(
    interface: Interface, own_index: tuple[Path, Path], made: tuple[Path, Path]
) -> None:
    raster, index = own_index
    raster.unlink()
    with find_on(interface, add_raster(made[0]), index) as hand:
        assert "No longer there: mine.tif" in hand.page.index.about.text()
        hand.click(middle_of(blocks_of(WATER)[0]))
        assert hand.found_grounds()[0] == WATER
        assert "mine.tif" in hand.said()


def test_a_click_outside_the_index_is_no_example(
    interface: Interface, made: tuple[Path, Path]
) -> None:
    raster, index = made
    with find_on(interface, add_raster(raster), index) as hand:
        hand.canvas.setExtent(hand.layer.extent().buffered(300))
        hand.click(middle_of(blocks_of(WATER)[0]))
        before = [each.patch for each in hand.found()]
        hand.click(middle_of((-3, -3)))
        assert is_one_sentence(hand.said()) and "No patch" in hand.said()
        assert len(hand.panel.pointing.shown.now) == 1
        assert [each.patch for each in hand.found()] == before, "what was found is still there"


def test_an_index_that_goes_away_is_told(
    interface: Interface, own_index: tuple[Path, Path]
) -> None:
    raster, index = own_index
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        shutil.rmtree(index)
        hand.click(middle_of(blocks_of(SAND)[0]))
        assert is_one_sentence(hand.said()) and "is no index" in hand.said()
        assert len(hand.panel.pointing.shown.now) == 2, "examples are kept"
        assert hand.found() == ()


def test_a_folder_that_is_no_index_is_told(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "index.json").write_text("{}", encoding="utf-8")
    with find_on(interface, add_raster(made[0]), tmp_path, start=False) as hand:
        assert is_one_sentence(hand.page.index.about.text())
        assert "no description of an index" in hand.page.index.about.text()


def test_two_at_one_index(
    interface: Interface, own_index: tuple[Path, Path], tmp_path: Path
) -> None:
    _, index = own_index
    other = write_scene(tmp_path / "other.tif")
    with find_on(interface, add_raster(other), index, start=False) as hand, locked(index):
        click(hand.page.index.add)
        _run_is_over(hand)
        assert "being changed by another run" in hand.said()
        assert is_one_sentence(hand.said())
        assert hand.page.index.add.isEnabled(), "one may try again"


def test_a_map_without_crs_is_taken_for_the_layers(
    interface: Interface, made: tuple[Path, Path]
) -> None:
    raster, index = made
    with find_on(interface, add_raster(raster), index) as hand:
        hand.canvas.setDestinationCrs(QgsCoordinateReferenceSystem())
        hand.click(middle_of(blocks_of(WATER)[0]))
        assert hand.found()[0].patch[1:] == blocks_of(WATER)[0]
        QgsProject.instance().removeMapLayer(hand.layer.id())
        wait_until(lambda: hand.page.layer() is None)
        QTest.mouseClick(hand.canvas.viewport(), LEFT)
        assert "The map has no CRS" in hand.said()


def test_a_photograph_that_lies_nowhere(interface: Interface, tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "photo.tif", scene(), crs=None, transform=None)
    index = embed_scene(tmp_path / "index", raster)
    layer = QgsRasterLayer(str(raster), "photo")
    layer.setCrs(QgsCoordinateReferenceSystem())
    QgsProject.instance().addMapLayer(layer)
    with find_on(interface, layer, index, crs="") as hand:
        row, col = blocks_of(WATER)[1]
        hand.click(QgsPointXY(64 * col + 32, -64 * row - 32))
        assert hand.said() == "" and hand.found()[0].patch[1:] == (row, col)
        (found,) = hit_layers()
        assert not found.crs().isValid() and found.extent().intersects(layer.extent())


def test_another_index_begins_anew(
    interface: Interface, made: tuple[Path, Path], own_index: tuple[Path, Path]
) -> None:
    raster, index = made
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(WATER)[0]))
        hand.page.index.set_path(str(own_index[1]))
        hand.wait()
        assert hand.panel.pointing.shown.now == () and hand.page.strip.count() == 0
        hand.click(middle_of(blocks_of(FOREST)[0]))
        assert {Path(each.patch[0]).name for each in hand.found()} == {"mine.tif"}


def test_a_raster_beside_the_index_has_no_heat(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path
) -> None:
    other = write_scene(tmp_path / "other.tif")
    with find_on(interface, add_raster(other), made[1], start=False) as hand:
        hand.panel.pointing.switch.turn_on()
        hand.click(middle_of(blocks_of(WATER)[0]))
        click(hand.page.heat)
        hand.wait()
        assert "no raster is called" in hand.said() and not hand.page.heat.isChecked()


def test_an_example_may_come_before_the_index(
    interface: Interface, made: tuple[Path, Path], tmp_path: Path
) -> None:
    """It waits for the run to come to it, and is told where it never does."""
    raster = write_scene(tmp_path / "scene.tif")
    with find_on(interface, add_raster(raster), None, start=False) as hand:
        hand.panel.pointing.switch.turn_on()
        hand.click(middle_of(blocks_of(WATER)[0]))
        assert hand.said() == "" and "add a layer" in hand.page.status.text()
        hand.canvas.setExtent(hand.layer.extent().buffered(300))
        hand.click(middle_of((-3, -3)))
        click(hand.page.index.add)
        hand.wait()
        assert len(hand.panel.pointing.shown.now) == 2
        _run_is_over(hand)
        hand.wait()
        assert len(hand.panel.pointing.shown.now) == 1 and "No patch" in hand.said()
        assert hand.found()[0].score > 0.9, "the other example is looked for"


# The worker


def test_of_a_kind_only_the_newest_errand_is_told(qgis_app: object) -> None:
    told: list[tuple[int, object]] = []
    closed: list[bool] = []
    go_on = threading.Event()

    def slow(name: str) -> Iterator[str]:
        go_on.wait(10)
        yield name

    def many() -> Iterator[int]:
        for number in range(5):
            time.sleep(0.01)
            yield number

    errands = Errands(lambda: closed.append(True))
    errands.told.connect(lambda kind, what: told.append((kind, what)))
    errands.send(1, slow("stale"))
    QTest.qWait(50)
    errands.send(1, slow("new"))
    errands.send(2, many())
    go_on.set()
    wait_until(lambda: not errands.is_busy)
    QTest.qWait(10)
    assert told == [(1, "new"), *((2, number) for number in range(5))]
    errands.send(2, many())
    errands.send(1, iter([ValueError("wrong")]))
    errands.send(3, (1 / 0 for _ in range(1)))
    wait_until(lambda: not errands.is_busy)
    QTest.qWait(10)
    assert isinstance(told[-1][1], ZeroDivisionError), "what is raised is told as the last word"
    assert errands.stop(5.0) and closed == [True]


def test_ten_thousand_patches_answer_at_once(
    interface: Interface, tmp_path: Path, made: tuple[Path, Path]
) -> None:
    """A click that refines: from the mouse's release to the layer, pictures not counted."""
    raster, _ = made
    index = dense_index(tmp_path / "index", raster, step=4)
    assert Index.open(index).info.rows > 10_000
    with find_on(interface, add_raster(raster), index) as hand:
        hand.click(middle_of(blocks_of(SAND)[0]))
        began = len(hand.panel.pointing.shown.now)
        start = time.process_time()
        QTest.mouseClick(hand.canvas.viewport(), LEFT, pos=hand.at(middle_of(blocks_of(WATER)[0])))
        wait_until(lambda: not hand.panel.search.is_asking and hand.panel.search.answer is not None)
        assert len(hand.panel.pointing.shown.now) == began + 1
        assert time.process_time() - start < 0.6, "of all threads; 0.3 s are promised on two cores"


# Examples and their history


def test_every_step_of_examples_can_be_taken_back() -> None:
    shown = Shown()
    one, two, three = (Example.of_place((x, 0.0), good=x < 2) for x in (0.0, 1.0, 2.0))
    states = [shown.now]
    for step in (
        lambda: shown.add([one, two]),
        lambda: shown.add([two, three]),
        lambda: shown.remove([0]),
        lambda: shown.remove([0, 1]),
    ):
        step()
        states.append(shown.now)
    assert states[2] == (one, two, three), "what is there is not added again"
    shown.add([])
    shown.remove([9])
    for state in reversed(states[:-1]):
        shown.undo()
        assert shown.now == state
    assert not shown.can_undo
    shown.add([one])
    shown.add([two])
    shown.forget([one])
    assert shown.now == (two,)
    shown.undo()
    assert shown.now == () and not shown.can_undo
