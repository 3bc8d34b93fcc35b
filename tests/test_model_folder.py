# SPDX-License-Identifier: GPL-2.0-or-later
"""The user's own models come and go as a whole, and nothing else is touched."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import foreign_networks
import networks
import numpy as np
import onnx
import prompt_networks
import pytest
from onnx import helper, numpy_helper

from geosift.inference.cards import model_folder
from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.cards.model_folder import ModelFolder, Watch
from geosift.inference.errors import BareModelError, Cancelled, CardError, GeoSiftError, OutputError
from geosift.inference.foreign import bare

DEEPNESS = {
    "model_type": json.dumps("Segmentor"),
    "class_names": json.dumps({"0": "rest", "1": "roof"}),
    "resolution": "10",
    "tile_size": "512",
    "tiles_overlap": "15",
}


@pytest.fixture
def own(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "profile" / "models")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.fixture
def made(elsewhere: Path) -> ModelCard:
    return networks.smooth(elsewhere, tile=64, halo=16, ring=8, fade=8)


def names(folder: Path) -> list[str]:
    """Everything below a folder that a user sees."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if not name.split("/")[-1].startswith(".geosift-"))


def visible(folder: Path) -> list[str]:
    """What lies in a folder, apart from the index of the catalogue."""
    return [path.name for path in folder.iterdir() if path.name != ".geosift-index.json"]


def listed(own: ModelFolder) -> dict[str, ModelCard]:
    return {card.id: card for card in Catalog(own.path).cards() if own.owns(card)}


def foreign(folder: Path, name: str = "zoo") -> Path:
    """A network that says itself what it means."""
    outputs = {"o": ("n", 2, 512, 512)}
    return foreign_networks.save(folder, name, outputs, metadata=DEEPNESS)


def with_weights_beside(folder: Path) -> Path:
    """The same with its weights in another file."""
    model = onnx.load(foreign(folder))
    weights = numpy_helper.from_array(np.ones((2, 3, 1, 1), np.float32), "w")
    model.graph.initializer.append(weights)
    model.graph.node.append(helper.make_node("Conv", ["image", "w"], ["o"]))
    path = folder / "zoo.onnx"
    onnx.save(model, path, save_as_external_data=True, location="zoo.data", size_threshold=0)
    return path


@pytest.mark.parametrize("ending", [".onnx", ".json"])
def test_a_model_with_its_card_is_copied(ending: str, own: ModelFolder, made: ModelCard) -> None:
    (card,) = own.add(made.path.with_suffix(ending))
    assert names(own.path) == ["smooth/smooth.json", "smooth/smooth.onnx"]
    assert card == replace(made, path=own.path / "smooth" / "smooth.onnx")
    assert listed(own) == {"smooth": card}
    assert names(made.path.parent) == ["smooth.json", "smooth.onnx"], "the original stays"


def test_a_card_of_another_name_comes_along(own: ModelFolder, made: ModelCard) -> None:
    card_path = made.path.with_suffix(".json").rename(made.path.with_name("about.json"))
    own.add(card_path)
    assert names(own.path) == ["smooth/about.json", "smooth/smooth.onnx"]
    assert set(listed(own)) == {"smooth"}


def test_what_describes_itself_needs_no_card(own: ModelFolder, elsewhere: Path) -> None:
    (card,) = own.add(foreign(elsewhere))
    assert names(own.path) == ["zoo/zoo.onnx"]
    assert listed(own) == {"zoo": card}
    assert [info.name for info in card.classes] == ["rest", "roof"]


def test_weights_in_other_files_come_along(own: ModelFolder, elsewhere: Path) -> None:
    own.add(with_weights_beside(elsewhere))
    assert names(own.path) == ["zoo/zoo.data", "zoo/zoo.onnx"]
    assert (own.path / "zoo/zoo.data").read_bytes() == (elsewhere / "zoo.data").read_bytes()


def test_a_pair_comes_with_both_files(own: ModelFolder, elsewhere: Path) -> None:
    pair = prompt_networks.same_colour(elsewhere)
    (card,) = own.add(pair.path)
    assert card.decoder is not None
    assert card.decoder.path.parent == own.path / pair.id
    card.verify()


def test_all_models_of_a_folder_are_copied(own: ModelFolder, made: ModelCard) -> None:
    networks.identity(made.path.parent)
    foreign(made.path.parent)
    (made.path.parent / "notes.txt").write_text("mine")
    own.add(made.path.parent)
    assert set(listed(own)) == {"smooth", "identity", "zoo"}
    assert "notes.txt" not in "".join(names(own.path))


def test_a_bare_network_is_asked_for_and_then_brought(own: ModelFolder, elsewhere: Path) -> None:
    path = foreign_networks.save(elsewhere, "strange", {"o": ("n", 4, 512, 512)})
    with pytest.raises(BareModelError):
        own.add(path)
    assert not own.path.exists()
    described = bare.card(path, bare.questions(path).defaults("segmentation"))
    card = own.add_described(described, written=True)
    assert names(own.path) == ["strange/strange.json", "strange/strange.onnx"]
    assert card == replace(described, path=own.path / "strange" / "strange.onnx")
    assert names(elsewhere) == ["strange.onnx"]


