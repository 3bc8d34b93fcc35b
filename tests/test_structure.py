# SPDX-License-Identifier: GPL-2.0-or-later
"""The repository keeps its shape: arrows, metadata, cheap imports, what the zip holds."""

from __future__ import annotations

import configparser
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

HEAVY = ("qgis", "PyQt5", "PyQt6", "onnxruntime", "cv2", "rasterio", "torch", "osgeo")
OBLIGATORY_METADATA = (
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
    "homepage",
    "hasProcessingProvider",
    "tags",
    "category",
    "icon",
    "license",
)
SIZE_LIMIT = 25_000_000
"""Bytes the QGIS plugin repository accepts."""


@pytest.fixture(scope="module")
def metadata(repository: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(repository / "metadata.txt", encoding="utf-8")
    return parser["general"]


@pytest.fixture(scope="module")
def package(repository: Path) -> zipfile.ZipFile:
    """The zip `make package` makes, of the files as they are in the index."""
    tree = _git(repository, "write-tree").decode().strip()
    content = _git(
        repository, "archive", "--format=zip", "--prefix=geosift/", "--worktree-attributes", tree
    )
    return zipfile.ZipFile(io.BytesIO(content))


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True).stdout


def test_arrows_point_one_way(repository: Path) -> None:
    assert lint_imports(str(repository / "pyproject.toml"), no_cache=True) == 0


def test_metadata_has_what_the_plugin_repository_asks_for(
    metadata: configparser.SectionProxy, repository: Path
) -> None:
    missing = [key for key in OBLIGATORY_METADATA if not metadata.get(key, "").strip()]
    assert missing == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", metadata["version"])
    assert (metadata["qgisMinimumVersion"], metadata["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert metadata["hasProcessingProvider"] == "yes"
    assert "plugin" not in metadata["name"].lower()
    assert "data" in metadata["about"] and ".onnx" in metadata["about"]
    assert (repository / metadata["icon"]).suffix in {".png", ".jpg", ".svg"}
    assert (repository / metadata["icon"]).is_file()


def test_changelog_tells_of_this_version(
    metadata: configparser.SectionProxy, repository: Path
) -> None:
    version = re.escape(metadata["version"])
    assert re.search(rf"^## {version}\b", (repository / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert metadata["changelog"].startswith(metadata["version"])


@pytest.mark.parametrize(
    "module", ["geosift", "geosift.inference.card", "geosift.inference.catalog"]
)
def test_light_modules_load_nothing_heavy(
    module: str, plain_environment: Mapping[str, str]
) -> None:
    program = (
        f"import json, sys, {module}\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=plain_environment, check=True, capture_output=True
    )
    assert not set(json.loads(done.stdout)) & set(HEAVY)


def test_engine_runs_without_qgis(plain_environment: Mapping[str, str]) -> None:
    program = (
        "import sys\n"
        "sys.modules.update({name: None for name in ('qgis', 'PyQt5', 'PyQt6', 'torch')})\n"
        "import geosift.inference, geosift.inference.job, geosift.inference.__main__\n"
    )
    subprocess.run([sys.executable, "-c", program], env=plain_environment, check=True)


def test_package_holds_the_plugin_and_nothing_else(package: zipfile.ZipFile) -> None:
    names = [name for name in package.namelist() if not name.endswith("/")]
    tops = {tuple(name.split("/")[:2]) for name in names}
    assert {top for top, _ in tops} == {"geosift"}
    assert {second for _, second in tops} <= {
        "__init__.py", "metadata.txt", "LICENSE", "README.md", "CHANGELOG.md", ".secrets.baseline",
        "plugin", "inference", "resources",
    }  # fmt: skip
    assert {"geosift/__init__.py", "geosift/metadata.txt", "geosift/LICENSE"} <= set(names)
    junk = re.compile(r"__pycache__|\.(pyc|so|dll|exe|sh|whl|xml|qgs~)$")
    assert [name for name in names if junk.search(name)] == []


def test_package_fits(package: zipfile.ZipFile) -> None:
    packed = sum(entry.compress_size for entry in package.infolist())
    assert packed < SIZE_LIMIT


def test_every_network_has_its_card_and_sum(package: zipfile.ZipFile) -> None:
    from geosift.inference.catalog import Catalog

    for card in Catalog().cards():
        card.verify()
        assert f"geosift/resources/models/{card.path.name}" in package.namelist()


def test_every_module_states_its_licence(repository: Path) -> None:
    modules = _git(repository, "ls-files", "*.py").decode().split()
    line = "# SPDX-License-Identifier: GPL-2.0-or-later"
    assert [
        name for name in modules if not (repository / name).read_text("utf-8").startswith(line)
    ] == []


def test_shipped_code_names_no_path_of_one_machine(repository: Path) -> None:
    names = _git(
        repository, "ls-files", "plugin", "inference", "scripts", "Makefile", "*.md"
    ).decode()
    pattern = re.compile(r"/(?:work|root|home/\w+)/|/tmp/[a-z]")
    found = [
        name
        for name in names.split()
        if pattern.search((repository / name).read_text("utf-8", errors="replace"))
    ]
    assert found == []
