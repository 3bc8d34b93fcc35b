# SPDX-License-Identifier: GPL-2.0-or-later
"""A network's file as its card describes it: its digest says whether it is that one."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import CardError

SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCK = 1 << 20
"""Bytes in memory at a time: networks may have two billion."""


@dataclass(frozen=True)
class DecoderFile:
    """The second file of a promptable network, asked for each prompt of what the first has seen."""

    path: Path
    sha256: str
    bytes: int


def require_described(path: Path, sha256: str, *, card_id: str) -> None:
    """Raise CardError unless the file is there and is the one the card describes."""
    if not path.is_file():
        raise CardError(
            f"The model card '{card_id}' names the network {path.name}, which is not in "
            f"{path.parent}; put the file there or choose another model."
        )
    found = digest(path)
    if found != sha256:
        raise CardError(
            f"The network {path} is not the one its card describes (SHA-256 "
            f"{found[:12]}, the card says {sha256[:12]}); fetch the model again."
        )


def known_digest(path: Path) -> str:
    """The SHA-256 of a file that others describe, taken once as long as size and time stay."""
    try:
        found = path.stat()
    except OSError as error:
        raise CardError(f"{path} cannot be read ({error}); check its permissions.") from error
    return _digest_of(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest_of(path: Path, _size: int, _mtime_ns: int) -> str:
    return digest(path)


def digest(path: Path) -> str:
    """The SHA-256 of a file; CardError where it cannot be read."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(_BLOCK), b""):
                found.update(block)
    except OSError as error:
        raise CardError(f"{path} cannot be read ({error}); check its permissions.") from error
    return found.hexdigest()
