# SPDX-License-Identifier: GPL-2.0-or-later
"""A run in a process of its own that meets its end early: `python dying_run.py '<JSON>'`.

{"job": {...}, "card": path} and one of
  "die_at_percent": p      kill -9 as soon as so much is done
  "die_at_rename": n       kill -9 just before the n-th file would get its final name
  "limits": [bytes, ...]   run once for each in a folder of `disks`, no file allowed to grow beyond
                           that; what became of it is printed as JSON: [kind of exception or null,
                           message, files]
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from small_disk import small_disk

from geosift.inference.cards.card import ModelCard
from geosift.inference.regression.run import RegressJob, run_regress
from geosift.inference.segmentation.run import SegmentJob, run


def _run(wanted: dict[str, Any], folder: Path | None = None, **calls: Any) -> None:
    """A segmentation or a regression, by the card."""
    files = ("output", "confidence", "polygons", "report")
    paths = {key: Path(wanted["job"][key]) for key in files if key in wanted["job"]}
    if folder is not None:
        paths = {key: folder / path.name for key, path in paths.items()}
    card = ModelCard.load(Path(wanted["card"]))
    asked = {"card": card, **wanted["job"], **paths}
    if card.kind == "regression":
        run_regress(RegressJob(**asked), **calls)
    else:
        run(SegmentJob(**asked), **calls)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _counting(wanted: int, then: Callable[[], None]) -> Callable[[], None]:
    """A call that does `then` at the wanted time it is made."""
    left = [wanted]

    def call() -> None:
        left[0] -= 1
        if left[0] == 0:
            then()

    return call


def _die_while_running(wanted: dict[str, Any]) -> None:
    enough = wanted.get("die_at_percent", 101.0)
    at_rename = _counting(wanted.get("die_at_rename", 0), _die)
    rename = os.replace

    def replace(*arguments: Any) -> None:
        at_rename()
        rename(*arguments)

    os.replace = replace
    _run(wanted, progress=lambda percent: _die() if percent >= enough else None)


def _run_on_small_disks(wanted: dict[str, Any]) -> list[tuple[str | None, str, list[str]]]:
    became = []
    for limit in wanted["limits"]:
        folder = Path(wanted["disks"]) / str(limit)
        folder.mkdir()
        with small_disk(limit):
            try:
                _run(wanted, folder)
                kind, message = None, ""
            except Exception as error:  # noqa: BLE001 - told, and judged by the test
                kind, message = type(error).__name__, str(error)
        became.append((kind, message, sorted(path.name for path in folder.iterdir())))
        if kind is not None:
            shutil.rmtree(folder)
    return became


if __name__ == "__main__":
    request = json.loads(sys.argv[1])
    if "limits" in request:
        print(json.dumps(_run_on_small_disks(request)))
    else:
        _die_while_running(request)
