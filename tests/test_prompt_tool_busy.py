# SPDX-License-Identifier: GPL-2.0-or-later
"""The tool while things go on: the map never waits, nothing piles up, what goes away is told."""

from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dock_helpers import Interface
from plugin_helpers import add_raster, wait_until
from prompt_hand import (
    FIELD,
    HOUSE,
    LEFT,
    POOL,
    Hand,
    hand_on,
    iou,
    middle,
    on_map,
    truth,
    write_scene,
)
from qgis.core import QgsApplication, QgsProject, QgsTask
from qgis.PyQt.QtCore import QCoreApplication, QEvent
from qgis.PyQt.QtTest import QTest

from geosift.inference.errors import Cancelled, ModelError
from geosift.inference.prompt.cutter import Cutter
from geosift.plugin import settings
from geosift.plugin.prompt import answers, opening

pytestmark = pytest.mark.usefixtures("provider")


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Encoding ahead waits until it is set, or until the task is cancelled."""
    event, original = threading.Event(), Cutter.encode_ahead

    def slow(self: Cutter, window: Any, cancelled: Any = lambda: False) -> None:
        while not event.wait(0.01):
            if cancelled():
                raise Cancelled("Cancelled.")
        original(self, window, cancelled)

    monkeypatch.setattr(Cutter, "encode_ahead", slow)
    yield event
    event.set()


@pytest.fixture
def slow_hand(
    gate: threading.Event, qgis_new_project: None, tmp_path: Path, prompt_model: str
) -> Iterator[Hand]:
    """The tool while the view is being encoded."""
    layer = add_raster(write_scene(tmp_path))
    with hand_on(Interface(), layer, prompt_model, wait=False) as made:
        wait_until(lambda: made.controller.look_ahead.is_encoding)
        yield made


# Nothing waits, nothing piles up


def test_the_map_goes_on_while_the_view_is_encoded(slow_hand: Hand, gate) -> None:
    assert "Looking at the view" in slow_hand.dock.prompt.page.status.text()
    assert slow_hand.dock.prompt.page.busy.isVisible()
    assert _longest_pause(0.5) < 0.2
    gate.set()
    slow_hand.wait_for_view()
    assert "Ready" in slow_hand.dock.prompt.page.status.text()
    assert not slow_hand.dock.prompt.page.busy.isVisible()


def test_qgis_may_quit_while_the_view_is_encoded(slow_hand: Hand) -> None:
    """It asks first where a task has not said that it need not."""
    (task,) = QgsApplication.taskManager().activeTasks()
    assert task.flags() & QgsTask.Flag.CancelWithoutPrompt
    assert task.flags() & QgsTask.Flag.CanCancel


def test_a_click_need_not_wait_for_the_view(slow_hand: Hand) -> None:
    slow_hand.click_and_wait(middle(HOUSE))
    assert iou(slow_hand.drawn(), truth(HOUSE)) > 0.95


def test_one_view_is_encoded_at_a_time(slow_hand: Hand, gate) -> None:
    """What a moved map makes pointless is cancelled, and the newest view comes next."""
    begun: list[object] = []
    slow_hand.controller.look_ahead.began.connect(lambda: begun.append(1))
    for _ in range(5):
        slow_hand.canvas.setCenter(on_map(300, 410 + 10 * len(begun)))
        QTest.qWait(300)
        assert QgsApplication.taskManager().countActiveTasks() <= 1
    gate.set()
    slow_hand.wait_for_view()
    assert len(begun) == 5


def test_hovering_is_answered_often_and_never_piles_up(hand: Hand, monkeypatch) -> None:
    """Of two hundred moves a second the newest are answered, as fast as the network can."""
    alone = min(_seconds_of_a_hover(hand, step) for step in range(5))
    asked, answered, original = [], [], Cutter.cut
    monkeypatch.setattr(
        Cutter, "cut", lambda *given, **how: (asked.append(1), original(*given, **how))[1]
    )
    hand.controller.answerer.answered.connect(lambda each: answered.append(each.request.number))
    start, step = time.monotonic(), 0
    while time.monotonic() - start < 1.5:
        step += 1
        hand.move(on_map(110 + step % 60, 130 + step % 100))
        QCoreApplication.processEvents()
        time.sleep(0.005)
    rate = len(answered) / (time.monotonic() - start)
    hand.move(middle(POOL))
    wait_until(lambda: iou(hand.hovered(), truth(POOL)) > 0.95, seconds=10 * alone + 1)
    assert rate > 0.25 / alone
    assert len(asked) < step, "moves that came too fast were left out"
    assert answered == sorted(answered)


def _seconds_of_a_hover(hand: Hand, step: int) -> float:
    """How long one outline under the pointer takes, from the move to the map."""
    answered: list[object] = []
    hand.controller.answerer.answered.connect(answered.append)
    start = time.monotonic()
    hand.move(on_map(130 + step, 150))
    while not answered:
        QCoreApplication.processEvents()
    hand.controller.answerer.answered.disconnect(answered.append)
    return time.monotonic() - start


def test_a_click_does_not_wait_for_all_of_a_hover(hand: Hand, monkeypatch) -> None:
    begun, clicked, closer = threading.Event(), threading.Event(), []
    ask, look_closer = Cutter._ask, Cutter._look_closer

    def slow(self: Cutter, *given: Any, only_ready: bool) -> Any:
        if only_ready:
            begun.set()
            clicked.wait(5)
        return ask(self, *given, only_ready=only_ready)

    def counted(self: Cutter, *given: Any, only_ready: bool) -> Any:
        closer.append(only_ready)
        return look_closer(self, *given, only_ready=only_ready)

    monkeypatch.setattr(Cutter, "_ask", slow)
    monkeypatch.setattr(Cutter, "_look_closer", counted)
    hand.move(middle(POOL))
    wait_until(begun.is_set)
    hand.click(middle(HOUSE))
    clicked.set()
    hand.wait()
    assert closer == [False]
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95


def test_stale_answers_are_dropped(hand: Hand, monkeypatch) -> None:
    original = answers.answers
    monkeypatch.setattr(answers, "answers", lambda *given: (time.sleep(0.1), original(*given))[1])
    hand.click(middle(HOUSE))
    QTest.qWait(30)
    hand.key(*_clear())
    hand.click(middle(POOL))
    hand.wait()
    QTest.qWait(250)
    assert iou(hand.drawn(), truth(POOL)) > 0.95
    assert len(hand.controller.cutting.in_hand.pointed.clicks) == 1


def _clear() -> tuple[Any]:
    from qgis.PyQt.QtCore import Qt

    return (Qt.Key.Key_C,)


def test_leaving_waits_for_no_raster_that_opens_slowly(
    qgis_new_project, tmp_path: Path, prompt_model: str, monkeypatch
) -> None:
    """And what was opened in vain is let go of."""
    held, begun, original = threading.Event(), threading.Event(), opening.open_raster
    monkeypatch.setattr(
        opening,
        "open_raster",
        lambda *given: (begun.set(), held.wait(5), original(*given))[2],
    )
    layer = add_raster(write_scene(tmp_path))
    with hand_on(Interface(), layer, prompt_model, wait=False) as hand:
        wait_until(begun.is_set)
        start = time.monotonic()
        hand.controller.leave()
        assert time.monotonic() - start < 2
        held.set()
        wait_until(lambda: not hand.controller.look_ahead.is_busy)
        assert len(hand.controller.bench._rasters._kept) == 0


def test_the_view_of_a_layer_left_meanwhile_is_not_pointed_at(
    slow_hand: Hand, gate, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = add_raster(write_scene(tmp_path / "other"), "other")
    controller, seen = slow_hand.controller, []
    controller.look_ahead.ended.connect(lambda _task: seen.append(controller.cutting.hover_site))
    slow_hand.dock.prompt.page.layers.setLayer(other)
    gate.set()
    slow_hand.wait_for_view()
    assert [each.layer_id for each in seen if each is not None] == [other.id()]


def test_what_was_looked_at_is_remembered(hand: Hand, monkeypatch) -> None:
    encoded: list[int] = []
    original = Cutter.encode_ahead
    monkeypatch.setattr(
        Cutter,
        "encode_ahead",
        lambda self, window, cancelled: (
            encoded.append(not self.is_ready(window)), original(self, window, cancelled)
        ),
    )  # fmt: skip
    before = hand.canvas.extent()
    hand.canvas.zoomByFactor(0.5)
    hand.wait_for_view()
    hand.canvas.setExtent(before)
    hand.wait_for_view()
    assert encoded[-1] is False, "coming back needs no encoding"


def test_the_cache_is_as_large_as_set(qgis_new_project, tmp_path, prompt_model) -> None:
    settings.set_prompt_cache_mb(17)
    try:
        with hand_on(Interface(), add_raster(write_scene(tmp_path)), prompt_model) as hand:
            assert hand.controller.bench.cache.limit_bytes == 17 * 2**20
            settings.set_prompt_cache_mb(18)
            hand.controller.leave()
            hand.controller.start()
            hand.wait_for_view()
            assert hand.controller.bench.cache.limit_bytes == 18 * 2**20, "as soon as it is on"
    finally:
        settings.set_prompt_cache_mb(settings.DEFAULT_PROMPT_CACHE_MB)


# What goes away


def test_a_layer_removed_while_its_view_is_encoded(slow_hand: Hand, gate) -> None:
    QgsProject.instance().removeMapLayer(slow_hand.layer.id())
    gate.set()
    slow_hand.wait_for_view()
    QTest.qWait(100)
    (words,) = slow_hand.warnings()
    assert words == "The layer 'scene' was removed: choose another raster to cut from."
    slow_hand.canvas.setCenter(on_map(300, 420))
    QTest.qWait(400)
    assert len(slow_hand.warnings()) <= 2


def test_a_layer_removed_with_an_outline_in_hand(hand: Hand, tmp_path) -> None:
    hand.click_and_wait(middle(HOUSE))
    hand.click(middle(POOL))
    QgsProject.instance().removeMapLayer(hand.layer.id())
    QTest.qWait(200)
    assert hand.drawn_raw().isEmpty()
    assert any("was removed" in words for words in hand.warnings())
    (tmp_path / "other").mkdir()
    hand.layer = add_raster(write_scene(tmp_path / "other"), "other")
    hand.interface.setActiveLayer(hand.layer)
    wait_until(lambda: hand.dock.prompt.page.layer() == hand.layer)
    hand.wait_for_view()
    hand.click_and_wait(middle(FIELD))
    assert iou(hand.drawn(), truth(FIELD)) > 0.95, "the tool stays usable"


def test_the_target_layer_removed(hand: Hand) -> None:
    """The next outline opens the file again."""
    from qgis.PyQt.QtCore import Qt

    for _ in range(2):
        hand.click_and_wait(middle(HOUSE))
        hand.key(Qt.Key.Key_S)
        (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
        assert layer.commitChanges()
        QgsProject.instance().removeMapLayer(layer.id())
    hand.click_and_wait(middle(HOUSE))
    hand.key(Qt.Key.Key_S)
    (layer,) = QgsProject.instance().mapLayersByName("scene, outlines")
    assert layer.featureCount() == 3
    layer.rollBack()
    assert hand.warnings() == []


def test_a_network_that_fails_is_told_and_the_tool_stays_usable(hand: Hand, monkeypatch) -> None:
    def fails(*_given: Any, **_options: Any) -> None:
        raise ModelError("The network 'pair' failed (broken); fetch the model again.")

    with monkeypatch.context() as patch:
        patch.setattr(Cutter, "cut", fails)
        hand.click_and_wait(middle(HOUSE))
    assert hand.warnings() == ["The network 'pair' failed (broken); fetch the model again."]
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95


def test_a_bug_is_shown_by_qgis_and_the_tool_stays_usable(
    hand: Hand, monkeypatch, capture_errors
) -> None:
    def fails(*_given: Any, **_options: Any) -> None:
        raise KeyError("a bug of ours")

    with monkeypatch.context() as patch:
        patch.setattr(Cutter, "cut", fails)
        hand.click_and_wait(middle(HOUSE))
        QTest.qWait(50)
    assert capture_errors == ["KeyError: 'a bug of ours'"]
    hand.click_and_wait(middle(HOUSE))
    assert iou(hand.drawn(), truth(HOUSE)) > 0.95


@pytest.fixture
def capture_errors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Python tells QGIS was raised in a slot; kept as words, since errors keep widgets."""
    caught: list[str] = []
    monkeypatch.setattr(
        sys, "excepthook", lambda kind, error, trace: caught.append(f"{kind.__name__}: {error}")
    )
    return caught


