# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures every test may use. pytest-qgis gives QGIS a profile of its own in .qgis-settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from real_data import REPOSITORY, data_folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without real data there is no test about real data: none, and not one that is skipped."""
    items[:] = [
        item
        for item in items
        if not any(
            "empty parameter set" in mark.kwargs.get("reason", "")
            for mark in item.iter_markers("skip")
        )
    ]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository, which is the plugin package."""
    return REPOSITORY


@pytest.fixture(scope="session")
def data_rasters() -> Path | None:
    """The folder of real rasters, None where there is none (see real_data.py)."""
    folder = data_folder()
    return None if folder is None else folder / "rasters"


@pytest.fixture(scope="session")
def plain_environment() -> Mapping[str, str]:
    """The environment of a Python that can import `geosift`, without QGIS's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QGIS")}
    return {**kept, "PYTHONPATH": str(REPOSITORY / "build" / "plugins")}


@pytest.fixture
def qgis_process(tmp_path: Path) -> list[str]:
    """The start of a command line that runs qgis_process in a profile of this test's own."""
    return [
        "env",
        f"GEOSIFT_PROFILE={tmp_path / 'profile'}",
        str(REPOSITORY / "scripts/qgis-process.sh"),
    ]
