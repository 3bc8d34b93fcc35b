# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training train|export|evaluate TASK ...`"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..inference.errors import GeoSiftError
from .errors import ConfigError, DataError, GateError
from .evaluate import add_arguments, evaluate

_CONFIGS = Path(__file__).parent / "configs"
_RECIPES = {
    "landcover": "landcover.toml",
    "eurosat": "eurosat-cnn.toml",
    "prompt": "prompt.toml",
    "fractures": "fractures.toml",
    "features": "features.toml",
}
"""Tasks, and the recipe of each that is followed unless another is given."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="geosift.training", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="train a network, or go on where it was stopped")
    export = verbs.add_parser("export", help="write ONNX file and card from a finished training")
    for command in (train, export):
        add = command.add_argument
        add("network", metavar="TASK", choices=list(_RECIPES), help=" or ".join(_RECIPES))
        add("--data", type=Path, required=True, help="folder laid out like that of the card")
        add("--config", type=Path, help="recipe; default: training/configs/ has one for each task")
        add("--out", type=Path, help="checkpoints and logs; default: build/training/RECIPE")
    train.add_argument("--threads", type=int, default=2)
    train.add_argument("--stage", choices=["float", "quantised", "all"], default="all")
    export.add_argument("--models", type=Path, required=True, help="folder that gets the network")
    export.add_argument("--remark", default="", help="words for the card about this very training")
    add_arguments(verbs.add_parser("evaluate", help="measure a network as its users run it"))
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Exit status 1 with one sentence on stderr for a wrong recipe or missing data."""
    options = _parser().parse_args(arguments)
    try:
        if options.verb == "evaluate":
            evaluate(options, typed=sys.argv[1:] if arguments is None else arguments)
            return 0
        options.config = options.config or _CONFIGS / _RECIPES[options.network]
        options.out = options.out or Path("build/training") / options.config.stem
        from . import commands  # torch takes seconds to import: not for --help or evaluate

        getattr(commands, options.verb)(options)
    except (ConfigError, DataError, GateError, GeoSiftError) as error:
        print(f"geosift.training: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
