# SPDX-License-Identifier: GPL-2.0-or-later
"""Cards are validated when they are loaded, and found by name, by file or in the user's folder."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import networks
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick

from geosift.inference.cards.card import BlendSettings, ModelCard
from geosift.inference.cards.catalog import Catalog
from geosift.inference.errors import CardError

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**6), 10**6)
    | st.sampled_from([float("nan"), float("inf"), -float("inf"), 0.5, 1e300])
    | st.sampled_from(["", "a", "../../etc/passwd", "NaN", "12", "#12345", "\x00", "schwarz/weiß"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one network and its card, `smooth`."""
    path = tmp_path_factory.mktemp("models")
    networks.smooth(path)
    return path


@pytest.fixture(scope="module")
def raw(folder: Path) -> dict[str, Any]:
    """The card's JSON, with all that may be in one."""
    raw = json.loads((folder / "smooth.json").read_text())
    raw["classes"][1]["synonyms"] = ["street"]
    raw["statistics"] = {"bands": [{"mean": 90.0 + band, "std": 40.0} for band in range(3)]}
    return {**raw, "description": "Random.", "limits": "All.", "metrics": {}, "training": {}}


def _places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The path of every value in a JSON document."""
    if path:
        yield path
    items = {dict: lambda: value.items(), list: lambda: enumerate(value)}
    for key, inner in items.get(type(value), tuple)():
        yield from _places(inner, (*path, key))


def _changed(raw: dict[str, Any], path: tuple, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(raw)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return changed


def _load(folder: Path, raw: Any) -> ModelCard:
    path = folder / "changed.json"
    path.write_text(raw if isinstance(raw, str) else json.dumps(raw), encoding="utf-8")
    return ModelCard.load(path)


def _is_one_sentence(text: str) -> bool:
    return text.startswith("The model card") and text.isprintable() and len(text) < 400


def test_a_card_is_what_its_file_says(folder: Path, raw: dict[str, Any]) -> None:
    card = ModelCard.load(folder / "smooth.json")
    assert card.id == raw["id"] == "smooth"
    assert card.path == folder / "smooth.onnx"
    assert card.bands == ("band1", "band2", "band3")
    assert (card.tile, card.output_stride, card.dtype) == (256, 2, "uint8")
    assert card.resolution_m is None
    assert card.blend == BlendSettings(32, 8, 16)
    assert card.class_names == {0: "class 0", 1: "class 1", 2: "class 2"}
    assert card.classes[0].rgb == (0xC0, 0x39, 0x2B)
    card.verify()


def test_every_field_is_needed_but_those_that_only_tell(folder: Path, raw: dict[str, Any]) -> None:
    optional = {"description", "limits", "licence", "metrics", "training", "statistics", "synonyms"}
    for path in _places(raw):
        if isinstance(path[-1], int) or optional & set(path):
            continue
        changed = copy.deepcopy(raw)
        holder = changed
        for key in path[:-1]:
            holder = holder[key]
        del holder[path[-1]]
        with pytest.raises(CardError, match="is not valid") as caught:
            _load(folder, changed)
        assert _is_one_sentence(str(caught.value))


@quick
@given(data=st.data())
def test_any_value_anywhere_is_a_card_or_a_sentence(folder: Path, raw, data) -> None:
    """No other exception, and whatever is let through can be worked with."""
    path = data.draw(st.sampled_from(list(_places(raw))))
    changed = _changed(raw, path, data.draw(_JSON))
    try:
        card = _load(folder, changed)
    except CardError as error:
        assert _is_one_sentence(str(error))
        return
    assert card.path.parent == folder
    assert all(0 <= part <= 255 for info in card.classes for part in info.rgb)
    assert card.tile % card.stride_multiple == card.stride_multiple % card.output_stride == 0
    assert len(card.mean) == len(card.std) == len(card.bands)
    assert hash(card) is not None
    assert card.metrics.get("int8") is None
    assert len(card.band_means) == len(card.bands)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("schema",), 2, '"schema": 1'),
        (("id",), "Land cover", "id 'Land cover' has other than"),
        (("kind",), "guessing", "kind 'guessing' is not one of 'segmentation', "),
        (("kind",), "detection", "a detection network has a field 'detection'"),
        (("name",), "a\nb", "no single line"),
        (("output", "activation"), "\x00\u202e", "output.activation '' of a segmentation is not"),
        (("kind",), "x" * 9000, "kind 'xxxxx"),
        (("classes", 0, "name"), "a" * 201, "no single line of up to 200"),
        (("bytes",), -1, "is not a size"),
        (("input", "bands"), [], "input.bands is empty"),
        (("input", "dtype"), "float16", "is not uint8 or float32"),
        (("input", "mean"), [0.0], "need 3 values each"),
        (("input", "std"), [1.0, 0.0, 1.0], "std above 0"),
        (("input", "resolution_m"), -1, "is not metres per pixel"),
        (("input", "stride_multiple"), 0, "is not within 1..256"),
        (("input", "tile"), 255, "is not a multiple of 2"),
        (("input", "tile"), 16384, "up to 8192"),
        (("output", "stride"), 3, "does not divide"),
        (("output", "activation"), "softmax", "is not 'logits' or 'probabilities'"),
        (("classes",), [], "0 classes"),
        (("classes", 0, "id"), 1, "ids 0, 1, 2"),
        (("classes", 0, "color"), "red", "#RRGGBB"),
        (("classes", 1), "Road", "'class' is 'Road', expected an object"),
        (("blend", "ring"), 33, "do not fit into an overlap of 64"),
        (("blend", "halo"), -1, "at least 0"),
        (("sha256",), "12", "64 hexadecimal"),
        (("metrics",), [], "'metrics' is [], expected an object"),
        (("statistics",), "none", "'statistics' is 'none', expected an object"),
        (("statistics", "bands"), [{"mean": 1}], "statistics.bands needs 3 entries"),
        (("statistics", "bands", 0, "mean"), "high", "'mean' is 'high', expected a number"),
        (("input", "tile"), float("inf"), "'tile' is inf, expected a number"),
        (("input", "tile"), 12.5, "'tile' is 12.5, expected a whole number"),
        (("input", "tile"), True, "'tile' is True, expected a number"),
        (("input", "mean", 0), float("nan"), "'mean' is nan, expected a number"),
        (("input", "bands"), "rgb", "'bands' is 'rgb', expected a list"),
        (("name",), None, "'name' is None, expected a text"),
        (("blend", "halo"), 128, "leaves nothing of a tile of 256"),
        (("kind",), "classification", "answers once a tile"),
        (("statistics", "features"), [1], "'features' is [1], expected an object"),
        (("statistics", "features"), {"contrast": {"p1": 9, "p99": 1}}, "above its p99"),
        (("statistics", "features"), {"contrast": {"p1": "a", "p99": 1}}, "expected a number"),
        (("statistics", "bands", 0), {"mean": 1, "std": "wide"}, "'std' is 'wide'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_wrong_field_is_named(folder: Path, raw, path, value, says: str) -> None:
    with pytest.raises(CardError, match="is not valid") as caught:
        _load(folder, _changed(raw, path, value))
    assert says in str(caught.value)
    assert _is_one_sentence(str(caught.value).replace(str(folder), ""))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"card"', "[" * 100_000])
def test_what_is_no_card_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(CardError):
        _load(folder, text)


def test_a_card_that_cannot_be_read_is_refused(folder: Path) -> None:
    (folder / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.json", "bytes.json", "."):
        with pytest.raises(CardError, match="cannot be read"):
            ModelCard.load(folder / name)
    (folder / "bytes.json").unlink()


def test_a_network_named_outside_the_folder_is_looked_for_inside(folder: Path, raw) -> None:
    """A card from the internet must not make GeoSift open files elsewhere."""
    card = _load(folder, {**raw, "file": "../../../etc/passwd"})
    assert card.path == folder / "passwd"


def test_a_card_without_its_network_says_which_file_is_missing(folder: Path) -> None:
    card = replace(ModelCard.load(folder / "smooth.json"), path=folder / "gone.onnx")
    with pytest.raises(CardError, match=r"gone\.onnx, which is not in"):
        card.verify()


def test_a_network_that_was_changed_is_noticed(folder: Path, tmp_path: Path) -> None:
    for name in ("smooth.json", "smooth.onnx"):
        shutil.copy(folder / name, tmp_path / name)
    with (tmp_path / "smooth.onnx").open("ab") as network:
        network.write(b"\0")
    with pytest.raises(CardError, match="is not the one its card describes"):
        ModelCard.load(tmp_path / "smooth.json").verify()


@quick
@given(st.integers(1, 200), st.integers(0, 200), st.integers(0, 400), st.integers(0, 400))
def test_another_halo_keeps_the_blending_possible(halo, ring, fade, other) -> None:
    ring = min(ring, halo)
    settings = BlendSettings(halo, ring, min(fade, 2 * (halo - ring)))
    changed = settings.with_halo(other)
    assert changed.halo == other
    assert 2 * changed.ring + changed.fade <= 2 * other
    assert settings.with_halo(halo) == settings


def test_models_are_found_by_name_and_by_either_file(folder: Path) -> None:
    catalog = Catalog(user_folder=folder)
    expected = ModelCard.load(folder / "smooth.json")
    for name in ("smooth", " smooth ", folder / "smooth.onnx", str(folder / "smooth.json")):
        assert catalog.find(name) == expected
    assert expected in catalog.cards()


def test_the_bundled_network_is_found_and_is_the_one_its_card_describes() -> None:
    card = Catalog().find("landcover")
    card.verify()
    assert card in Catalog().cards()


def test_the_users_card_wins_over_a_bundled_one(folder: Path, raw, tmp_path: Path) -> None:
    shutil.copy(folder / "smooth.onnx", tmp_path)
    (tmp_path / "mine.json").write_text(json.dumps({**raw, "id": "landcover"}))
    cards = Catalog(user_folder=tmp_path).cards()
    assert [card.path for card in cards if card.id == "landcover"] == [tmp_path / "smooth.onnx"]


def test_a_broken_card_of_the_user_is_left_out_and_told(folder: Path, tmp_path: Path) -> None:
    for name in ("smooth.json", "smooth.onnx"):
        shutil.copy(folder / name, tmp_path)
    (tmp_path / "broken.json").write_text("{")
    catalog = Catalog(user_folder=tmp_path)
    assert catalog.find("smooth").path == tmp_path / "smooth.onnx"
    assert len(catalog.broken()) == 1
    assert "broken.json" in catalog.broken()[0]


def test_a_folder_that_is_not_there_holds_no_models(tmp_path: Path) -> None:
    catalog = Catalog(user_folder=tmp_path / "none")
    assert catalog.cards() == Catalog().cards()
    assert catalog.broken() == ()


def test_a_model_nobody_has_is_answered_with_those_there_are(folder: Path) -> None:
    told = r"no model 'landcovr'; installed are: .*landcover, .*smooth"
    with pytest.raises(CardError, match=told):
        Catalog(user_folder=folder).find("landcovr")


def test_a_network_without_a_card_says_what_is_missing(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "smooth.onnx", tmp_path / "bare.onnx")
    with pytest.raises(CardError, match=r"neither a model card \(bare\.json\) nor"):
        Catalog().find(tmp_path / "bare.onnx")


def test_a_card_beside_another_network_is_not_taken_for_its_own(
    folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "smooth.onnx", tmp_path / "other.onnx")
    shutil.copy(folder / "smooth.json", tmp_path / "other.json")
    with pytest.raises(CardError, match=r"describes smooth\.onnx, not other\.onnx"):
        Catalog().find(tmp_path / "other.onnx")


@pytest.mark.parametrize("field", ["halo", "ring", "fade"])
def test_a_classification_blends_whole_tiles(field: str, tmp_path: Path) -> None:
    card = networks.classifier(tmp_path)
    raw = json.loads(card.path.with_suffix(".json").read_text())
    raw["blend"] = {"halo": 8, "ring": 0, "fade": 0, field: 8}
    with pytest.raises(CardError, match=r"blend.halo, ring and fade are 0|leaves nothing"):
        _load(tmp_path, raw)


@pytest.mark.parametrize("place", [("input", "stride_multiple"), ("output", "stride")])
def test_a_classification_answers_once_a_tile(place, tmp_path: Path) -> None:
    card = networks.classifier(tmp_path)
    raw = json.loads(card.path.with_suffix(".json").read_text())
    raw[place[0]][place[1]] = 32
    with pytest.raises(CardError, match=r"answers once a tile|does not divide"):
        _load(tmp_path, raw)
