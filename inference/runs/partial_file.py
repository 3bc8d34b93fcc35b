# SPDX-License-Identifier: GPL-2.0-or-later
"""Files that do not exist until they are whole."""

from __future__ import annotations

import contextlib
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from ..errors import OutputError

_ABANDONED_S = 24 * 3600.0


class PartialFile:
    """A file that has another name until it is whole; removed unless it was committed.

    Whatever kills the process, nothing under the final name is ever half written.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        _require_writable(self.path)
        _require_settled(self.path)
        _remove_abandoned(self.path)
        self.partial = _sibling(self.path, "part")
        self._scratch: list[Path] = []

    def scratch(self) -> Path:
        """A further temporary file beside it, removed with it."""
        extra = _sibling(self.path, "tmp")
        self._scratch.append(extra)
        return extra

    def commit(self) -> Path:
        """Give the finished file its name, in one step."""
        with writing(self.path):
            self.partial.replace(self.path)
        self.discard()
        return self.path

    def discard(self) -> None:
        """Remove whatever is left of it."""
        self.discard_scratch()
        _remove(self.partial)

    def discard_scratch(self) -> None:
        """Remove the further temporary files."""
        for path in self._scratch:
            _remove(path)


class PartialFiles:
    """The same for formats that are several files (a Shapefile): made in a hidden folder."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        _require_writable(self.path)
        # Without a dot: where GDAL sees ".xlsx" inside a path it looks for an archive there.
        folder = self.path.with_name(self.path.name.replace(".", "_"))
        _remove_abandoned(folder)
        self._folder = _sibling(folder, "part")
        self.partial = self._folder / self.path.name
        with writing(self.path):
            self._folder.mkdir()

    def commit(self) -> Path:
        """Give all of them their names; the one that is opened comes last."""
        with writing(self.path):
            for made in sorted(self._folder.iterdir(), key=lambda each: each == self.partial):
                made.replace(self.path.with_name(made.name))
        self.discard()
        return self.path

    def discard(self) -> None:
        """Remove whatever is left of them."""
        shutil.rmtree(self._folder, ignore_errors=True)


class PartialFolder:
    """The same for a folder of any files: written beside, and put in place as a whole.

    `is_ours` says of a folder whether all in it came from here: such a one is replaced, while any
    other with something in it is somebody else's.
    """

    def __init__(self, path: Path, *, is_ours: Callable[[Path], bool]) -> None:
        self.path = Path(path)
        _require_place(self.path)
        self._require_ours(is_ours)
        _remove_abandoned(self.path)
        self.partial = _sibling(self.path, "part")
        with writing(self.path):
            self.partial.mkdir()

    def _require_ours(self, is_ours: Callable[[Path], bool]) -> None:
        with writing(self.path):
            is_file = self.path.exists() and not self.path.is_dir()
            is_strange = not is_file and self.path.exists() and any(self.path.iterdir())
            is_strange = is_strange and not is_ours(self.path)
        if is_file:
            raise OutputError(f"{self.path} is a file; give the name of a folder.")
        if is_strange:
            raise OutputError(
                f"The folder {self.path} holds other files, which are not touched; give a new "
                "folder, such as one inside it."
            )

    def commit(self) -> Path:
        """Give the finished folder its name; what had it before is gone then."""
        before = _sibling(self.path, "tmp")
        with writing(self.path):
            had_one = self.path.exists()
            if had_one:
                self.path.replace(before)
            try:
                self.partial.replace(self.path)
            except OSError:
                if had_one:
                    before.replace(self.path)
                raise
        shutil.rmtree(before, ignore_errors=True)
        return self.path

    def discard(self) -> None:
        """Remove what is left of it."""
        shutil.rmtree(self.partial, ignore_errors=True)


def open_partial(path: Path, stack: contextlib.ExitStack) -> PartialFile:
    """A file that is removed when the stack unwinds, unless it was committed by then."""
    file = PartialFile(path)
    stack.callback(file.discard)
    return file


def _sibling(path: Path, ending: str) -> Path:
    unique = uuid.uuid4().hex[:8]
    return path.parent / f".{path.name}.{unique}.geosift-{ending}"


def _remove(path: Path) -> None:
    """A file, and what GDAL may have put beside it."""
    for ending in ("", ".aux.xml", ".ovr"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _require_writable(path: Path) -> None:
    _require_place(path)
    with writing(path):
        is_folder = path.is_dir()
    if is_folder:
        raise OutputError(f"{path} cannot be written: it is a folder; give a file name in it.")


def _require_place(path: Path) -> None:
    folder = path.parent
    with writing(path):
        no_folder = not folder.is_dir()
    if no_folder:
        raise OutputError(
            f"{path} cannot be written: there is no folder {folder}; create it first."
        )
    probe = folder / f".{uuid.uuid4().hex}.geosift-tmp"
    with writing(path):
        probe.touch()
        probe.unlink()


def _require_settled(path: Path) -> None:
    """A GeoPackage that another program is changing would have its changes played over ours."""
    log = path.with_name(f"{path.name}-wal")
    with writing(path):
        is_open = log.exists() and log.stat().st_size > 0
    if is_open:
        raise OutputError(
            f"{path} is open in another program, which has not finished writing it; remove its "
            "layer there, or give another name."
        )


def _remove_abandoned(path: Path) -> None:
    """What a killed run left of this same output, a day or more ago."""
    for left in path.parent.glob(f".{_literal(path.name)}.*.geosift-*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong while writing into one sentence."""
    try:
        yield
    except (RasterioError, CPLE_BaseError, OSError) as error:
        raise OutputError(
            f"{path} cannot be written ({error}); check that the folder may be written to, "
            "that the disk is not full, and that no other program has the file open."
        ) from error
