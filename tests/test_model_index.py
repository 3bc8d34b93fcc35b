# SPDX-License-Identifier: GPL-2.0-or-later
"""The index of a model folder: nothing is opened twice, and nothing in it is trusted."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import networks
import pytest
from foreign_networks import save

from geosift.inference.cards import model_index
from geosift.inference.cards.catalog import Catalog
from geosift.inference.cards.model_index import NAME, listed
from geosift.inference.foreign.reading import cards_in

_PLANES = {"o": ("n", 3, 512, 512)}
_ZOO = {"model_type": '"Segmentor"'}


def _age(folder: Path, seconds: float = 60.0) -> None:
    """Make every file look older, as it is by the time it is listed again."""
    then = time.time() - seconds
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A card, a network of the zoo and a bare one, a folder with another, all of them old."""
    networks.smooth(tmp_path)
    save(tmp_path, "zoo", _PLANES, metadata=_ZOO)
    save(tmp_path, "bare", _PLANES)
    (tmp_path / "sub").mkdir()
    save(tmp_path / "sub", "other", _PLANES, metadata=_ZOO)
    _age(tmp_path)
    return tmp_path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The places that were looked through, and not taken from the index."""
    seen: list[Path] = []
    whole = model_index.cards_at

    def watched(place: Path) -> Any:
        seen.append(place)
        return whole(place)

    monkeypatch.setattr(model_index, "cards_at", watched)
    return seen


def test_a_folder_that_is_not_ours_to_read_hides_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.iterdir

    def barred(path: Path) -> Any:
        if path.name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path)

    monkeypatch.setattr(Path, "iterdir", barred)
    cards, sentences = listed(folder)
    assert {card.path.name for card in cards} >= {"smooth.onnx", "zoo.onnx"}
    assert any("sub cannot be read" in sentence for sentence in sentences)


def test_listed_again_it_is_the_same_and_nothing_is_read(folder: Path, read: list[Path]) -> None:
    first = listed(folder)
    assert first == cards_in(folder)
    assert read == [folder, folder / "sub"]
    assert {card.id for card in first[0]} == {"smooth", "zoo", "other"}
    assert listed(folder) == first
    assert read == [folder, folder / "sub"]


def test_what_changed_is_read_again(folder: Path, read: list[Path]) -> None:
    listed(folder)
    read.clear()
    save(folder / "sub", "more", _PLANES, metadata=_ZOO)
    assert {card.id for card in listed(folder)[0]} == {"smooth", "zoo", "other", "more"}
    assert read == [folder / "sub"]
    read.clear()
    (folder / "zoo.onnx").unlink()
    assert {card.id for card in listed(folder)[0]} == {"smooth", "other", "more"}
    assert read[0] == folder


def test_a_card_that_was_edited_is_read_again(folder: Path) -> None:
    listed(folder)
    path = folder / "smooth.json"
    path.write_text(path.read_text().replace("Smooth", "Rough!"))
    assert "Rough!" in {card.name for card in listed(folder)[0]}


def test_what_was_written_just_now_is_not_kept(folder: Path, read: list[Path]) -> None:
    """Within the resolution of a file's time it may change again without telling."""
    (folder / "smooth.json").touch()
    listed(folder)
    listed(folder)
    assert read == [folder, folder / "sub", folder]


def _spoilt(folder: Path, change: Any) -> None:
    raw = json.loads((folder / NAME).read_text())
    (folder / NAME).write_text(json.dumps(change(raw)))


def _with_place(raw: dict[str, Any], **changes: Any) -> dict[str, Any]:
    raw["places"][""].update(changes)
    return raw


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: [],
        lambda raw: None,
        lambda raw: {},
        lambda raw: {**raw, "version": 99},
        lambda raw: {**raw, "folder": "/elsewhere"},
        lambda raw: {**raw, "places": []},
        lambda raw: {**raw, "places": {"": 3}},
        lambda raw: _with_place(raw, files=None),
        lambda raw: _with_place(raw, cards=3),
        lambda raw: _with_place(raw, cards=[{}]),
        lambda raw: _with_place(raw, cards=["../../card"]),
        lambda raw: _with_place(raw, sentences=[1]),
        lambda raw: _with_place(raw, sentences=None),
    ],
)
def test_an_index_that_is_broken_is_made_anew(folder: Path, change: Any) -> None:
    expected = listed(folder)
    _spoilt(folder, change)
    assert listed(folder) == expected
    again = json.loads((folder / NAME).read_text())
    assert again["version"] == model_index._VERSION
    assert set(again["places"]) == {"", "sub"}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nul"])
def test_an_index_that_is_no_json_is_made_anew(folder: Path, content: bytes) -> None:
    expected = listed(folder)
    (folder / NAME).write_bytes(content)
    assert listed(folder) == expected


def test_an_index_names_no_file_elsewhere(folder: Path) -> None:
    """What a forged one can say is what a forged card could."""
    listed(folder)
    raw = json.loads((folder / NAME).read_text())
    for card in raw["places"][""]["cards"]:
        card["file"] = "../../../etc/passwd"
    (folder / NAME).write_text(json.dumps(raw))
    assert {card.path.parent for card in listed(folder)[0]} == {folder, folder / "sub"}


def test_an_index_copied_with_its_folder_is_made_anew(folder: Path, tmp_path: Path) -> None:
    listed(folder)
    moved = folder.rename(tmp_path.with_name(f"{tmp_path.name} moved"))
    assert {card.path.parent for card in listed(moved)[0]} == {moved, moved / "sub"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such right there")
def test_a_folder_that_cannot_be_written_is_listed_all_the_same(folder: Path, monkeypatch) -> None:
    def refuse(self: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_text", refuse)
    assert {card.id for card in listed(folder)[0]} == {"smooth", "zoo", "other"}
    assert not (folder / NAME).exists()


def test_nothing_is_written_where_there_is_nothing(tmp_path: Path) -> None:
    assert listed(tmp_path) == ((), ())
    assert listed(tmp_path / "none") == ((), ())
    assert list(tmp_path.iterdir()) == []


def test_no_half_written_index_is_left(folder: Path) -> None:
    listed(folder)
    assert [path.name for path in folder.glob(".*")] == [NAME]


def test_two_hundred_models_are_listed_from_the_index_alone(tmp_path: Path) -> None:
    """Counted, not timed: no network and no card is opened."""
    for number in range(200):
        place = tmp_path / f"model{number:03}"
        place.mkdir()
        save(place, f"model{number:03}", _PLANES, metadata=_ZOO)
    _age(tmp_path)
    catalog = Catalog(tmp_path)
    first = catalog.cards()
    opened: list[str] = []
    active = [True]

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if active and event == "open" and str(tmp_path) in str(arguments[0]):
            opened.append(Path(arguments[0]).name)

    sys.addaudithook(watch)
    try:
        assert catalog.cards() == first
    finally:
        active.clear()
    assert opened == [NAME]
    assert len(first) > 200
