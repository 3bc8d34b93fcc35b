# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line may be told of a study of fractures."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All of it: no network is asked."""
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
