# SPDX-License-Identifier: GPL-2.0-or-later
"""What several commands may be told."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..cards.catalog import Catalog
from ..network.machine import PROCESSOR

COMMON = ("bands", "resolution", "threads", "report")
"""Of `add_common_arguments`, what jobs call by the same name."""


def add_common_arguments(
    parser: argparse.ArgumentParser,
    *,
    model: str | None = None,
    report: str = "areas and timings: a page (.html), or JSON",
) -> None:
    """Without a `model` to propose, one must be named."""
    add = parser.add_argument
    words = "an installed model, or an .onnx file" if model is None else f"default: {model}"
    add("--model", default=model, required=model is None, metavar="ID_OR_PATH", help=words)
    add("--report", type=Path, metavar="REPORT", help=report)
    add("--bands", type=numbers, metavar="1,2,3", help="bands in the order of the network's input")
    add("--extent", type=float, nargs=4, metavar=("XMIN", "YMIN", "XMAX", "YMAX"))
    add("--resolution", type=float, metavar="M", help="metres per pixel the network sees")
    add("--threads", type=int, metavar="N", help="default: every core")
    add("--memory", type=int, metavar="MB", help="that the run may take; default: no limit")
    add("--engine", default=PROCESSOR, metavar="NAME", help=f"of onnxruntime; default: {PROCESSOR}")


def add_augment_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--augment", type=int, choices=(1, 4, 8), default=1, metavar="{1,4,8}",
        help="views of each tile, turned and mirrored: so many times the work, and surer",
    )  # fmt: skip


def add_grid_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--grid", choices=("input", "network"), default="input", help="pixels of the answer"
    )


def add_overlap_argument(parser: argparse.ArgumentParser) -> None:
    words = "what a tile sees beyond its own share"
    parser.add_argument("--overlap", type=int, metavar="PIXELS", help=words)


def settings(options: argparse.Namespace, own: Iterable[str]) -> dict[str, Any]:
    """What a job is asked: in common with others, and of its `own`."""
    return {
        "source": options.input,
        "card": None if options.model is None else Catalog().find(options.model),
        "extent": None if options.extent is None else tuple(options.extent),
        **{name: getattr(options, name) for name in (*COMMON, *own)},
    }


def numbers(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers like 3,2,1, not '{text}'") from error
