# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `recognise`."""

from __future__ import annotations

import argparse

from ..command_line.arguments import add_grid_argument, settings
from ..command_line.command import Command
from ..surface.command import OWN, add_arguments, compute


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    add_grid_argument(parser)
    add = parser.add_argument
    add("--picture", metavar="EXAMPLE", help="the example: a picture file, all of it")
    corners = ("XMIN", "YMIN", "XMAX", "YMAX")
    words = "the example: the tile around the middle of a rectangle on the map"
    add("--place", type=float, nargs=4, metavar=corners, help=words)


def _recognise(options: argparse.Namespace) -> int:
    from .run import RecogniseJob, run_recognise

    place = None if options.place is None else tuple(options.place)
    asked = settings(options, (*OWN, "grid", "picture"))
    return compute(run_recognise, RecogniseJob(**asked, place=place))


RECOGNISE = Command(
    "recognise", "tell what is like an example, and how much", _add_arguments, _recognise
)
