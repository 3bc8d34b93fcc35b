# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `fracturenumbers`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..command_line.command import Command
from ..command_line.running import with_bar

_OWN = ("layer", "areas_layer", "report", "table", "grid", "blocks", "nodes", "snap", "cell")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of those of other commands: no network is asked."""
    add = parser.add_argument
    add("lines", metavar="LINES", type=Path, help="GeoPackage or GeoJSON of fracture lines")
    add(
        "--layer", default="", metavar="NAME", help="of the GeoPackage; default: its first of lines"
    )
    add("--areas", type=Path, metavar="AREAS", help="GeoPackage or GeoJSON of sampling areas")
    add("--areas-layer", default="", metavar="NAME", help="of that; default: its first of polygons")
    add("--report", type=Path, metavar="REPORT", help="all numbers: a page (.html), or JSON")
    add("--table", type=Path, metavar="TABLE", help="CSV to write, a row an area")
    add("--grid", type=Path, metavar="OUT", help="raster to write (.tif): P21, P20, nodes")
    add("--blocks", type=Path, metavar="OUT2", help="GeoPackage of what fractures enclose")
    add("--nodes", type=Path, metavar="OUT3", help="GeoPackage of ends, abutments and crossings")
    unit = "metres, or pixels without georeference"
    words = f"within which an end abuts, in {unit}; default: 0.5 %% of the median length"
    add("--snap", type=float, metavar="LENGTH", help=words)
    add("--cell", type=float, metavar="LENGTH", help=f"side of the raster's cells, in {unit}")
    words = "of round windows around the cells; default: a twentieth of the extent"
    add("--radius", type=float, metavar="LENGTH", help=words)
    words = "metres per pixel of lines that have no coordinate system"
    add("--pixel-size", type=float, metavar="M", help=words)


def _fracturenumbers(options: argparse.Namespace) -> int:
    from .in_words import in_words
    from .run import FractureNumbersJob, run_fracture_numbers

    job = FractureNumbersJob(
        lines=options.lines,
        areas=() if options.areas is None else options.areas,
        scale=options.pixel_size,
        radius=options.radius,
        **{name: getattr(options, name) for name in _OWN},
    )
    result = with_bar(run_fracture_numbers, job)
    print(*in_words(result.numbers), sep="\n")
    made = (job.report, job.table, job.grid, job.blocks, job.nodes)
    files = ", ".join(str(path) for path in made if path) or str(job.lines)
    print(f"{files}: {result.timings['total']:.1f} s")
    return 0


FRACTURENUMBERS = Command(
    "fracturenumbers",
    "tell density, directions, lengths and topology of lines",
    _add_arguments,
    _fracturenumbers,
)
