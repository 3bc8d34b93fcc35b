# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of files on this computer that can be told to behave badly."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What it holds and how it behaves; `asked` is (path, Range or '') of each request."""

    files: dict[str, bytes]
    asked: list[tuple[str, str]] = field(default_factory=list)
    break_after: list[int] = field(default_factory=list)
    """Bytes after which the next answers end, one number an answer."""
    knows_ranges: bool = True
    says_length: bool = True
    lie_about_size: int = 0
    """How much more than it has it says it has."""
    shift_range: int = 0
    """How far from the wished byte it begins."""
    status: int = 0
    """Answers everything with that, and a page."""
    location: str = ""
    """Where it sends everybody, with `status`."""
    slow: float = 0.0
    """Seconds between two pieces."""
    piece: int = 10_000
    """Bytes it sends at once."""
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    """A server of these, by path without the first slash."""
    behaviour = FileServer(files)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"b": behaviour}))
    server.daemon_threads = True
    behaviour.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield behaviour
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    b: FileServer

    def log_message(self, *_words: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        wish = self.headers.get("Range", "")
        self.b.asked.append((self.path[1:], wish))
        content = self.b.files.get(self.path[1:])
        if self.b.status or content is None:
            self._page(self.b.status or 404)
            return
        found = re.fullmatch(r"bytes=(\d+)-", wish) if self.b.knows_ranges else None
        first = int(found[1]) + self.b.shift_range if found else 0
        if found and first >= len(content):
            self._page(416)
            return
        total = len(content) + self.b.lie_about_size
        self.send_response(206 if found else 200)
        if found:
            self.send_header("Content-Range", f"bytes {first}-{total - 1}/{total}")
        if self.b.says_length:
            self.send_header("Content-Length", str(total - first))
        self.end_headers()
        with suppress(ConnectionError):  # who asked has heard enough
            self._send(content[first:])

    def _send(self, content: bytes) -> None:
        end = self.b.break_after.pop(0) if self.b.break_after else len(content)
        for start in range(0, min(end, len(content)), self.b.piece):
            self.wfile.write(content[start : min(start + self.b.piece, end)])
            self.wfile.flush()
            time.sleep(self.b.slow)
        self.close_connection = True

    def _page(self, status: int) -> None:
        page = b"<html>Please log in</html>"
        self.send_response(status)
        if self.b.location:
            self.send_header("Location", self.b.location)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
