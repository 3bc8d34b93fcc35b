# SPDX-License-Identifier: GPL-2.0-or-later
"""The zip holds the plugin and nothing else, and the rules for it find what is wrong."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from repository_scripts import script

from geosift.inference.cards.catalog import Catalog

rules = script("package_rules")


@pytest.fixture(scope="module")
def package(repository: Path) -> bytes:
    """The zip `make package` makes, of the files as they are in the index."""
    tree = _git(repository, "write-tree").decode().strip()
    return _git(
        repository, "archive", "--format=zip", "--prefix=geosift/", "--worktree-attributes", tree
    )


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True).stdout


def changed(package: bytes, *, without: str = "", **added: bytes) -> bytes:
    """The zip without one file, and with others."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(target, "w") as new:
        for entry in old.infolist():
            if entry.filename != without and entry.filename not in added:
                new.writestr(entry, old.read(entry))
        for name, content in added.items():
            new.writestr(name, content)
    return target.getvalue()


def metadata(package: bytes, old: str, new: str) -> bytes:
    """The zip with another line in its metadata."""
    name = "geosift/metadata.txt"
    text = zipfile.ZipFile(io.BytesIO(package)).read(name).decode()
    assert old in text
    return changed(package, **{name: text.replace(old, new).encode()})


def test_package_breaks_no_rule(package: bytes) -> None:
    assert list(rules.complaints(package)) == []


@pytest.mark.parametrize(
    "name",
    [
        "geosift/tests/test_x.py",
        "geosift/training/__init__.py",
        "geosift/plugin/__pycache__/dock.cpython-39.pyc",
        "geosift/plugin/fast.so",
        "geosift/resources/run.sh",
        "geosift/.venv/pyvenv.cfg",
        "geosift/.gitignore",
        "geosift/resources/sample/scene.tif.aux.xml",
        "geosift/.git/config",
        "geosift/../other.py",
        "other/__init__.py",
        "__MACOSX/geosift/x",
    ],
)
def test_what_does_not_belong_is_found(name: str, package: bytes) -> None:
    found = list(rules.complaints(changed(package, **{name: b"x"})))
    assert len(found) == 1
    assert name in found[0]


@pytest.mark.parametrize("name", ["LICENSE", "metadata.txt", "__init__.py"])
def test_what_is_missing_is_found(name: str, package: bytes) -> None:
    found = list(rules.complaints(changed(package, without=f"geosift/{name}")))
    assert found == [f"geosift/{name} is missing: commit it"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tracker=", "tracer=", "lacks tracker"),
        ("tracker=https://", "tracker=htp:/", "tracker is no address"),
        ("version=0", "version=v0", "version is"),
        ("name=GeoSift", "name=GeoSift Plugin", "without the word plugin"),
        ("email=", "email=nobody at ", "email is"),
        ("icon=resources", "icon=no/resources", "not in the zip"),
        ("experimental=True", "experimental=yes", "experimental is 'yes'"),
        ("about=", "about=100 % offline ", "cannot be read"),
        ("[general]", "[geosift]", "cannot be read"),
    ],
)
def test_bad_metadata_is_found(old: str, new: str, expected: str, package: bytes) -> None:
    found = list(rules.complaints(metadata(package, old, new)))
    assert len(found) == 1
    assert expected in found[0]


def test_too_large_damaged_or_no_zip_at_all(
    package: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no zip" in next(rules.complaints(b"something else"))
    monkeypatch.setattr(rules, "MOST_BYTES", len(package) - 1)
    assert f"takes at most {len(package) - 1}" in next(rules.complaints(package))
    monkeypatch.setattr(rules, "MOST_BYTES", len(package))
    assert list(rules.complaints(package)) == []


def test_a_refused_zip_fails_the_command(package: bytes, repository: Path, tmp_path: Path) -> None:
    program = repository / "scripts" / "package_rules.py"
    for name, content, code in (
        ("good.zip", package, 0),
        ("bad.zip", changed(package, without="geosift/LICENSE"), 1),
    ):
        (tmp_path / name).write_bytes(content)
        done = subprocess.run(
            [sys.executable, program, tmp_path / name], capture_output=True, text=True
        )
        assert done.returncode == code
        assert ("refused: geosift/LICENSE" in done.stderr) == bool(code)


def test_every_network_has_its_card_and_sum(package: bytes) -> None:
    names = zipfile.ZipFile(io.BytesIO(package)).namelist()
    for card in Catalog().cards():
        card.verify()
        assert f"geosift/resources/models/{card.path.name}" in names
