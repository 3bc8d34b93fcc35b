# SPDX-License-Identifier: GPL-2.0-or-later
"""Files come whole and verified or not at all, from servers that behave and from others."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from file_server import FileServer, serving
from plugin_helpers import wait_until
from qgis.core import QgsApplication

from geosift.inference.cards.registry import RegisteredFile
from geosift.plugin.background.work_task import WorkTask
from geosift.plugin.registry.download import download, part_path
from geosift.plugin.registry.troubles import BrokenOff, FetchCancelled, FetchError, WrongContent

CONTENT = np.random.default_rng(3).bytes(250_000)

pytestmark = pytest.mark.usefixtures("qgis_app")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving({"roofs.onnx": CONTENT, "other.onnx": CONTENT[::-1]}) as made:
        yield made


def described(url: str, content: bytes = CONTENT) -> RegisteredFile:
    return RegisteredFile("roofs.onnx", url, len(content), hashlib.sha256(content).hexdigest())


def fetch(file: RegisteredFile, folder: Path) -> Path:
    return download(file, folder, progress=lambda _bytes: None, is_cancelled=lambda: False)


def left(folder: Path) -> int:
    """Bytes that wait to be gone on with."""
    return sum(path.stat().st_size for path in folder.glob("*")) if folder.exists() else 0


def test_a_file_comes_with_progress(server: FileServer, tmp_path: Path) -> None:
    told: list[int] = []
    file = described(server.url("roofs.onnx"))
    path = download(file, tmp_path / "new", progress=told.append, is_cancelled=lambda: False)
    assert path.read_bytes() == CONTENT
    assert told == sorted(told)
    assert told[-1] == len(CONTENT)
    assert server.asked == [("roofs.onnx", "")]


def test_what_is_there_is_not_asked_for_again(server: FileServer, tmp_path: Path) -> None:
    file = described(server.url("roofs.onnx"))
    assert fetch(file, tmp_path) == fetch(file, tmp_path)
    assert len(server.asked) == 1


def test_a_file_address_needs_no_server(tmp_path: Path) -> None:
    place = tmp_path / "with spaces & ünïcode.onnx"
    place.write_bytes(CONTENT)
    assert fetch(described(place.as_uri()), tmp_path / "to").read_bytes() == CONTENT


def test_it_goes_on_by_itself_where_the_connection_broke_off(
    server: FileServer, tmp_path: Path
) -> None:
    server.break_after = [100_000, 70_000]
    assert fetch(described(server.url("roofs.onnx")), tmp_path).read_bytes() == CONTENT
    assert [wish for _, wish in server.asked] == ["", "bytes=100000-", "bytes=170000-"]


def test_a_server_that_says_no_length_and_breaks_off(server: FileServer, tmp_path: Path) -> None:
    server.says_length, server.break_after = False, [100_000]
    assert fetch(described(server.url("roofs.onnx")), tmp_path).read_bytes() == CONTENT


def test_what_came_is_kept_for_another_day(server: FileServer, tmp_path: Path) -> None:
    server.break_after = [100_000, 0]
    file = described(server.url("roofs.onnx"))
    with pytest.raises(BrokenOff, match="goes on from there") as caught:
        fetch(file, tmp_path)
    assert "100.0 kB of 250.0 kB" in str(caught.value)
    assert left(tmp_path) == 100_000
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1][1] == "bytes=100000-"


def test_a_server_that_ignores_ranges_begins_anew(server: FileServer, tmp_path: Path) -> None:
    server.knows_ranges, server.break_after = False, [100_000]
    assert fetch(described(server.url("roofs.onnx")), tmp_path).read_bytes() == CONTENT
    assert [wish for _, wish in server.asked] == ["", "bytes=100000-"]


@pytest.mark.parametrize("shift", [-1000, 1000])
def test_a_server_that_goes_on_elsewhere_is_refused(
    shift: int, server: FileServer, tmp_path: Path
) -> None:
    server.shift_range, server.break_after = shift, [100_000]
    with pytest.raises(WrongContent, match="go on where"):
        fetch(described(server.url("roofs.onnx")), tmp_path)
    assert left(tmp_path) == 0


@pytest.mark.parametrize("lie", [-7, 7])
def test_a_wrong_size_is_refused_before_anything_is_kept(
    lie: int, server: FileServer, tmp_path: Path
) -> None:
    server.lie_about_size = lie
    with pytest.raises(WrongContent, match="250,000 bytes are expected") as caught:
        fetch(described(server.url("roofs.onnx")), tmp_path)
    assert f"{250_000 + lie:,} bytes come" in str(caught.value)
    assert left(tmp_path) == 0


def test_more_than_there_should_be_is_refused_while_it_comes(
    server: FileServer, tmp_path: Path
) -> None:
    """A server that says no size could else fill the disk."""
    server.files["roofs.onnx"], server.says_length = CONTENT * 20, False
    server.slow = 0.001
    sizes: list[int] = []
    file = described(server.url("roofs.onnx"))
    with pytest.raises(WrongContent, match="more come"):
        download(file, tmp_path, progress=sizes.append, is_cancelled=lambda: False)
    assert max(sizes) <= len(CONTENT)
    assert left(tmp_path) == 0


def test_another_file_of_the_same_size_is_refused(server: FileServer, tmp_path: Path) -> None:
    with pytest.raises(WrongContent, match="another SHA-256"):
        fetch(described(server.url("other.onnx")), tmp_path)
    assert left(tmp_path) == 0


def test_a_wrong_beginning_is_fetched_again(server: FileServer, tmp_path: Path) -> None:
    """What lay there from another day may be what is wrong."""
    file = described(server.url("roofs.onnx"))
    part_path(file, tmp_path).write_bytes(b"x" * 100_000)
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert [wish for _, wish in server.asked] == ["bytes=100000-", ""]


def test_more_than_the_whole_lying_there_is_fetched_again(
    server: FileServer, tmp_path: Path
) -> None:
    file = described(server.url("roofs.onnx"))
    part_path(file, tmp_path).write_bytes(CONTENT + b"x")
    assert fetch(file, tmp_path).read_bytes() == CONTENT


def test_a_server_whose_file_became_shorter(server: FileServer, tmp_path: Path) -> None:
    file = described(server.url("roofs.onnx"))
    part_path(file, tmp_path).write_bytes(CONTENT[:200_000])
    server.files["roofs.onnx"] = CONTENT[:150_000]
    with pytest.raises(WrongContent, match="less of"):
        fetch(file, tmp_path)
    assert left(tmp_path) == 0


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "out of date"),
        (410, "out of date"),
        (401, "login"),
        (403, "login"),
        (500, "try again later"),
        (503, "try again later"),
        (204, "answers 204"),
    ],
)
def test_what_a_server_answers_instead_is_said(
    status: int, says: str, server: FileServer, tmp_path: Path
) -> None:
    server.status = status
    with pytest.raises(FetchError, match=says) as caught:
        fetch(described(server.url("roofs.onnx")), tmp_path)
    assert "127.0.0.1" in str(caught.value) and "\n" not in str(caught.value)
    assert left(tmp_path) == 0, "a page about an error is not the file"


def test_a_login_page_instead_of_the_file_is_refused(server: FileServer, tmp_path: Path) -> None:
    server.status = 200
    with pytest.raises(WrongContent, match="login page"):
        fetch(described(server.url("roofs.onnx")), tmp_path)


def test_redirections_are_followed_but_not_to_files_of_this_computer(
    server: FileServer, tmp_path: Path
) -> None:
    with serving({"there.onnx": CONTENT}) as other:
        server.status, server.location = 302, other.url("there.onnx")
        assert fetch(described(server.url("roofs.onnx")), tmp_path / "a").read_bytes() == CONTENT
    (tmp_path / "secret.onnx").write_bytes(CONTENT)
    server.location = (tmp_path / "secret.onnx").as_uri()
    with pytest.raises(FetchError):
        fetch(described(server.url("roofs.onnx")), tmp_path / "b")
    assert left(tmp_path / "b") == 0


def test_without_a_network_there_is_a_clear_sentence(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError, match="cannot be reached: check the network") as caught:
        fetch(described(f"http://127.0.0.1:{port}/roofs.onnx"), tmp_path)
    assert not isinstance(caught.value, BrokenOff)
    with pytest.raises(FetchError, match=r"no-such-host\.invalid cannot be reached"):
        fetch(described("http://no-such-host.invalid/roofs.onnx"), tmp_path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"gone\.onnx cannot be read"):
        fetch(described((tmp_path / "gone.onnx").as_uri()), tmp_path / "to")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/a.onnx", "qrc:/a.onnx", "a.onnx", ""])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="no address of a file"):
        fetch(described(url), tmp_path)


def test_a_folder_that_cannot_be_made_is_said(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FetchError, match="cannot be written"):
        fetch(described(server.url("roofs.onnx")), tmp_path / "file" / "folder")


def test_cancelling_keeps_what_came(server: FileServer, tmp_path: Path) -> None:
    server.slow = 0.02
    sizes: list[int] = []
    file = described(server.url("roofs.onnx"))
    with pytest.raises(FetchCancelled):
        download(
            file, tmp_path, progress=sizes.append,
            is_cancelled=lambda: bool(sizes) and sizes[-1] >= 50_000,
        )  # fmt: skip
    assert 50_000 <= left(tmp_path) < len(CONTENT)
    server.slow = 0.0
    assert fetch(file, tmp_path).read_bytes() == CONTENT
    assert server.asked[-1][1].startswith("bytes=")


def test_in_a_worker_thread_as_in_the_desktop(server: FileServer, tmp_path: Path) -> None:
    """QGIS's network manager of that thread; the main thread stays free."""
    server.break_after = [100_000]
    file = described(server.url("roofs.onnx"))
    task = WorkTask("fetch", lambda _task: fetch(file, tmp_path), foreseen=FetchError)
    over: list[bool] = []
    task.taskCompleted.connect(lambda: over.append(True))
    task.taskTerminated.connect(lambda: over.append(False))
    QgsApplication.taskManager().addTask(task)
    wait_until(lambda: bool(over))
    assert (over, task.trouble) == ([True], "")
    assert task.answer.read_bytes() == CONTENT
