# SPDX-License-Identifier: GPL-2.0-or-later
"""A command of `python -m geosift.inference`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """Its name, what the help says of it, what it may be told, and what it does.

    `do` prints and returns the exit code. It imports the engine itself, so that `models` and
    `--help` answer at once.
    """

    name: str
    words: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    do: Callable[[argparse.Namespace], int]
