# SPDX-License-Identifier: GPL-2.0-or-later
"""With what a run makes an index, or goes on with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from ..errors import InputError
from ..network.engine import Engine
from ..raster.source import RasterSource
from .index_files import IndexFiles
from .index_info import Making
from .job import EmbedJob
from .laid_out import crs_of_source
from .source_file import SourceFile

Opener = Callable[[SourceFile], AbstractContextManager[RasterSource]]


def completed(job: EmbedJob) -> EmbedJob:
    """The job of an index that is there, in which what nobody says is as it was."""
    files = IndexFiles(job.index)
    if not files.info.exists():
        return job
    known = files.read_info().making
    return replace(
        job,
        step=job.step or known.step,
        resolution=job.resolution or known.resolution,
        bands=job.bands or known.bands or None,
    )


def making_of(job: EmbedJob, engine: Engine, files: Sequence[SourceFile], opened: Opener) -> Making:
    """What a completed job makes; whether rasters lie anywhere the first that opens tells."""
    card = engine.session.card
    return Making(
        model=card.id,
        sha256=card.sha256,
        dimension=engine.channels,
        patch=card.tile,
        step=job.every,
        resolution=job.resolution or card.resolution_m,
        crs=_crs(job, files, opened),
        bands=job.bands or (),
    )


def _crs(job: EmbedJob, files: Sequence[SourceFile], opened: Opener) -> str:
    for file in files:
        try:
            with opened(file) as source:
                return crs_of_source(source)
        except InputError:  # told when its turn comes
            if len(files) == 1:
                raise
    there = IndexFiles(job.index)
    return there.read_info().making.crs if there.info.exists() else ""
