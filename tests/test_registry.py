# SPDX-License-Identifier: GPL-2.0-or-later
"""Lists of models that can be fetched: what is taken from them, and what is left out and why."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import quick
from real_data import REPOSITORY

from geosift.inference.cards.registry import MOST_BYTES, RegisteredFile, Registry
from geosift.inference.errors import RegistryError

PLACE = "https://models.example.org/lists/registry.json"
DIGEST = "ab" * 32
ENTRY = {
    "id": "roofs",
    "name": "Roofs\n of towns",
    "kind": "segmentation",
    "licence": "MIT",
    "description": "Finds roofs.",
    "source": "https://example.org/roofs",
    "files": [
        {"name": "roofs.onnx", "url": "roofs/roofs.onnx", "bytes": 1000, "sha256": DIGEST},
        {"name": "roofs.json", "url": "http://other.org/r.json", "bytes": 20, "sha256": DIGEST},
    ],
}


def listed(*models: Any) -> bytes:
    return json.dumps({"schema": 1, "models": models}).encode()


def changed(key: str, value: Any) -> dict[str, Any]:
    """The entry with one value changed; `key` with a dot is one of its first file."""
    entry = copy.deepcopy(ENTRY)
    holder, name = (entry["files"][0], key[5:]) if key.startswith("file.") else (entry, key)
    if value is None:
        del holder[name]
    else:
        holder[name] = value
    return entry


def test_an_entry_is_read() -> None:
    registry = Registry.parse(listed(ENTRY), place=PLACE)
    (model,) = registry.models
    assert registry.broken == ()
    assert (model.id, model.name, model.kind) == ("roofs", "Roofs of towns", "segmentation")
    assert (model.licence, model.source) == ("MIT", "https://example.org/roofs")
    assert model.bytes == 1020
    assert model.files[0] == RegisteredFile(
        "roofs.onnx", "https://models.example.org/lists/roofs/roofs.onnx", 1000, DIGEST
    )
    assert model.files[1].url == "http://other.org/r.json"


def test_a_list_beside_its_files() -> None:
    (model,) = Registry.parse(listed(ENTRY), place="file:///srv/models/registry.json").models
    assert model.files[0].url == "file:///srv/models/roofs/roofs.onnx"


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("id", "../roofs", "id"),
        ("id", "Roofs", "id"),
        ("id", "con", "device"),
        ("id", "", "id"),
        ("id", "a" * 65, "id"),
        ("id", None, "'id' is missing"),
        ("id", 3, "expected a text"),
        ("name", " ", "name is empty"),
        ("licence", "", "licence"),
        ("licence", None, "'licence' is missing"),
        ("kind", "sorcery", "sorcery"),
        ("files", [], "none of its files"),
        ("files", "roofs.onnx", "expected a list"),
        ("files", ["roofs.onnx"], "expected an object"),
        ("files", [ENTRY["files"][0]] * 2, "same name"),
        ("files", [ENTRY["files"][1]], "none of its files is an .onnx"),
        ("file.name", "../roofs.onnx", "plain name"),
        ("file.name", "a/b.onnx", "plain name"),
        ("file.name", "a\\b.onnx", "plain name"),
        ("file.name", ".roofs.onnx", "plain name"),
        ("file.name", "nul.onnx", "plain name"),
        ("file.name", "roofs.onnx\x00.txt", "plain name"),
        ("file.name", "roofs.py", "none of the files"),
        ("file.name", "ROOFS.JSON", "same name"),
        ("file.bytes", 0, "no size"),
        ("file.bytes", 1e18, "no size"),
        ("file.bytes", 10.5, "whole number"),
        ("file.bytes", True, "expected a number"),
        ("file.bytes", float("nan"), "expected a number"),
        ("file.sha256", "AB" * 32, "sha256"),
        ("file.sha256", DIGEST + "\n", "sha256"),
        ("file.sha256", None, "'sha256' is missing"),
        ("file.url", "ftp://example.org/roofs.onnx", "does not begin"),
        ("file.url", "javascript:alert(1)", "does not begin"),
        ("file.url", "file:///etc/passwd", "names a file"),
        ("file.url", "file://server/share/roofs.onnx", "names a file"),
        ("file.url", "http:///roofs.onnx", "names no server"),
        ("file.url", "http://[::1", "IPv6"),
    ],
)
def test_a_rule_that_is_broken_leaves_one_entry_out(key: str, value: Any, says: str) -> None:
    other = {**ENTRY, "id": "other"}
    registry = Registry.parse(listed(changed(key, value), other), place=PLACE)
    assert [model.id for model in registry.models] == ["other"]
    (sentence,) = registry.broken
    assert sentence.startswith("Model 1 of the list https://")
    assert says in sentence
    assert "\n" not in sentence


def test_the_first_of_two_with_one_id_counts() -> None:
    second = {**ENTRY, "name": "Second"}
    registry = Registry.parse(listed(ENTRY, second), place=PLACE)
    assert [model.name for model in registry.models] == ["Roofs of towns"]
    assert "Model 2" in registry.broken[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>Please log in</html>",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"schema": 2, "models": []}',
        b'{"schema": 1}',
        b'{"schema": 1, "models": {}}',
        b"[" * 100_000,
        b" " * (MOST_BYTES + 1),
    ],
    ids=["empty", "page", "bytes", "list", "object", "schema", "none", "models", "deep", "large"],
)
def test_what_is_no_list_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(RegistryError, match="check its address") as caught:
        Registry.parse(content, place=PLACE)
    assert PLACE in str(caught.value)


@quick
@given(st.data())
def test_whatever_stands_in_a_list_it_is_read_or_refused(data: st.DataObject) -> None:
    """And what is read has plain names, so that nothing lands outside its folder."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
    key = data.draw(st.sampled_from([*ENTRY, "file.name", "file.url", "file.bytes", "file.sha256"]))
    entry = changed(key, data.draw(anything))
    registry = Registry.parse(json.dumps({"schema": 1, "models": [entry]}).encode(), place=PLACE)
    assert len(registry.models) + len(registry.broken) == 1
    for model in registry.models:
        assert "/" not in model.id and model.licence
        for file in model.files:
            assert file.name not in ("", ".", "..") and not set(file.name) & set("/\\:\0\n")
            assert file.url.startswith(("https://", "http://"))


@quick
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        registry = Registry.parse(content, place=PLACE)
    except RegistryError as error:
        assert "\n" not in str(error)
    else:
        assert registry.models == ()


def test_what_ships_names_only_what_was_verified() -> None:
    content = (REPOSITORY / "resources" / "registry.json").read_bytes()
    assert Registry.parse(content, place=PLACE) == Registry(())
