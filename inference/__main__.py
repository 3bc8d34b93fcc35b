# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference`: GeoSift without QGIS."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence

from .command_line.commands import COMMANDS
from .errors import GeoSiftError
from .network.machine import PROCESSOR, Machine, use


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        use(Machine(getattr(options, "memory", None), getattr(options, "engine", PROCESSOR)))
        return int(options.do(options))
    except GeoSiftError as error:
        print(f"geosift: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("geosift: Cancelled; nothing was written.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="geosift", description="Machine learning on imagery.")
    parsers = parser.add_subparsers(required=True)
    for command in COMMANDS:
        made = parsers.add_parser(command.name, help=command.words)
        command.add_arguments(made)
        made.set_defaults(do=command.do)
    return parser


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as Control-C does
    sys.exit(main())
