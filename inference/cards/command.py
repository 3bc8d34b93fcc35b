# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `models`."""

from __future__ import annotations

import argparse

from ..command_line.command import Command
from .catalog import Catalog


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def _models(options: argparse.Namespace) -> int:
    for card in Catalog().cards():
        classes = ", ".join(info.name for info in card.classes)
        print(
            f"{card.id}\t{card.name}\t{card.kind}\t{card.resolution_m} m\t"
            f"{card.bytes / 1e6:.1f} MB\t{classes}"
        )
    return 0


MODELS = Command("models", "list the models", _add_arguments, _models)
