# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line may be told of tracing."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of tracing alone."""
    add = parser.add_argument
    add("input", metavar="IN", help="an image; with --model none a raster that tells fractures")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, a line a trace")
    words = "raster to write (.tif), how probable a line is, in percent"
    add("--probability", type=Path, metavar="OUT2", help=words)
    words = "the class to trace; with --model none, pixels of that value are traced"
    add("--class", dest="of_class", metavar="NAME_OR_ID", help=words)
    words = "that a line has somewhere; default: the model's, or 50"
    add("--high", type=float, metavar="PERCENT", help=words)
    add("--low", type=float, metavar="PERCENT", help="that it has everywhere; default: 0.6 of it")
    unit = "metres, or pixels without georeference"
    add("--length", type=float, metavar="LENGTH", help=f"the least of a line that ends, in {unit}")
    add("--spur", type=float, metavar="LENGTH", help="of branches to take off, in the same")
    add("--gap", type=float, metavar="LENGTH", help="to close between lines, in the same")
    words = "how many orientations there are; default: 0, found out"
    add("--sets", type=int, default=0, metavar="N", help=words)
    words = "metres per pixel of a photograph that does not say"
    add("--pixel-size", type=float, metavar="M", help=words)
