# SPDX-License-Identifier: GPL-2.0-or-later
"""pyarrow and h3, where they are installed, and what is said where they are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from ..errors import GeoSiftError, InputError, MissingDependency


def pyarrow() -> ModuleType:
    """The package with `parquet` in it; MissingDependency where it is not there.

    The engine has no other way to Parquet: rasterio's GDAL writes no vectors.
    """
    try:
        import pyarrow.parquet  # only here: nothing else needs it
    except ImportError as error:
        raise MissingDependency(
            "GeoParquet needs the Python package pyarrow, which is not there; install it with "
            "'python3 -m pip install --user pyarrow' for this Python."
        ) from error
    return pyarrow


def h3() -> ModuleType | None:
    """The package (version 4 or later), None where it is not there."""
    try:
        import h3
    except ImportError:
        return None
    return h3 if hasattr(h3, "latlng_to_cell") else None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while reading Parquet into one sentence."""
    arrow = pyarrow()
    try:
        yield
    except GeoSiftError:
        raise
    except (arrow.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"{path} cannot be read as GeoParquet ({error}); give a file with the columns "
            "geometry and embedding."
        ) from error
