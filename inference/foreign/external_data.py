# SPDX-License-Identifier: GPL-2.0-or-later
"""Files beside a network that hold its constants: only beside it, and as long as it says."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath

from ..errors import ModelError
from .facts import BITS, OnnxFacts, TensorFacts


def external_files(path: Path, facts: OnnxFacts) -> tuple[Path, ...]:
    """The other files that the network `path` is made of; ModelError where one is not allowed."""
    found: dict[Path, None] = {}
    for tensor in facts.every_tensor():
        if tensor.is_external or tensor.external:
            reason, file = _file_of(path.parent, tensor)
            if reason:
                raise ModelError(
                    f"{path.name} is not run: its constant {tensor.name!r:.60} {reason}."
                )
            found[file] = None
    return tuple(found)


def _file_of(folder: Path, tensor: TensorFacts) -> tuple[str, Path]:
    """Why the constant's file is refused ("": it is not), and that file."""
    told = dict(tensor.external)
    location = told.get("location", "")
    if len(told) != len(tensor.external) or not location:
        return "does not say clearly where its values lie; export it again", folder
    if not _is_plain(location):
        return (
            f"lies in {location!r:.80}, which leads out of the network's folder; a network reads "
            "nothing but files beside it"
        ), folder
    file = folder / location
    root = folder.resolve()
    if root not in file.resolve().parents:
        return f"lies in {location!r:.80}, a link out of the network's folder", folder
    if not file.is_file():
        return f"lies in {location!r:.80}, which is not beside it; put that file there, too", folder
    return _out_of_range(told, file, tensor), file


def _is_plain(location: str) -> bool:
    """Whether a location names a file in the folder or below it, on any system."""
    path = PureWindowsPath(location)
    whole = not (path.drive or path.root or location.startswith(("/", "~")))
    signs = location.isprintable() and not set(location) & set(':*?"<>|\ufffd')
    return whole and signs and ".." not in path.parts


def _out_of_range(told: dict[str, str], file: Path, tensor: TensorFacts) -> str:
    """Why the part of the file that is named is none of it; "" where it is."""
    size = -(-tensor.elements * BITS[tensor.type] // 8)
    try:
        start, length = int(told.get("offset", "0")), int(told.get("length", str(size)))
    except ValueError:
        return "names a place in its file that is no number; export it again"
    if start < 0 or length != size or start + length > file.stat().st_size:
        return f"does not lie in {file.name} as it says; fetch or export both files again"
    return ""
