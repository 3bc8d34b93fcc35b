# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the list of models that can be fetched lies, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from qgis.PyQt.QtCore import QUrl

from ...inference.cards.registry import MOST_BYTES, Registry
from ..i18n import tr
from .network import Head, receive
from .troubles import FetchError

BUNDLED = Path(__file__).resolve().parent.parent.parent / "resources" / "registry.json"


def read_registry(place: str, *, is_cancelled: Callable[[], bool]) -> Registry:
    """The list at an address or a path, '' for the bundled one; raises GeoSiftError."""
    address = registry_address(place)
    content = _Content(address)
    receive(address, content, is_cancelled=is_cancelled)
    return Registry.parse(bytes(content.kept), place=address)


def registry_address(place: str) -> str:
    """The address that the setting stands for."""
    if not place:
        return BUNDLED.as_uri()
    return QUrl.fromUserInput(place).toString() if "://" in place else _file_address(place)


def _file_address(path: str) -> str:
    return bytes(QUrl.fromLocalFile(str(Path(path).absolute())).toEncoded()).decode("ascii")


class _Content:
    """Keeps a list in memory, as long as it is not larger than lists are."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.kept = bytearray()

    def begin(self, head: Head) -> None:
        self._require_room(head.total or 0)

    def take(self, content: bytes) -> None:
        self._require_room(len(self.kept) + len(content))
        self.kept += content

    def _require_room(self, size: int) -> None:
        if size > MOST_BYTES:
            words = tr("{0} is too large for a list of models: check the address.")
            raise FetchError(words.format(self._address))
