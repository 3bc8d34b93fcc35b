# SPDX-License-Identifier: GPL-2.0-or-later
"""A PostgreSQL server of a test's own, with pgvector: the programs of the package pgserver.

The package's own Python is not used: as root it makes a user, and opens every folder above its own
to all others. Here root lends the programs to `nobody`, from a copy where that one may not go.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PORT = 5432
USER = "postgres"
_PATIENCE_S = 30.0
_LONGEST = 60
"""Bytes of the path of a folder for temporary files: with the socket's own 107 at most."""


def programs() -> Path | None:
    """The folder of initdb and the others; None where there is no such package for the machine."""
    found = importlib.util.find_spec("pgserver")
    return None if found is None else Path(str(found.origin)).parent / "pginstall" / "bin"


class Server:
    """One cluster in a folder, which is also where its socket is; nobody else can reach it."""

    def __init__(self, folder: Path, programs: Path, who: dict[str, Any]) -> None:
        self.folder, self._programs, self._who = folder, programs, who
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It answers when this returns. Nothing is flushed to the disk, which makes it fast."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, "-k", self._data, "-h", "", "-F"],
                cwd="/", stdout=log, stderr=log, **self._who,
            )  # fmt: skip
        deadline = time.monotonic() + _PATIENCE_S
        ready = [self._programs / "pg_isready", "-q", "-h", self._data]
        while subprocess.run(ready, check=False, **self._who).returncode:
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        """As by a power cut, at once."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_PATIENCE_S)
            self._process = None

    def restart(self) -> None:
        """Killed, and back at once."""
        self.kill()
        self.start()

    def uri(self, user: str = USER) -> str:
        """What QGIS is told of it."""
        return f"dbname='postgres' host={self._data} port={PORT} user='{user}'"

    @property
    def host(self) -> str:
        return str(self._data)

    @property
    def _data(self) -> Path:
        return self.folder / "data"


@contextmanager
def server() -> Iterator[Server]:
    """A new one, running; it and its files are gone afterwards.

    Its folder is short (see `_room`).
    """
    found = programs()
    assert found is not None, "the package pgserver is not installed"
    folder = Path(tempfile.mkdtemp(prefix="gs-pg-", dir=_room()))
    made = None
    try:
        who: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            folder.chmod(0o755)
            found = _lent(found, folder)
        data = folder / "data"
        data.mkdir(mode=0o700)
        if who:
            shutil.chown(data, who["user"], who["group"])
        new = ["--no-sync", "--auth=trust", "--encoding=utf8", "--locale=C", "-U", USER, "-D", data]
        subprocess.run(
            [found / "initdb", *new], check=True, cwd="/", stdout=subprocess.DEVNULL, **who
        )
        made = Server(folder, found, who)
        made.start()
        yield made
    finally:
        if made is not None:
            made.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _room() -> Path:
    """Where temporary files go, unless that is too long for a socket, or closed to `nobody`."""
    usual = Path(tempfile.gettempdir()).resolve()
    is_open = os.geteuid() != 0 or _is_open(usual)
    return usual if is_open and len(os.fsencode(usual)) <= _LONGEST else Path("/tmp")


def _is_open(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _lent(programs: Path, folder: Path) -> Path:
    """The programs where everyone may go."""
    if _is_open(programs):
        return programs
    packages, copy = programs.parents[2], folder / "programs"
    for part in packages.glob("pgserver*"):  # beside it lie libraries that it looks for there
        shutil.copytree(part, copy / part.name)
    for each in (copy, *copy.rglob("*")):
        mode = each.stat().st_mode
        each.chmod(mode | 0o044 | (mode & 0o100 and 0o011))  # what root may, all may
    return copy / programs.relative_to(packages)
