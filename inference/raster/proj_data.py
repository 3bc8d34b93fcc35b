# SPDX-License-Identifier: GPL-2.0-or-later
"""Which coordinate systems rasterio knows: those of its own wheel, not those of QGIS.

QGIS on Windows and macOS points PROJ_LIB and PROJ_DATA to its own PROJ, and rasterio obeys them in
every thread that begins to use it. A wheel brings another PROJ with a database of its own and
fails on every coordinate system when it reads QGIS's older one. The variables themselves must
stay: QGIS reads them, too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

from rasterio import _env as rasterio_env

_QGIS_SAYS = ("PROJ_LIB", "PROJ_DATA")


def use_own() -> None:
    """Let rasterio use the database of its wheel, where it has one, whatever QGIS has set."""
    folder = rasterio_env.PROJDataFinder().search_wheel()
    if not folder or not (Path(folder) / "proj.db").is_file():
        return  # the distribution's rasterio shares its PROJ with QGIS
    # rasterio has no setting for it, so the module that looks is shown an environment without them.
    names = {name: value for name, value in vars(os).items() if name != "environ"}
    rasterio_env.os = SimpleNamespace(**names, environ=without_proj(os.environ))
    rasterio_env.set_proj_data_search_path(folder)


def without_proj(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment in which nobody says where PROJ's data lie."""
    return {name: value for name, value in environ.items() if name not in _QGIS_SAYS}
