# SPDX-License-Identifier: GPL-2.0-or-later
"""The make targets and scripts a user types."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def clean_environment() -> dict[str, str]:
    """As in a user's shell: without what `make test` and pytest-qgis have set."""
    mine = ("MAKE", "MFLAGS", "QGIS", "PYTHON", "VIRTUAL_ENV", "QT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def start(
    *command: str | Path, cwd: Path, env: dict[str, str], **more: str
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env={**env, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("help geosift:segment", 0),
        ("run geosift:segment -- INPUT=no_such.tif OUTPUT=no_such_either.tif", 1),
        ("run geosift:nonsense", 1),
    ],
)
def test_make_qgis_process_passes_output_and_code_through(
    words: str, code: int, repository: Path, clean_environment: dict[str, str]
) -> None:
    place = {"cwd": repository, "env": clean_environment}
    direct = start(repository / "scripts" / "qgis-process.sh", *words.split(), **place)
    made = start("make", "qgis-process", f"ARGS={words}", **place)
    direct_said, made_said = direct.communicate(), made.communicate()
    assert (direct.returncode, made.returncode) == (code, code)
    assert made_said == direct_said


def test_arguments_with_spaces_stay_whole(
    repository: Path, clean_environment: dict[str, str]
) -> None:
    words = "run geosift:segment -- 'INPUT=no such.tif' OUTPUT=x.tif"
    made = start("make", "qgis-process", f"ARGS={words}", cwd=repository, env=clean_environment)
    assert "INPUT:\tno such.tif" in made.communicate()[0]


def test_two_first_starts_at_once_both_find_the_plugin(
    tmp_path: Path, repository: Path, clean_environment: dict[str, str]
) -> None:
    both = [
        start(
            repository / "scripts" / "qgis-process.sh",
            "list",
            cwd=tmp_path,
            env=clean_environment,
            GEOSIFT_PROFILE=str(tmp_path / "profile"),
        )
        for _ in range(2)
    ]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert all("geosift" in words or "GeoSift" in words for words in said)


def test_set_up_refuses_an_unknown_part(
    repository: Path, clean_environment: dict[str, str]
) -> None:
    process = start("scripts/env.sh", "nonsense", cwd=repository, env=clean_environment)
    _, complaint = process.communicate()
    assert process.returncode == 2
    assert "expected run, test or lint" in complaint


def test_every_make_target_is_listed(repository: Path, clean_environment: dict[str, str]) -> None:
    listed = start("make", cwd=repository, env=clean_environment).communicate()[0]
    targets = [
        "env",
        "demo",
        "demo-geology",
        "test",
        "test-3.40",
        "lint",
        "bench",
        "bench-large",
        "package",
        "check-package",
        "desktop",
        "qgis-process",
        "train",
        "translations",
        "clean",
    ]
    assert [name for name in targets if f"make {name}" not in listed] == []
