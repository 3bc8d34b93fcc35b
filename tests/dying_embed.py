# SPDX-License-Identifier: GPL-2.0-or-later
"""Embedding in a process of its own that is killed: `python dying_embed.py '<JSON>'`.

{"rasters": [...], "card": path, "index": folder, "drop": [...], "die_at": n}: kill -9 just before
the n-th time that something of the index would be written, renamed, cut or counted.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from geosift.inference.cards.card import ModelCard
from geosift.inference.embedding import index_writer, keeping
from geosift.inference.embedding.job import EmbedJob
from geosift.inference.embedding.patch_layer import PatchLayer
from geosift.inference.embedding.run import run_embed


class _Counter:
    def __init__(self, die_at: int) -> None:
        self.left = die_at

    def before(self, do: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return do(*arguments, **named)

        return call


class _Half(sqlite3.Connection):
    """A database whose transactions may end before they are committed."""

    counter: _Counter

    def execute(self, sql: str, *rest: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            return self.counter.before(super().execute)(sql, *rest)
        return super().execute(sql, *rest)


def main() -> None:
    wanted = json.loads(sys.argv[1])
    counter = _Counter(wanted["die_at"])
    keeping._EVERY_S = 0.0
    os.fsync = counter.before(os.fsync)
    os.truncate = counter.before(os.truncate)
    Path.replace = counter.before(Path.replace)
    index_writer._append = counter.before(index_writer._append)
    PatchLayer.cut = counter.before(PatchLayer.cut)
    _Half.counter = counter
    connect = sqlite3.connect
    sqlite3.connect = lambda *names, **more: connect(*names, **more, factory=_Half)
    job = EmbedJob(
        tuple(wanted["rasters"]), ModelCard.load(Path(wanted["card"])), Path(wanted["index"]),
        drop=tuple(wanted.get("drop", ())),
    )  # fmt: skip
    run_embed(job)
    print(counter.left)


if __name__ == "__main__":
    main()
