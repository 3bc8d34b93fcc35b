# SPDX-License-Identifier: GPL-2.0-or-later
"""The repository keeps its shape: arrows, metadata, cheap imports."""

from __future__ import annotations

import configparser
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

HEAVY = ("qgis", "PyQt5", "PyQt6", "onnxruntime", "cv2", "rasterio", "torch", "osgeo")


@pytest.fixture(scope="module")
def metadata(repository: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(repository / "metadata.txt", encoding="utf-8")
    return parser["general"]


def _git(repository: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True).stdout


def test_arrows_point_one_way(repository: Path) -> None:
    assert lint_imports(str(repository / "pyproject.toml"), no_cache=True) == 0


def test_metadata_names_every_qgis_it_runs_in(metadata: configparser.SectionProxy) -> None:
    """4.99 is what lets QGIS 4 load it; what else the metadata needs, package_rules.py holds."""
    assert (metadata["qgisMinimumVersion"], metadata["qgisMaximumVersion"]) == ("3.22", "4.99")
    assert metadata["hasProcessingProvider"] == "yes"


def test_changelog_tells_of_this_version(
    metadata: configparser.SectionProxy, repository: Path
) -> None:
    version = re.escape(metadata["version"])
    assert re.search(rf"^## {version}\b", (repository / "CHANGELOG.md").read_text("utf-8"), re.M)
    assert metadata["changelog"].startswith(metadata["version"])


@pytest.mark.parametrize(
    "module", ["geosift", "geosift.inference.cards.card", "geosift.inference.cards.catalog"]
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
        "import geosift.inference, geosift.inference.segmentation.run, geosift.inference.__main__\n"
    )
    subprocess.run([sys.executable, "-c", program], env=plain_environment, check=True)


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
