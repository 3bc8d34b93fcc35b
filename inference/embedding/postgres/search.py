# SPDX-License-Identifier: GPL-2.0-or-later
"""Which patches of a table are like some examples: the server compares, filters and sorts."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import DatabaseError, InputError, OutputError
from ...runs.job_rules import hold
from ...runs.outputs import Companion
from ...runs.whole_run import Asked, Message, Progress
from ..filters import Filters, nothing_wanted
from ..index import Index
from ..index_info import IndexInfo
from ..search import Hits, Scores, best, best_apart
from ..similar import Answer, SimilarJob, SimilarResult, write_similar
from . import where
from .database import Database, Rows
from .examples import TableExamples
from .published import read_published
from .rows import SomePatches, columns
from .server import Server, as_made, read_server
from .sql_text import vector
from .table_name import TableName

_NO_HEAT = (
    "A heat raster is not made from a table, since a server answers with the best patches only and "
    "heat needs the score of every one; search the folder that was published, or embed the raster "
    "into one."
)
_SLACK, _LEAST_SLACK = 0.1, 100
"""More than are wanted are fetched: pgvector adds in 32 bits, so of patches whose scores are equal
in six digits the wrong ones may come last. What is fetched is sorted by 64 bits."""
_MORE = 9
"""How many times more for hits apart: so many overlap at steps of half a patch."""


def run_similar_in(
    name: TableName,
    database: Database,
    job: SimilarJob,
    *,
    companions: Sequence[Companion] = (),
    progress: Progress = lambda percent: None,
    message: Message = lambda text: None,
    cancelled: Asked = lambda: False,
) -> SimilarResult:
    """`run_similar` in a table; a heat raster, which needs every patch of a raster, is not made."""
    hold((job.heat is None, _NO_HEAT))
    return write_similar(
        job, lambda warn: PublishedIndex.open(database, name).find(job, tell=warn),
        companions=companions, progress=progress, message=message, cancelled=cancelled,
    )  # fmt: skip


@dataclass(frozen=True)
class PublishedIndex:
    """An index in a database, opened: `info` is what it says of itself."""

    database: Database
    name: TableName
    server: Server
    info: IndexInfo

    @classmethod
    def open(cls, database: Database, name: TableName) -> PublishedIndex:
        """InputError where there is none."""
        with in_words(database):
            published = read_published(database, name)
            if published is None:
                raise InputError(
                    f"The database of '{database.name}' has no table {name}; publish an index "
                    "there first, or check schema and table."
                )
            server = as_made(read_server(database), database, name)
            return cls(database, name, server, published.info)

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"{self.name} of '{self.database.name}'"

    @property
    def empty(self) -> Index:
        """What is known of it without a patch."""
        return self._patches(()).index

    def find(self, job: SimilarJob, *, tell: Message) -> Answer:
        """The best patches of the table; the job's folder does not count.

        The same as on the disk, since it is exact: an index for distance, which finds only most of
        the best, and with filters fewer than are wanted, is never used for the order asked here.
        """
        with in_words(self.database):
            query = self._query_vector(job, tell)
            began = time.perf_counter()
            looked = job.count * (_MORE if job.apart else 1)
            while True:
                rows, compared = self._nearest(job.filters, query, looked)
                found = self._patches(rows)
                hits = _best(found, query, job)
                if not job.apart or len(hits.rows) == job.count or looked >= compared:
                    break
                looked *= _MORE
        seconds = time.perf_counter() - began
        return Answer(found.index, query, found.told(hits), compared, seconds)

    def _query_vector(self, job: SimilarJob, tell: Message) -> NDArray[np.float64]:
        """Of the patches that examples stand for; these alone are fetched."""
        examples = TableExamples(self.database, self.name, self.server, self.empty)
        query = examples.settled(job.query)
        wanted = list(examples.conditions(query))
        rows: Rows = ()
        if wanted:
            rows = self.database.ask(
                f"SELECT {columns(self.server)} FROM {self.name.patches} "  # nosec B608
                f"WHERE {where.any_of(iter(wanted))}"
            )
        return query.vector(self._patches(rows).index, job.card, tell=tell)

    def _nearest(
        self, filters: Filters, query: NDArray[np.float64], count: int
    ) -> tuple[Rows, int]:
        """The best in one statement, some more than `count`, and how many were compared."""
        conditions = list(where.conditions(filters, self.empty, self.server))
        limit = count + max(int(count * _SLACK), _LEAST_SLACK)
        rows = self.database.ask(
            nearest(self.name, self.server, query, conditions=conditions, limit=limit)
        )
        if not rows:
            raise nothing_wanted(self.title)
        return [row[:-1] for row in rows], int(rows[0][-1])

    def _patches(self, rows: Rows) -> SomePatches:
        return SomePatches.of(rows, self.info, name=self.title)


def nearest(
    name: TableName,
    server: Server,
    query: NDArray[np.float64],
    *,
    conditions: Sequence[str],
    limit: int,
) -> str:
    """The statement: filters, score, order; only of those that are left vectors and shapes."""
    wanted = f"WHERE {' AND '.join(f'({each})' for each in conditions)}" if conditions else ""
    score = f"-(embedding {server.less_product} {vector(query)}::{server.vector_type()}) / length"
    table = name.patches
    return (
        f"SELECT {columns(server)}, (SELECT count(*) FROM {table} {wanted}) FROM "  # nosec B608
        f"(SELECT *, {score} AS score FROM {table} {wanted} ORDER BY score DESC, id "
        f"LIMIT {limit}) AS best"
    )


def _best(found: SomePatches, query: NDArray[np.float64], job: SimilarJob) -> Hits:
    """By numbers of 64 bits; of equal scores the earlier patch."""
    index = found.index
    rows = np.arange(index.info.rows)
    scores = Scores(rows, (index.unit_vectors(rows) @ query).astype(np.float32))
    return (best_apart if job.apart else best)(index, query, scores, job.count)


@contextmanager
def in_words(database: Database) -> Iterator[None]:
    """What a server says, as one sentence."""
    try:
        yield
    except DatabaseError as error:
        raise OutputError(
            f"The database of '{database.name}' could not be searched ({error}); check that the "
            "server is there, and that you may read the table."
        ) from error
