# SPDX-License-Identifier: GPL-2.0-or-later
"""An index in a database that QGIS knows: what it was made with, and a search in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from qgis.core import QgsFeedback

from ..inference.embedding.index_info import Making
from ..inference.embedding.postgres.search import PublishedIndex, run_similar_in
from ..inference.embedding.postgres.table_name import TableName
from ..inference.embedding.similar import SimilarJob, SimilarResult
from ..inference.runs.outputs import Companion
from .database import StoredConnection


@dataclass(frozen=True)
class PublishedPlace:
    """A table behind a connection; made on the main thread, asked on any."""

    connection: StoredConnection
    name: TableName

    @cached_property
    def making(self) -> Making:
        """What its vectors were made with, asked of the server once; raises GeoSiftError."""
        return PublishedIndex.open(self.connection, self.name).info.making

    @property
    def is_placed(self) -> bool:
        """Whether its patches lie on the ground, in degrees."""
        return bool(self.making.crs)


def run_similar_published(
    job: SimilarJob,
    place: PublishedPlace,
    feedback: QgsFeedback,
    *,
    companions: Sequence[Companion] = (),
) -> SimilarResult:
    """The search of a job, done by the server of `place`; the job's own index does not count."""
    return run_similar_in(
        place.name,
        replace(place.connection, feedback=feedback),
        job,
        companions=companions,
        progress=feedback.setProgress,
        message=feedback.pushWarning,
        cancelled=feedback.isCanceled,
    )
