# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `segment`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..command_line.arguments import (
    add_augment_argument,
    add_common_arguments,
    add_grid_argument,
    add_overlap_argument,
    settings,
)
from ..command_line.command import Command
from ..command_line.running import print_areas, print_end, with_bar

_OWN = (
    *("output", "confidence", "polygons", "grid", "overlap", "augment"),
    *("min_area", "simplify"),
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="class raster to write (.tif)")
    add_common_arguments(parser, model="landcover")
    add_augment_argument(parser)
    add("--confidence", type=Path, metavar="OUT2", help="confidence raster to write, in percent")
    add("--polygons", type=Path, metavar="OUT3", help="GeoPackage to write")
    add_grid_argument(parser)
    add_overlap_argument(parser)
    add("--answer", default="", metavar="NAME", help="which of several answers of the model")
    add("--min-area", type=float, default=0.0, metavar="M2", help="smallest polygon to keep")
    add("--simplify", type=float, default=0.0, metavar="PIXELS", help="smooth polygon outlines")


def _segment(options: argparse.Namespace) -> int:
    from ..network.which_answer import answering
    from .job import SegmentJob
    from .run import run

    asked = settings(options, _OWN)
    asked["card"] = answering(asked["card"], options.answer)
    result = with_bar(run, SegmentJob(**asked))
    print_areas(result.areas, "px")
    print_end(result)
    return 0


SEGMENT = Command("segment", "make a class raster from an image", _add_arguments, _segment)
