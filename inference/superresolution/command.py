# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `superresolve`."""

from __future__ import annotations

import argparse

from ..command_line.arguments import settings
from ..command_line.command import Command
from ..surface.command import OWN, add_arguments, compute


def _superresolve(options: argparse.Namespace) -> int:
    from .run import SuperresolveJob, run_superresolve

    return compute(run_superresolve, SuperresolveJob(**settings(options, OWN)))


SUPERRESOLVE = Command("superresolve", "draw an image more finely", add_arguments, _superresolve)
