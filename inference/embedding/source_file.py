# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster as an index knows it again: its path, size, time and digest; when it was taken."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import rasterio
from rasterio.errors import RasterioError

from ..errors import InputError

_READ = 1 << 20
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)(?:[T ](\d\d):(\d\d):(\d\d))?")
_TAGS = (("", "TIFFTAG_DATETIME"), ("IMAGERY", "ACQUISITIONDATETIME"), ("", "ACQUISITIONDATETIME"))


@dataclass(frozen=True)
class SourceFile:
    """Where a raster lies, its bytes, the time it was changed, and SHA-256 of its two ends.

    The ends are the first and the last megabyte: rasters are too large to be read for that, and
    what writes one changes its header or its last block. What GDAL opens and is no file (part of
    an archive, a subdataset) has a path only.
    """

    path: str
    bytes: int = 0
    modified: float = 0.0
    digest: str = ""

    @classmethod
    def of(cls, name: str) -> SourceFile:
        """What is there now; InputError where it cannot be read."""
        path = Path(name)
        if not path.is_file():
            return cls(name)
        path = path.resolve()
        try:
            stat = path.stat()
            return cls(str(path), stat.st_size, stat.st_mtime, _digest_of_ends(path, stat.st_size))
        except OSError as error:
            raise InputError(
                f"{name} cannot be read ({error}); check that it exists and may be read."
            ) from error

    def looks_like(self, other: SourceFile) -> bool:
        """Whether both are the same file with the same content, as far as can be told."""
        same = (self.path, self.bytes) == (other.path, other.bytes)
        return same and (self.modified == other.modified or self.digest == other.digest)


def _digest_of_ends(path: Path, size: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_READ))
        file.seek(max(size - _READ, 0))
        digest.update(file.read(_READ))
    return digest.hexdigest()


def acquired(file: SourceFile) -> tuple[str, str]:
    """When a raster was taken, ISO 8601, and who says so: "metadata", "file" (its time), or ""."""
    try:
        with rasterio.open(file.path) as dataset:
            told = [dataset.tags(ns=domain or None).get(name, "") for domain, name in _TAGS]
    except RasterioError as error:
        raise InputError(
            f"{file.path} cannot be opened as a raster ({error}); check that it exists and is "
            "whole."
        ) from error
    for text in told:
        found = _DATE.match(text.strip())
        if found is not None:
            year, month, day, *clock = (int(part or 0) for part in found.groups())
            try:
                return _written(datetime(year, month, day, *clock)), "metadata"
            except ValueError:  # a camera without a clock says 0000:00:00
                continue
    if not file.modified:
        return "", ""
    return _written(datetime.fromtimestamp(file.modified, timezone.utc)), "file"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
