# SPDX-License-Identifier: GPL-2.0-or-later
"""Models of a list, fetched through the dialog: installed and used, or refused in a sentence."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import networks
import pytest
from dock_helpers import click
from file_server import FileServer, serving
from plugin_helpers import wait_until
from qgis.PyQt.QtCore import QLockFile, Qt
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.cards.registry import Registry
from geosift.plugin import settings
from geosift.plugin.model_manager.dialog import ModelManager
from geosift.plugin.registry import fetch_model as fetching
from geosift.plugin.registry.fetch_model import fetch_model
from geosift.plugin.registry.place import BUNDLED, read_registry, registry_address
from geosift.plugin.registry.troubles import FetchError
from geosift.plugin.widgets.model_combo import ModelCombo

pytestmark = pytest.mark.usefixtures("qgis_app")


@pytest.fixture
def made(tmp_path: Path) -> ModelCard:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return networks.smooth(folder, tile=64, halo=16, ring=8, fade=8)


def entry(card: ModelCard, **changes: Any) -> dict[str, Any]:
    """The model as a list names it."""
    files = [
        {
            "name": path.name,
            "url": path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in (card.path, card.path.with_suffix(".json"))
    ]
    known = {"id": "roofs", "name": "Roofs & <i>more</i>", "kind": card.kind, "licence": "MIT"}
    return {**known, "description": "Finds roofs.", "files": files, **changes}


def document(*entries: dict[str, Any]) -> bytes:
    return json.dumps({"schema": 1, "models": entries}).encode()


@pytest.fixture
def server(made: ModelCard) -> Iterator[FileServer]:
    files = {path.name: path.read_bytes() for path in made.path.parent.iterdir()}
    with serving({**files, "registry.json": document(entry(made))}) as behaviour:
        yield behaviour


@pytest.fixture
def manager(own: Path, server: FileServer) -> Iterator[ModelManager]:
    """On the page of what can be fetched, with the list of the server."""
    settings.set_registry_place(server.url("registry.json"))
    dialog = ModelManager(None)
    dialog.show()
    dialog.pages.setCurrentIndex(1)
    idle(dialog)
    yield dialog
    dialog.reject()
    dialog.deleteLater()
    QApplication.processEvents()


def idle(manager: ModelManager) -> None:
    wait_until(lambda: not manager.activity.is_busy)


def rows(manager: ModelManager) -> list[list[str]]:
    table = manager.fetch.table
    return [
        [table.topLevelItem(row).text(column) for column in range(table.columnCount())]
        for row in range(table.topLevelItemCount())
    ]


def test_what_can_be_fetched_is_listed(manager: ModelManager, made: ModelCard) -> None:
    ((name, kind, size, licence, state),) = rows(manager)
    assert (name, kind, licence) == ("Roofs & <i>more</i>", "Segmentation", "MIT")
    assert size.endswith("kB")
    assert state == "can be fetched"
    text = manager.fetch.details.toPlainText()
    assert "Finds roofs." in text
    assert made.sha256 in text
    assert "1 model can be fetched." in manager.fetch.words.text()


def test_a_model_is_fetched_and_can_be_chosen(
    manager: ModelManager, own: Path, made: ModelCard
) -> None:
    combo = ModelCombo("segmentation")
    click(manager.fetch.fetch_button)
    idle(manager)
    assert "Fetched, verified and installed: Smooth." in manager.words.text()
    assert rows(manager)[0][-1] == "installed"
    assert not manager.fetch.fetch_button.isEnabled()
    card = Catalog(own).find("smooth")
    assert card.path == own / "roofs" / "smooth.onnx"
    assert card.path.read_bytes() == made.path.read_bytes()
    assert list((own / ".fetched").iterdir()) == []
    combo.set_value("smooth")
    assert combo.card() == card


def test_cancelling_keeps_what_came_for_another_time(
    manager: ModelManager, own: Path, server: FileServer, made: ModelCard
) -> None:
    server.slow, server.piece = 0.2, 500
    click(manager.fetch.fetch_button)
    wait_until(lambda: manager.activity.bar.maximum() > 0)
    assert not manager.fetch.browse.isEnabled(), "another list is another piece of work"
    click(manager.activity.cancel)
    idle(manager)
    assert manager.fetch.browse.isEnabled()
    assert "Cancelled" in manager.notice.label.text()
    (part,) = (own / ".fetched").iterdir()
    kept = part.stat().st_size
    assert 0 < kept < made.bytes
    server.slow = 0.0
    click(manager.fetch.fetch_button)
    idle(manager)
    assert (own / "roofs").is_dir(), manager.notice.label.text()
    assert f"bytes={kept}-" in [wish for _, wish in server.asked]


def test_closing_while_it_is_fetched_leaves_nothing_half_done(
    manager: ModelManager, own: Path, server: FileServer
) -> None:
    server.slow, server.piece = 0.2, 500
    click(manager.fetch.fetch_button)
    wait_until(lambda: manager.activity.bar.maximum() > 0)
    manager.reject()
    assert not manager.isVisible()
    assert [path.name for path in own.iterdir() if not path.name.startswith(".")] == []


def test_another_file_than_the_list_says_is_refused(
    manager: ModelManager, own: Path, server: FileServer
) -> None:
    content = server.files["smooth.onnx"]
    server.files["smooth.onnx"] = content[::-1]
    click(manager.fetch.fetch_button)
    idle(manager)
    assert "another SHA-256" in manager.notice.label.text()
    assert not (own / "roofs").exists()
    assert rows(manager)[0][-1] == "can be fetched"


def test_a_model_that_cannot_be_used_is_not_installed(
    manager: ModelManager, own: Path, server: FileServer, made: ModelCard
) -> None:
    """Though every file is the one the list describes."""
    made.path.with_suffix(".json").write_text("{}")
    server.files["smooth.json"] = b"{}"
    server.files["registry.json"] = document(entry(made))
    click(manager.fetch.load_button)
    idle(manager)
    click(manager.fetch.fetch_button)
    idle(manager)
    assert "smooth.json" in manager.notice.label.text()
    assert not (own / "roofs").exists()


def test_offline_is_said_in_a_sentence(manager: ModelManager) -> None:
    place = manager.fetch.place
    place.clear()
    QTest.keyClicks(place, "http://no-such-host.invalid/registry.json")
    QTest.keyClick(place, Qt.Key.Key_Return)
    idle(manager)
    assert manager.isVisible(), "Enter does not close the dialog"
    assert "no-such-host.invalid cannot be reached" in manager.notice.label.text()
    assert rows(manager) == []
    assert not manager.fetch.fetch_button.isEnabled()


def test_a_page_instead_of_the_list_is_said(manager: ModelManager, server: FileServer) -> None:
    server.files["registry.json"] = b"<html>Please log in</html>"
    click(manager.fetch.load_button)
    idle(manager)
    assert "is not one GeoSift can read" in manager.notice.label.text()


def test_entries_that_are_left_out_are_said(
    manager: ModelManager, server: FileServer, made: ModelCard
) -> None:
    server.files["registry.json"] = document(entry(made, licence=""), entry(made, id="other"))
    click(manager.fetch.load_button)
    idle(manager)
    assert len(rows(manager)) == 1
    assert "licence" in manager.fetch.words.text()


def test_the_address_is_remembered(manager: ModelManager, server: FileServer) -> None:
    assert settings.registry_place() == server.url("registry.json")
    manager.fetch.place.clear()
    click(manager.fetch.load_button)
    idle(manager)
    assert settings.registry_place() == ""
    assert "own list is empty" in manager.fetch.words.text()


def test_a_list_in_a_folder_of_files_needs_no_network(own: Path, made: ModelCard) -> None:
    """As on a share of an organisation: the list, and the models beside it."""
    path = made.path.with_name("our models.json")
    path.write_bytes(document(entry(made)))
    for place in (str(path), path.as_uri()):
        registry = read_registry(place, is_cancelled=lambda: False)
        (model,) = registry.models
        assert registry.broken == ()
        assert model.files[0].url == made.path.as_uri()
        card = fetch_model(model, own, progress=print, is_cancelled=lambda: False)
        assert card.sha256 == made.sha256
        shutil.rmtree(own)


def test_the_bundled_list_is_read_where_none_is_set() -> None:
    assert registry_address("") == BUNDLED.as_uri()
    assert isinstance(read_registry("", is_cancelled=lambda: False), Registry)


def test_a_list_without_end_is_refused(server: FileServer) -> None:
    server.files["registry.json"], server.says_length = b" " * 9_000_000, False
    with pytest.raises(FetchError, match="too large"):
        read_registry(server.url("registry.json"), is_cancelled=lambda: False)


def listed_model(server: FileServer):
    (model,) = read_registry(server.url("registry.json"), is_cancelled=lambda: False).models
    return model


def test_progress_counts_all_files(server: FileServer, own: Path) -> None:
    told: list[float] = []
    fetch_model(listed_model(server), own, progress=told.append, is_cancelled=lambda: False)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(100)


def test_two_windows_do_not_fetch_at_once(server: FileServer, own: Path) -> None:
    model = listed_model(server)
    own.mkdir()
    lock = QLockFile(str(own / ".fetched.lock"))
    assert lock.tryLock(0)
    try:
        with pytest.raises(FetchError, match="Another window"):
            fetch_model(model, own, progress=print, is_cancelled=lambda: False)
    finally:
        lock.unlock()
    fetch_model(model, own, progress=print, is_cancelled=lambda: False)


def test_a_full_disk_is_said_before_the_first_byte(
    server: FileServer, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = listed_model(server)
    usage = shutil.disk_usage(own.parent)._replace(free=10)
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _place: usage)
    asked = len(server.asked)
    with pytest.raises(FetchError, match="make room"):
        fetch_model(model, own, progress=print, is_cancelled=lambda: False)
    assert len(server.asked) == asked


def test_what_was_given_up_a_month_ago_is_deleted(server: FileServer, own: Path) -> None:
    cache = own / ".fetched"
    cache.mkdir(parents=True)
    for name, days in (("old.part", 40), ("new.part", 4)):
        (cache / name).write_bytes(b"x")
        then = time.time() - days * 24 * 3600
        os.utime(cache / name, (then, then))
    fetch_model(listed_model(server), own, progress=print, is_cancelled=lambda: False)
    assert [path.name for path in cache.iterdir()] == ["new.part"]
