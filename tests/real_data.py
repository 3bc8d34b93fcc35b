# SPDX-License-Identifier: GPL-2.0-or-later
"""Real imagery that tests use when it is there; it is never part of the repository.

The folder is named by the environment variable GEOSIFT_DATA, or is `shared/data` beside the
repository. `real_rasters()` is empty without it, so that tests are parametrised over what exists:

    @pytest.mark.parametrize("path", [*made_rasters, *real_rasters()], ids=lambda path: path.name)
"""

from __future__ import annotations

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def data_folder() -> Path | None:
    """The folder of real data, or None when this computer has none."""
    named = os.environ.get("GEOSIFT_DATA")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "data"
    if named and not folder.is_dir():
        raise NotADirectoryError(
            f"GEOSIFT_DATA names {named}, which is no folder; unset or mend it"
        )
    return folder if folder.is_dir() else None


def real_folders(*parts: str) -> tuple[Path, ...]:
    """The data folder where all of `parts` are in it, else nothing: to parametrise over."""
    folder = data_folder()
    if folder is None or not all((folder / part).is_dir() for part in parts):
        return ()
    return (folder,)


def real_rasters() -> tuple[Path, ...]:
    """Every GeoTIFF of the folder `rasters`, by name; corrupt and empty ones included."""
    folder = data_folder()
    return () if folder is None else tuple(sorted((folder / "rasters").glob("*.tif")))
