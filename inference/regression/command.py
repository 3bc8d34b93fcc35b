# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `regress`."""

from __future__ import annotations

import argparse

from ..command_line.arguments import add_grid_argument, settings
from ..command_line.command import Command
from ..surface.command import OWN, add_arguments, compute


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_arguments(parser)
    add_grid_argument(parser)


def _regress(options: argparse.Namespace) -> int:
    from .run import RegressJob, run_regress

    return compute(run_regress, RegressJob(**settings(options, (*OWN, "grid"))))


REGRESS = Command("regress", "make a raster of numbers from an image", _add_arguments, _regress)
