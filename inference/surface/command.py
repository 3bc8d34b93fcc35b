# SPDX-License-Identifier: GPL-2.0-or-later
"""What the commands `regress`, `superresolve` and `recognise` have in common."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..command_line.arguments import (
    add_augment_argument,
    add_common_arguments,
    add_overlap_argument,
)
from ..command_line.running import print_end, with_bar

OWN = ("output", "overlap", "augment")
"""Of `add_arguments`, beside what all commands are told."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What all of them may be told."""
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="raster to write (.tif)")
    add_common_arguments(parser, report="numbers and timings: a page (.html), or JSON")
    add_augment_argument(parser)
    add_overlap_argument(parser)


def compute(run: Callable[..., Any], job: Any) -> int:
    """Do the job; prints a line a band."""
    result = with_bar(run, job)
    for each in result.figures:
        print(
            f"{each.band:<12}{each.least:14.6g} to {each.largest:.6g}, mean {each.mean:.6g}, "
            f"spread {each.spread:.6g}, {each.pixels:,} px"
        )
    print_end(result)
    return 0
