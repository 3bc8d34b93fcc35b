# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training train|export|evaluate landcover ...`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..inference.errors import GeoSiftError
from .errors import ConfigError, DataError, GateError
from .evaluate import add_arguments, evaluate


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="geosift.training", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, words in (
        ("train", "train a network, or go on where it was stopped"),
        ("export", "write the ONNX file and its card from a finished training"),
    ):
        command = verbs.add_parser(verb, help=words)
        command.add_argument("network", choices=["landcover"])
        command.add_argument(
            "--data", type=Path, required=True, help="folder with dubai_landcover/ and weights/"
        )
        command.add_argument(
            "--config", type=Path, default=Path(__file__).parent / "configs" / "landcover.toml"
        )
        command.add_argument(
            "--out",
            type=Path,
            default=Path("build/training/landcover"),
            help="checkpoints and logs",
        )
        if verb == "export":
            command.add_argument(
                "--models",
                type=Path,
                required=True,
                help="folder that gets landcover.onnx and landcover.json",
            )
            command.add_argument(
                "--remark", default="", help="words for the card about this very training run"
            )
        else:
            command.add_argument("--threads", type=int, default=2)
            command.add_argument("--stage", choices=["float", "quantised", "all"], default="all")
    add_arguments(verbs.add_parser("evaluate", help="measure a network as its users run it"))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 with one sentence on stderr for a wrong recipe or missing data."""
    options = _parser().parse_args(arguments)
    try:
        if options.verb == "evaluate":
            evaluate(options, typed=sys.argv[1:] if arguments is None else arguments)
            return 0
        from . import commands  # torch takes seconds to import: not for --help or evaluate

        getattr(commands, options.verb)(options)
    except (ConfigError, DataError, GateError, GeoSiftError) as error:
        print(f"geosift.training: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
