# SPDX-License-Identifier: GPL-2.0-or-later
"""A model of the list, fetched, verified and put among the user's models as a whole."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...inference.cards.network_file import digest
from ...inference.cards.registry import RegisteredModel
from ..alone import alone
from ..i18n import tr
from ..words import size_words
from .download import download
from .troubles import FetchError

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_CACHE = ".fetched"
"""In the folder of models, so that what is whole is put in place by a rename."""
_ABANDONED_S = 30 * 24 * 3600.0


def fetch_model(
    model: RegisteredModel,
    folder: Path,
    *,
    progress: Callable[[float], None],
    is_cancelled: Callable[[], bool],
) -> ModelCard:
    """The installed model's card; `progress` is told percent. Raises GeoSiftError.

    One that is there, with the very files of the list, is not fetched again.
    """
    from ...inference.cards.model_folder import ModelFolder

    own = ModelFolder(folder)
    if _is_there(model, folder / model.id):
        return own.installed(model.id)
    own.require_absent(model.id)
    cache = folder / _CACHE
    busy = tr("Another window of QGIS is fetching models: wait until it has finished.")
    with alone(cache, FetchError(busy)):
        _forget_abandoned(cache)
        _require_room(model, folder)
        paths = {}
        before = 0
        for file in model.files:
            paths[file.name] = download(
                file,
                cache,
                progress=lambda size, before=before: progress(100 * (before + size) / model.bytes),
                is_cancelled=is_cancelled,
            )
            before += file.bytes
        return own.install(model.id, paths)


def _is_there(model: RegisteredModel, place: Path) -> bool:
    paths = [place / file.name for file in model.files]
    if not all(path.is_file() for path in paths):
        return False
    return all(digest(path) == file.sha256 for path, file in zip(paths, model.files))


def _forget_abandoned(cache: Path) -> None:
    """What nobody has gone on with for a month."""
    for part in cache.glob("*.part"):
        with suppress(OSError):  # another time, then
            if time.time() - part.stat().st_mtime > _ABANDONED_S:
                part.unlink()


def _require_room(model: RegisteredModel, folder: Path) -> None:
    """Before the first byte, not after the last that fits."""
    place = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(place).free
    if free < model.bytes:
        raise FetchError(
            tr("{0} needs {1}, and {2} has {3} left: make room, or choose another folder.").format(
                model.name, size_words(model.bytes), place, size_words(free)
            )
        )
