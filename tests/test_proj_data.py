# SPDX-License-Identifier: GPL-2.0-or-later
"""rasterio from a wheel finds its own coordinate systems where QGIS points PROJ elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rasterio import _env
from rasterio._env import get_proj_data_search_paths

from geosift.inference.raster.proj_data import use_own, without_proj

_SCRIPT = """
import os, sys, threading
from rasterio import _env
_env.PROJDataFinder.search_wheel = lambda self: sys.argv[1]
from geosift.inference.raster import frame  # what every run imports first
from rasterio.crs import CRS
said = []
thread = threading.Thread(target=lambda: said.append(CRS.from_epsg(32640).to_epsg()))
thread.start()
thread.join()
print(*said, os.environ["PROJ_LIB"], os.environ["PROJ_DATA"])
"""


def wheel_data(folder: Path) -> Path:
    """A folder as in a wheel, with the database of the PROJ at hand."""
    found = [Path(path) / "proj.db" for path in get_proj_data_search_paths()]
    database = next((path for path in found if path.is_file()), None)
    assert database is not None, f"PROJ should have its database in one of {found}"
    folder.mkdir()
    for name in ("proj.db", "proj.ini"):
        if database.with_name(name).is_file():
            (folder / name).symlink_to(database.with_name(name))
    return folder


def test_every_thread_uses_the_wheels_database(tmp_path: Path) -> None:
    nowhere = tmp_path / "qgis"
    nowhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(wheel_data(tmp_path / "wheel"))],
        env={**os.environ, "PROJ_LIB": str(nowhere), "PROJ_DATA": str(nowhere)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["32640", str(nowhere), str(nowhere)]


def test_a_rasterio_without_data_of_its_own_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = get_proj_data_search_paths(), _env.os
    for folder in (None, str(tmp_path)):  # none, and one without a database
        monkeypatch.setattr(_env.PROJDataFinder, "search_wheel", lambda self, at=folder: at)
        use_own()
        assert (get_proj_data_search_paths(), _env.os) == before


def test_only_what_concerns_proj_is_hidden() -> None:
    told = without_proj({"PROJ_LIB": "a", "PROJ_DATA": "b", "GDAL_DATA": "c"})
    assert told == {"GDAL_DATA": "c"}
