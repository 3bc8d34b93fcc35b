# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.training evaluate`: a network measured as its users run it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ..inference.cards.card import ModelCard
from ..inference.cards.catalog import Catalog
from ..inference.runs.partial_file import PartialFile, writing
from .errors import DataError
from .evaluation import Evaluation, Figure, Request


def _landcover(request: Request) -> Evaluation:
    from .landcover.evaluate import evaluate_landcover  # loads onnxruntime

    return evaluate_landcover(request)


def _eurosat(request: Request) -> Evaluation:
    from .eurosat.evaluate import evaluate_eurosat

    return evaluate_eurosat(request)


def _prompt(request: Request) -> Evaluation:
    from .prompt.evaluate import evaluate_prompt

    return evaluate_prompt(request)


def _fractures(request: Request) -> Evaluation:
    from .fractures.evaluate import evaluate_fractures

    return evaluate_fractures(request)


def _features(request: Request) -> Evaluation:
    from .features.evaluate import evaluate_features

    return evaluate_features(request)


TASKS: dict[str, Callable[[Request], Evaluation]] = {
    "landcover": _landcover,
    "eurosat": _eurosat,
    "prompt": _prompt,
    "fractures": _fractures,
    "features": _features,
}
"""What can be measured: a new task is a function here, from a request to an evaluation."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    add = parser.add_argument
    add("network", metavar="TASK", help=f"what is measured: {', '.join(TASKS)}")
    add(
        "--model", required=True, metavar="MODEL",
        help="an id, a card, an .onnx beside one, or a folder with one",
    )  # fmt: skip
    add(
        "--data", type=Path, required=True, metavar="PATH",
        help="labelled pictures or tiles; for fractures also: generated",
    )  # fmt: skip
    add("--json", type=Path, metavar="OUT", help="flat JSON to write")
    add("--report", type=Path, metavar="OUT", help="HTML page to write, one file")
    add("--show", type=Path, nargs="+", default=[], metavar="RASTER", help="for the report")
    add(
        "--labels", choices=["auto", "classes", "fields", "buildings"], default="auto",
        help="what the masks say; auto finds it out",
    )  # fmt: skip
    add("--resolution-m", type=float, metavar="M", help="size of a pixel: 1, for buildings 0.13")
    add("--held-out", action="store_true", help="only what training left out (fields_cornbelt)")
    add(
        "--augment", type=int, choices=(1, 4, 8), default=1,
        help="views of each tile, turned and mirrored: so many times the work",
    )  # fmt: skip
    add("--limit", type=int, metavar="N", help="only N objects (prompt) or pictures (fractures)")
    add("--threads", type=int, metavar="N", help="default: every core")


def evaluate(options: argparse.Namespace, *, typed: Sequence[str]) -> None:
    """Measure, print the figures, and write JSON and report; neither is ever half written.

    `typed` is the command line as it came.
    """
    if options.network not in TASKS:
        raise DataError(
            f"there is no evaluation of '{options.network}' yet, only of {', '.join(TASKS)}: "
            "give one of these as TASK"
        )
    if options.resolution_m is not None and not 0 < options.resolution_m < 1e5:
        raise DataError(f"--resolution-m is metres and above 0, not {options.resolution_m}")
    if options.limit is not None and options.limit < 1:
        raise DataError(f"--limit is a number of objects, 1 or more, not {options.limit}")
    if options.show and options.report is None:
        raise DataError("--show paints rasters into the report: give --report as well")
    if options.json is not None and options.json == options.report:
        raise DataError(f"--json and --report both name {options.json}: give each its own file")
    os.environ.setdefault("CPL_LOG", os.devnull)  # what GDAL says arrives as exceptions
    with ExitStack() as stack:
        files = _open_files(options, stack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geosift-")))
        evaluation = _measure(options, folder, typed)
        for file, text in zip(files, _texts(options, evaluation)):
            with writing(file.path):
                file.partial.write_text(text, encoding="utf-8")
        for file in files:
            file.commit()
    _print_table(evaluation)


def _open_files(options: argparse.Namespace, stack: ExitStack) -> list[PartialFile]:
    """Before the work: that a folder may not be written to is not told after it."""
    files = [PartialFile(path) for path in (options.json, options.report) if path is not None]
    for file in files:
        stack.callback(file.discard)
    return files


def _measure(options: argparse.Namespace, folder: Path, typed: Sequence[str]) -> Evaluation:
    card = _card(options.model)
    request = Request(
        card=card,
        data=options.data,
        folder=folder,
        labels=options.labels,
        resolution_m=options.resolution_m,
        held_out=options.held_out,
        shows=tuple(options.show),
        wants_report=options.report is not None,
        augment=options.augment,
        limit=options.limit,
        threads=options.threads,
        tell=lambda line: print(line, file=sys.stderr),
    )
    evaluation = TASKS[options.network](request)
    about: dict[str, Figure] = {
        "task": options.network,
        "model": card.id,
        "sha256": card.sha256,
        "data": str(options.data),
        "command": shlex.join(["python", "-m", "geosift.training", *typed]),
    }
    return replace(evaluation, figures={**evaluation.figures, **about})


def _card(model: str) -> ModelCard:
    """The card by its id or path; of a folder the only one in it, or other people's pair."""
    folder = Path(model)
    cards = sorted(folder.glob("*.json"))
    if not cards:
        return Catalog().find(model)
    if len(cards) > 1:
        raise DataError(
            f"{folder} should hold one model card, but holds {len(cards)} .json files: "
            "give the card itself as --model"
        )
    return Catalog().find(cards[0])


def _texts(options: argparse.Namespace, evaluation: Evaluation) -> list[str]:
    """What goes into the files, in the order of `_open_files`."""
    texts = []
    if options.json is not None:
        texts.append(json.dumps(evaluation.figures, indent=1, ensure_ascii=False) + "\n")
    if options.report is not None:
        from .report import page

        texts.append(page(evaluation))
    return texts


def _print_table(evaluation: Evaluation) -> None:
    """Every figure but the counts of the confusion matrix, one a line."""
    for name, value in evaluation.figures.items():
        if not name.startswith("confusion_"):
            print(f"{name:24s} {value if isinstance(value, (int, str)) else f'{value:.4f}'}")
