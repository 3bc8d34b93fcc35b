# SPDX-License-Identifier: GPL-2.0-or-later
"""How much memory a run takes at its peak, on rasters of several shapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from figure import FOLDER, Figure
from processes import engine_command, peak_megabytes, qgis_command
from scene import repeat

WIDE = 100_000


def memory_figures(image: Path, *, width: int, short: bool) -> Iterator[Figure]:
    """Of the engine and of qgis_process; unless `short`, of 16 times more and of a wide raster."""
    out = FOLDER / "classes.tif"
    once = peak_megabytes(engine_command(image, out))
    yield Figure("peak memory, engine", once, "MB", 700)
    yield Figure("peak memory, qgis_process", peak_megabytes(qgis_command(image, out)), "MB")
    if short:
        return
    larger = repeat(image, FOLDER / "sixteen.vrt", down=4, across=4)
    grown = peak_megabytes(engine_command(larger, out))
    yield Figure("peak memory, 16 times larger", grown, "MB", 1.1 * once)
    wide = repeat(image, FOLDER / "wide.vrt", down=1, across=-(-WIDE // width), height=1500)
    yield Figure(
        f"peak memory, {WIDE:,} wide", peak_megabytes(engine_command(wide, out)), "MB", 700
    )
