# SPDX-License-Identifier: GPL-2.0-or-later
"""One address read through QGIS's network manager: its proxies, certificates and logins count.

Works in any thread, with and without a window: QGIS has a manager for each thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from qgis.core import QgsNetworkAccessManager
from qgis.PyQt.QtCore import QEventLoop, QTimer, QUrl
from qgis.PyQt.QtNetwork import QNetworkReply, QNetworkRequest

from ..i18n import tr
from .troubles import FetchCancelled, FetchError, explain

_SCHEMES = ("http", "https", "file")
_POLL_MS = 100
_AT_ONCE = 1_000_000
"""Bytes that may wait to be taken; a server that is faster is slowed down."""


@dataclass(frozen=True)
class Head:
    """What is known before the content: where in the file it begins, and the whole file's size.

    `total` is None where nobody said.
    """

    first: int
    total: int | None


class Receiver(Protocol):
    """Takes a file as it comes; whatever it raises as FetchError or OSError ends the transfer."""

    def begin(self, head: Head) -> None:
        """Hear what comes."""

    def take(self, content: bytes) -> None:
        """Keep the next bytes."""


def receive(
    url: str, receiver: Receiver, *, first: int = 0, is_cancelled: Callable[[], bool]
) -> None:
    """Read an address, from byte `first` on where the other side can; raises FetchError."""
    address = QUrl(url)
    if address.scheme() not in _SCHEMES:
        words = tr("{0} is no address of a file: it begins with https://, http:// or file://.")
        raise FetchError(words.format(url))
    reply = QgsNetworkAccessManager.instance().get(_request(address, first))
    try:
        _Transfer(reply, receiver, is_cancelled).run()
    finally:
        reply.deleteLater()


class _Transfer:
    """Lets a reply come in; errors of the receiver are raised when the reply has ended."""

    def __init__(
        self, reply: QNetworkReply, receiver: Receiver, is_cancelled: Callable[[], bool]
    ) -> None:
        self._reply, self._receiver, self._is_cancelled = reply, receiver, is_cancelled
        self._began = False
        self._trouble: Exception | None = None

    def run(self) -> None:
        loop, poll = QEventLoop(), QTimer()
        poll.setInterval(_POLL_MS)
        poll.timeout.connect(self._look)
        self._reply.setReadBufferSize(_AT_ONCE)
        self._reply.readyRead.connect(self._take)
        self._reply.finished.connect(loop.quit)
        poll.start()
        if not self._reply.isFinished():
            loop.exec()
        poll.stop()
        self._look()
        self._take()
        if self._trouble is not None:
            raise self._trouble
        if self._reply.error() != QNetworkReply.NetworkError.NoError:
            raise explain(self._reply, _status(self._reply))
        self._guarded(self._begin)  # an empty file sends nothing to take
        if self._trouble is not None:
            raise self._trouble

    def _look(self) -> None:
        if self._trouble is None and self._is_cancelled():
            self._end(FetchCancelled(tr("Cancelled.")))

    def _take(self) -> None:
        if self._trouble is None and _is_content(self._reply):
            self._guarded(self._take_all)

    def _take_all(self) -> None:
        while self._reply.bytesAvailable() and not self._is_cancelled():
            self._begin()
            self._receiver.take(bytes(self._reply.read(_AT_ONCE)))

    def _begin(self) -> None:
        if not self._began:
            self._began = True
            self._receiver.begin(_head(self._reply))

    def _guarded(self, step: Callable[[], None]) -> None:
        """Qt cannot carry an exception out of what it calls."""
        try:
            step()
        except OSError as error:  # FetchError is one
            self._end(error)

    def _end(self, error: Exception) -> None:
        self._trouble = error
        if self._reply.isRunning():
            self._reply.abort()


def _request(address: QUrl, first: int) -> QNetworkRequest:
    request = QNetworkRequest(address)
    names = QNetworkRequest.Attribute
    always = QNetworkRequest.CacheLoadControl.AlwaysNetwork
    no_less_safe = QNetworkRequest.RedirectPolicy.NoLessSafeRedirectPolicy
    request.setAttribute(names.CacheLoadControlAttribute, _number(always))
    request.setAttribute(names.CacheSaveControlAttribute, False)
    request.setAttribute(names.RedirectPolicyAttribute, _number(no_less_safe))
    request.setRawHeader(b"Accept-Encoding", b"identity")  # else sizes are those of something else
    if first and not address.isLocalFile():
        request.setRawHeader(b"Range", f"bytes={first}-".encode())
    return request


def _number(value: Any) -> int:
    """An enum's number: PyQt6 has Python's enums, PyQt5 its own, which are numbers."""
    return int(getattr(value, "value", value))


def _status(reply: QNetworkReply) -> int | None:
    """The answer's HTTP status, None for a file."""
    status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
    return None if status is None else int(status)


def _is_content(reply: QNetworkReply) -> bool:
    """Whether what comes is of the file, and not a page about an error."""
    return _status(reply) in (None, 200, 206)


def _head(reply: QNetworkReply) -> Head:
    """Raises FetchError where the answer is none to a wish for a file."""
    status = _status(reply)
    if status == 206:
        said = bytes(reply.rawHeader(b"Content-Range")).decode("latin-1")
        found = re.fullmatch(r"\s*bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)\s*", said)
        if found is None:
            words = tr("{0} says it sends a part of the file, but not which: ask who keeps it.")
            raise FetchError(words.format(reply.url().host()))
        return Head(int(found[1]), None if found[2] == "*" else int(found[2]))
    if status not in (None, 200):
        words = tr("{0} sends no file for {1} (it answers {2}): ask who keeps the list.")
        url = reply.url()
        raise FetchError(words.format(url.host(), url.toDisplayString(), status))
    said = bytes(reply.rawHeader(b"Content-Length")).decode("latin-1").strip()
    return Head(0, int(said) if re.fullmatch(r"\d{1,18}", said) else None)