def test_closing_the_panel_lets_go_of_what_was_remembered(
    qgis_new_project, tmp_path: Path, prompt_model: str
) -> None:
    interface = Interface()
    with hand_on(interface, add_raster(write_scene(tmp_path)), prompt_model) as hand:
        hand.click_and_wait(middle(HOUSE))
        assert interface.status_bar.currentMessage() != ""
        cache = weakref.ref(hand.controller.bench.cache)
    assert interface.status_bar.currentMessage() == ""
    del hand
    for _ in range(3):  # the panel, then what was connected to it
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QCoreApplication.processEvents()
    gc.collect()
    assert cache() is None


def test_closing_the_panel_while_everything_goes_on(
    gate, qgis_new_project, tmp_path: Path, prompt_model: str
) -> None:
    layer = add_raster(write_scene(tmp_path))
    interface = Interface()
    with hand_on(interface, layer, prompt_model, wait=False) as hand:
        hand.click(middle(HOUSE))
        answerer = hand.controller.answerer
    assert answerer.isFinished() or not answerer.isRunning()
    assert interface.canvas.mapTool() is None
    QCoreApplication.processEvents()


def test_an_answer_that_does_not_end_does_not_hold_up_closing(
    qgis_new_project, tmp_path: Path, prompt_model: str, monkeypatch
) -> None:
    """Qt would end the process if the thread were deleted while it runs."""
    held, original = threading.Event(), Cutter.cut
    monkeypatch.setattr("geosift.plugin.prompt.controller._LEAVE_SECONDS", 0.05)
    monkeypatch.setattr(
        Cutter, "cut", lambda *given, **how: (held.wait(10), original(*given, **how))[1]
    )
    with hand_on(Interface(), add_raster(write_scene(tmp_path)), prompt_model) as hand:
        hand.click(middle(HOUSE))
        QTest.qWait(50)
        answerer = hand.controller.answerer
    assert answerer in answers._LATE
    held.set()
    wait_until(lambda: answerer not in answers._LATE)


def test_missing_packages_are_offered(hand: Hand, monkeypatch) -> None:
    from geosift.plugin.prompt import panel

    QTest.mouseClick(hand.dock.prompt.page.button, LEFT)
    offered: list[object] = []
    monkeypatch.setattr(
        panel, "offer_missing_packages", lambda parent: bool(offered.append(parent))
    )
    QTest.mouseClick(hand.dock.prompt.page.button, LEFT)
    assert offered == [hand.dock.prompt]
    assert not hand.controller.is_on


def _longest_pause(seconds: float) -> float:
    """The longest time Qt's events had to wait."""
    longest, last = 0.0, time.monotonic()
    end = last + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents()
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        time.sleep(0.002)
    return longest