def test_what_is_there_is_not_replaced(own: ModelFolder, made: ModelCard) -> None:
    own.add(made.path)
    with pytest.raises(CardError, match="remove it first"):
        own.add(made.path)
    with pytest.raises(CardError, match="remove it first"):
        own.install("smooth", {})


def test_a_folder_of_that_name_is_not_touched(own: ModelFolder, made: ModelCard) -> None:
    (own.path / "smooth").mkdir(parents=True)
    (own.path / "smooth" / "thesis.txt").write_text("three years")
    with pytest.raises(CardError, match="remove it first"):
        own.add(made.path)
    assert names(own.path) == ["smooth/thesis.txt"]


@pytest.mark.parametrize("what", ["empty", "gone.onnx", "text.onnx", "note.json", "gone.json"])
def test_what_is_no_model_is_refused_and_leaves_nothing(
    what: str, own: ModelFolder, elsewhere: Path
) -> None:
    (elsewhere / "empty").mkdir()
    (elsewhere / "text.onnx").write_text("no network")
    (elsewhere / "note.json").write_text("no card")
    with pytest.raises(GeoSiftError, match=what):
        own.add(elsewhere / what)
    assert not own.path.exists()


def test_a_network_that_is_not_the_card_s_is_refused(own: ModelFolder, made: ModelCard) -> None:
    made.path.write_bytes(made.path.read_bytes() + b"\0")
    with pytest.raises(CardError, match="is not the one"):
        own.add(made.path)
    assert not own.path.exists()


def test_progress_and_cancelling(
    own: ModelFolder, made: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_folder, "_CHUNK", 1000)
    shares: list[float] = []
    own.add(made.path, Watch(shares.append))
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 2
    own.remove(listed(own)["smooth"])
    with pytest.raises(Cancelled):
        own.add(made.path, Watch(is_cancelled=lambda: True))
    assert visible(own.path) == []


def test_a_failure_in_the_middle_leaves_nothing(
    own: ModelFolder, made: ModelCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(model_folder, "_copy", full)
    with pytest.raises(OutputError, match="No space left"):
        own.add(made.path)
    assert visible(own.path) == []


def test_fetched_files_are_moved_in(own: ModelFolder, made: ModelCard, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    parts = {}
    for path in (made.path, made.path.with_suffix(".json")):
        parts[path.name] = Path(shutil.copy(path, cache / f"{path.name}.part"))
    card = own.install("roofs-of-towns", parts)
    assert card.path == own.path / "roofs-of-towns" / "smooth.onnx"
    assert list(cache.iterdir()) == []
    assert set(listed(own)) == {"smooth"}


@pytest.mark.parametrize("lacking", [".json", ".onnx"])
def test_fetched_files_that_are_no_model_are_refused(
    lacking: str, own: ModelFolder, made: ModelCard
) -> None:
    ending = {".json": ".onnx", ".onnx": ".json"}[lacking]
    path = made.path.with_suffix(ending)
    with pytest.raises(GeoSiftError):
        own.install("roofs", {path.name: path})
    assert visible(own.path) == []


def test_two_models_fetched_as_one_are_refused(own: ModelFolder, made: ModelCard) -> None:
    other = networks.identity(made.path.parent)
    files = [path for card in (made, other) for path in (card.path, card.path.with_suffix(".json"))]
    with pytest.raises(CardError, match="2 models"):
        own.install("both", {path.name: path for path in files})


def test_removing_takes_the_folder_made_here(own: ModelFolder, made: ModelCard) -> None:
    (card,) = own.add(made.path)
    own.remove(card)
    assert visible(own.path) == []
    assert made.path.is_file()


def flat(own: ModelFolder, *cards: ModelCard) -> None:
    """Models a user copied into the folder by hand."""
    own.path.mkdir(parents=True)
    for card in cards:
        for path in (card.path, card.path.with_suffix(".json")):
            shutil.copy(path, own.path)


def test_removing_touches_nothing_else_in_a_folder_of_the_user_s(
    own: ModelFolder, made: ModelCard
) -> None:
    flat(own, made, networks.identity(made.path.parent))
    (own.path / "notes.txt").write_text("mine")
    own.remove(listed(own)["smooth"])
    assert names(own.path) == ["identity.json", "identity.onnx", "notes.txt"]


def test_a_file_that_two_models_share_stays_for_the_other(
    own: ModelFolder, made: ModelCard
) -> None:
    flat(own, made)
    card = json.loads((own.path / "smooth.json").read_text())
    (own.path / "second.json").write_text(json.dumps({**card, "id": "second"}))
    own.remove(listed(own)["second"])
    assert (own.path / "smooth.onnx").is_file()
    assert set(listed(own)) == {"smooth"}


@pytest.mark.parametrize("find", [lambda made: made, lambda _: Catalog().find("landcover")])
def test_others_models_are_not_removed(
    find: Callable[[ModelCard], ModelCard], own: ModelFolder, made: ModelCard
) -> None:
    card = find(made)
    before = hashlib.sha256(card.path.read_bytes()).hexdigest()
    with pytest.raises(CardError, match="it stays"):
        own.remove(card)
    assert hashlib.sha256(card.path.read_bytes()).hexdigest() == before
