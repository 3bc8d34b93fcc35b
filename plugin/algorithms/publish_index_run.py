# SPDX-License-Identifier: GPL-2.0-or-later
"""One index on its way to a database: its job for the engine (worker thread)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ...inference.embedding.postgres.publish import PublishJob, PublishResult, publish_index
from ..i18n import tr
from ..published_search import PublishedPlace
from . import publish_index_parameters as names
from .run_parameters import RunParameters


class PublishIndexRun(RunParameters):
    """The index of a folder to the table of a place."""

    def execute(self, place: PublishedPlace) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        job = PublishJob(
            index=Path(self.text(names.INDEX)),
            table=place.name,
            replace=self.flag(names.OVERWRITE),
            distance_index=self.flag(names.DISTANCE_INDEX),
        )
        result = publish_index(
            job,
            replace(place.connection, feedback=self.feedback),
            progress=self.feedback.setProgress,
            cancelled=self.feedback.isCanceled,
        )
        self._tell(result, place)
        return {names.SENT: result.sent, names.RASTERS: result.sources, names.ROWS: result.rows}

    def _tell(self, result: PublishResult, place: PublishedPlace) -> None:
        if not result.sent:
            self.feedback.pushInfo(tr("Nothing is new: the table holds the index already."))
        words = tr("Patches sent: {0}; in the table {1} of '{2}' now: {3}")
        facts = f"{result.sent:,}", place.name, place.connection.name, f"{result.rows:,}"
        self.feedback.pushInfo(words.format(*facts))
