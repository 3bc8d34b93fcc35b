# SPDX-License-Identifier: GPL-2.0-or-later
"""One file of a model, whole and verified, however often the connection breaks off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from ...inference.cards.registry import RegisteredFile
from ..i18n import tr
from ..words import size_words
from .network import receive
from .part_file import PartFile
from .troubles import BrokenOff, FetchCancelled, FetchError, WrongContent

_ATTEMPTS = 5
_CHUNK = 1 << 20


def download(
    file: RegisteredFile,
    folder: Path,
    *,
    progress: Callable[[int], None],
    is_cancelled: Callable[[], bool],
) -> Path:
    """The path in `folder` of the file, verified; raises FetchError.

    What came before the connection broke off, or before the user cancelled, stays in `folder`, and
    the next call goes on from there. What turns out to be another file is deleted.
    """
    part = PartFile(part_path(file, folder), file, progress=progress)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        begun_before = part.size > 0
        _complete(file, part, is_cancelled)
        if begun_before and not _is_right(file, part, is_cancelled):
            part.discard()  # the beginning may be what is wrong
            _complete(file, part, is_cancelled)
        if not _is_right(file, part, is_cancelled):
            raise WrongContent(
                tr(
                    "{0} is not the file the list of models describes (another SHA-256): it was "
                    "deleted. Ask who keeps the list."
                ).format(file.url)
            )
    except WrongContent:
        part.discard()
        raise
    except FetchError:
        raise
    except OSError as error:
        words = tr("{0} cannot be written ({1}): check that there is room, and that it may be.")
        raise FetchError(words.format(part.path, error)) from error
    finally:
        part.close()
    return part.path


def part_path(file: RegisteredFile, folder: Path) -> Path:
    """Where it grows: another version of the file, or another file, grows elsewhere."""
    return folder / f"{file.sha256[:24]}-{file.name}.part"


def _complete(file: RegisteredFile, part: PartFile, is_cancelled: Callable[[], bool]) -> None:
    """Receive what is lacking; goes on by itself as long as each attempt brings something."""
    for attempts_left in reversed(range(_ATTEMPTS)):
        if part.size > file.bytes:
            part.discard()
        before = part.size
        if before == file.bytes:
            return
        try:
            receive(file.url, part, first=before, is_cancelled=is_cancelled)
            part.close()
            if part.size == file.bytes:
                return
            reason = tr("The file ended too early.")
        except BrokenOff as error:
            part.close()
            reason = str(error)
        if not attempts_left or part.size <= before:
            words = tr("{0} {1} of {2} have come: fetch it again, and it goes on from there.")
            came, whole = size_words(part.size), size_words(file.bytes)
            raise BrokenOff(words.format(reason, came, whole))


def _is_right(file: RegisteredFile, part: PartFile, is_cancelled: Callable[[], bool]) -> bool:
    digest = hashlib.sha256()
    with part.path.open("rb") as content:
        for chunk in iter(lambda: content.read(_CHUNK), b""):
            if is_cancelled():
                raise FetchCancelled(tr("Cancelled."))
            digest.update(chunk)
    return digest.hexdigest() == file.sha256
