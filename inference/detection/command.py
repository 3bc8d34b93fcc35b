# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `detect`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..command_line.arguments import add_common_arguments, add_overlap_argument, settings
from ..command_line.command import Command
from ..command_line.running import print_areas, print_end, with_bar

_OWN = ("output", "overlap", "confidence", "iou", "simplify")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, a polygon an object")
    add_common_arguments(parser, report="objects and timings: a page (.html), or JSON")
    words = "least score; default: the model's"
    add("--confidence", type=float, metavar="PERCENT", help=words)
    words = "how much two objects of a class may overlap; default: the model's"
    add("--iou", type=float, metavar="PERCENT", help=words)
    add_overlap_argument(parser)
    words = "smooth outlines of masks; default: 0.8"
    add("--simplify", type=float, default=0.8, metavar="PIXELS", help=words)


def _detect(options: argparse.Namespace) -> int:
    from .run import DetectJob, run_detect

    result = with_bar(run_detect, DetectJob(**settings(options, _OWN)))
    print_areas(result.areas, "objects")
    print_end(result)
    return 0


DETECT = Command("detect", "find objects in an image, each once", _add_arguments, _detect)
