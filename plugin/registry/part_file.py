# SPDX-License-Identifier: GPL-2.0-or-later
"""A file that grows while it comes, and can be gone on with another day."""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedWriter
from pathlib import Path

from ...inference.cards.registry import RegisteredFile
from ..i18n import tr
from ..words import bytes_words
from .network import Head
from .troubles import WrongContent


class PartFile:
    """What has come of a file so far, under a name of its own; never larger than the whole."""

    def __init__(
        self, path: Path, file: RegisteredFile, *, progress: Callable[[int], None]
    ) -> None:
        """`progress` is told how many bytes there are."""
        self.path, self._file, self._progress = path, file, progress
        self._out: BufferedWriter | None = None
        self._size = 0

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def begin(self, head: Head) -> None:
        """Go on behind what is there, or anew where the other side begins at the beginning."""
        if head.total not in (None, self._file.bytes):
            raise WrongContent(self._wrong_size(bytes_words(head.total)))
        if head.first not in (0, self.size):
            words = tr("{0} does not go on where it was asked to: fetch it again.")
            raise WrongContent(words.format(self._file.url))
        self._size = head.first
        self._out = self.path.open("ab" if head.first else "wb")

    def take(self, content: bytes) -> None:
        """Keep the next bytes."""
        self._size += len(content)
        if self._size > self._file.bytes:
            raise WrongContent(self._wrong_size(tr("more")))
        self._out.write(content)
        self._progress(self._size)

    def close(self) -> None:
        """Have all that was taken on the disk."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def discard(self) -> None:
        """Begin from nothing the next time."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _wrong_size(self, came: str) -> str:
        return tr(
            "{0} is not what the list of models says: {1} are expected, and {2} come. It may be a "
            "login page, or another version; nothing of it was kept. Ask who keeps the list."
        ).format(self._file.url, bytes_words(self._file.bytes), came)
