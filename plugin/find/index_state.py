# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in an index, and which of its rasters are no longer what they were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...inference.errors import InputError
from ..models import catalog
from .question import CHANGED, GONE, UNFINISHED, WHOLE, IndexState, RasterInIndex

if TYPE_CHECKING:
    from ...inference.embedding.index_info import IndexedSource
    from ...inference.embedding.source_file import SourceFile


def state_of(folder: str, known: Sequence[RasterInIndex] = ()) -> IndexState:
    """Read it, in a worker: rasters may lie on a slow disk. Raises InputError.

    Of `known` rasters to which nothing was added the files are not looked at again.
    """
    from ...inference.embedding.index_files import IndexFiles

    files = IndexFiles(Path(folder))
    if not folder or not files.info.exists():
        return IndexState(folder)
    info = files.read_info()
    cards, _ = catalog().look()
    card = next((each for each in cards if each.sha256 == info.making.sha256), None)
    told = {(each.path, each.patches): each for each in known if each.state != UNFINISHED}
    return IndexState(
        folder=folder,
        is_there=True,
        model=info.making.model if card is None else card.name,
        model_file="" if card is None else str(card.path),
        patches=info.rows,
        made=files.info.stat().st_mtime,
        is_placed=bool(info.making.crs),
        rasters=tuple(
            told.get((source.file.path, source.patches)) or _raster(source)
            for source in info.sources
        ),
    )


def _raster(source: IndexedSource) -> RasterInIndex:
    return RasterInIndex(source.file.path, source.patches, source.date[:10], _state(source))


def _state(source: IndexedSource) -> str:
    if not source.height:  # brought in from somewhere else: nobody has looked at the file here
        return WHOLE
    known = source.file
    try:
        if known.bytes and not _is_same(known):
            return CHANGED
    except (OSError, InputError):  # it is not there, or may not be read: other rasters may
        return GONE
    return WHOLE if source.following is None else UNFINISHED


def _is_same(known: SourceFile) -> bool:
    """The file is only read where its size or time tell nothing."""
    from ...inference.embedding.source_file import SourceFile

    there = Path(known.path).stat()
    if (there.st_size, there.st_mtime) == (known.bytes, known.modified):
        return True
    return SourceFile.of(known.path).looks_like(known)
