# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that goes through spoilt models: `python tests/mutated_run.py FIRST COUNT [FOLDER]`.

It is one of its own, so that a crash is seen, memory is bounded and every opened file is watched.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import resource
import shutil
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from mutating import mutated

from geosift.inference.cards.card import ModelCard
from geosift.inference.cards.model_index import NAME, listed
from geosift.inference.errors import GeoSiftError
from geosift.inference.foreign import bare
from geosift.inference.foreign.reading import card_of, cards_in
from geosift.inference.network import onnx_file
from geosift.inference.network.session import Session
from geosift.inference.prompt.pairs.network import PromptPair

LONGEST_S = 30.0
_MEMORY = 8 << 30
_IN_OPEN, _NONBLOCK = 0x20, os.O_NONBLOCK
_WATCHED = ("open", "os.listdir", "os.scandir")
_FORBIDDEN = ("socket.connect", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")


class Opened:
    """What this process opens besides a folder: by Python's own telling, and by the system's.

    The system tells of the folder above, where the files lie that spoilt models point to.
    """

    def __init__(self, inside: Path) -> None:
        self._inside, self.found, self.active = str(inside), [], False
        sys.addaudithook(self._told)
        libc = ctypes.CDLL(None, use_errno=True)
        self._queue = libc.inotify_init1(_NONBLOCK)
        libc.inotify_add_watch(self._queue, os.fsencode(inside.parent), _IN_OPEN)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While this lasts, every opening counts."""
        self._drain()
        self.active = True
        try:
            yield
        finally:
            self.active = False
            self.found.extend(name for name in self._drain() if name != Path(self._inside).name)

    def _told(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.active:
            return
        if event in _FORBIDDEN:
            self.found.append(event)
        elif event in _WATCHED and isinstance(arguments[0], (str, bytes)):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith((self._inside, sys.prefix, sys.base_prefix, _REPOSITORY)):
                self.found.append(path)

    def _drain(self) -> list[str]:
        try:
            data = os.read(self._queue, 1 << 16)
        except BlockingIOError:
            return []
        names, at = [], 0
        while at < len(data):
            length = struct.unpack_from("iIII", data, at)[3]
            raw = data[at + 16 : at + 16 + length].rstrip(b"\0")
            at += 16 + length
            if raw:
                names.append(os.fsdecode(raw))
        return names


_REPOSITORY = str(Path(__file__).resolve().parent.parent)


def go_through(folder: Path, first: int, count: int) -> dict[str, Any]:
    """What became of `count` spoilt models from number `first` on."""
    inside = folder / "inside"
    inside.mkdir()
    (folder / "outside.bin").write_bytes(bytes(100))
    opened = Opened(inside.resolve())
    became: Counter[str] = Counter()
    failures, slowest = [], (0.0, -1)
    for number in range(first, first + count):
        faulthandler.dump_traceback_later(LONGEST_S, exit=True)
        (folder / "number").write_text(str(number))
        for path in inside.iterdir():
            path.unlink()
        for name, content in mutated(number).items():
            (inside / name).write_bytes(content)
        start = time.perf_counter()
        try:
            with opened.watched():
                became[_judged(inside)] += 1
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what we look for
            failures.append(f"{number}: {type(error).__name__}: {error}"[:300])
        slowest = max(slowest, (time.perf_counter() - start, number))
        failures += [f"{number}: opened {path}" for path in opened.found]
        opened.found.clear()
    faulthandler.cancel_dump_traceback_later()
    return {"became": became, "failures": failures, "slowest": slowest}


def _judged(folder: Path) -> str:
    """How far a model comes; anything raised but a GeoSiftError of one sentence is a failure."""
    _listed_again(folder)
    path = folder / "net.onnx"
    _described(path)
    try:
        card = card_of(path)
    except GeoSiftError as error:
        _require_sentence(error)
        return "refused"
    _require_written(card)
    try:
        PromptPair(card) if card.kind == "prompt" else Session(card)
    except GeoSiftError as error:
        _require_sentence(error)
    try:
        network = onnx_file.OnnxFile(path, called="net", callers=1, threads_per_call=1)
        _ask(network)
    except GeoSiftError as error:
        _require_sentence(error)
        return "has a card, is not run"
    return "runs"


def _ask(network: onnx_file.OnnxFile) -> None:
    """A black tile, where the network takes one picture and answers."""
    kinds = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8}
    if len(network.inputs) != 1 or not network.outputs or network.inputs[0].type not in kinds:
        return
    image = network.inputs[0]
    shape = [side if isinstance(side, int) else 1 for side in image.shape]
    if len(shape) == 4 and np.prod(shape, dtype=float) < 1e6:
        network.run([network.outputs[0].name], {image.name: np.zeros(shape, kinds[image.type])})


def _described(path: Path) -> None:
    try:
        asked = bare.questions(path)
        for kind in asked.kinds:
            _require_written(bare.card(path, asked.defaults(kind)))
    except GeoSiftError as error:
        _require_sentence(error)


def _listed_again(folder: Path) -> None:
    """Listing never fails, and an index says what the files say."""
    expected = cards_in(folder)
    if listed(folder) != expected:
        raise RuntimeError("the index says something else")
    for sentence in expected[1]:
        _require_sentence(sentence)
    (folder / NAME).unlink(missing_ok=True)


def _require_written(card: ModelCard) -> None:
    path = card.path.with_name("written.json")
    path.write_text(card.to_json(), encoding="utf-8")
    if ModelCard.load(path) != card:
        raise RuntimeError("the card is not read back as it was written")
    path.unlink()


def _require_sentence(error: object) -> None:
    text = str(error)
    if not (text.isprintable() and 10 < len(text) < 1000):
        raise RuntimeError(f"no sentence to show: {text!r:.200}")


def main() -> int:
    first, count = int(sys.argv[1]), int(sys.argv[2])
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else tempfile.mkdtemp(prefix="mutations-"))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    onnx_file._PATIENCE_S = 2.0
    result = go_through(folder, first, count)
    if len(sys.argv) <= 3:
        shutil.rmtree(folder)
    print(json.dumps(result))
    return 1 if result["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
