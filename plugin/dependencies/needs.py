# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python packages the engine needs, and which of them this QGIS lacks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import PathFinder
from pathlib import Path

from ..i18n import tr


@dataclass(frozen=True)
class Package:
    """A package as Python, pip and Debian know it; megabytes to download and on the disk."""

    module: str
    requirement: str
    reason: str
    download_mb: int
    disk_mb: int

    @property
    def title(self) -> str:
        """What to call it."""
        return "OpenCV" if self.module == "cv2" else self.module

    @property
    def by_pip(self) -> bool:
        """Whether a wheel of it works inside QGIS.

        On Linux a wheel's rasterio silently calls the GDAL that QGIS has loaded instead of its
        own, and numpy is what QGIS itself is built upon: both come from where QGIS comes from.
        """
        from_distribution = self.module in ("rasterio", "numpy")
        return not (from_distribution and sys.platform.startswith("linux"))


def packages() -> tuple[Package, ...]:
    """Everything the engine imports beside Python itself."""
    return (
        Package("numpy", "numpy", tr("computes with pixels"), 20, 70),
        Package("rasterio", "rasterio>=1.3", tr("reads and writes rasters"), 30, 90),
        Package("cv2", "opencv-python-headless>=4.5", tr("scales and counts pixels"), 50, 140),
        Package("onnxruntime", "onnxruntime>=1.17", tr("runs the networks"), 25, 75),
    )


def parquet() -> Package:
    """What GeoParquet is read and written with: only who does that needs it."""
    return Package("pyarrow", "pyarrow", tr("reads and writes GeoParquet"), 50, 150)


def missing(*, without: Path | None = None) -> tuple[Package, ...]:
    """The packages Python does not find (nothing is imported); `without` is not looked into."""
    return tuple(each for each in packages() if place(each, without=without) is None)


def place(package: Package, *, without: Path | None = None) -> Path | None:
    """Where Python finds a package, None where it does not; what is loaded does not count."""
    path = [entry for entry in sys.path if without is None or entry != str(without)]
    found = PathFinder.find_spec(package.module, path)
    if found is None or found.origin is None:  # a folder without code: half deleted
        return None
    return Path(found.origin)


def sizes(wanted: Sequence[Package]) -> tuple[int, int]:
    """Megabytes to download, and on the disk, of some packages."""
    return sum(each.download_mb for each in wanted), sum(each.disk_mb for each in wanted)
