# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:publishindex`: an index in a folder in, a table of PostgreSQL out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingContext

from ...inference.errors import InputError
from ..dependencies import complaint as packages_complaint
from ..i18n import tr
from . import publish_index_parameters as names
from .engine_algorithm import EngineAlgorithm
from .published_parameters import CONNECTION, about_published, published_place

if TYPE_CHECKING:
    from ..published_search import PublishedPlace
    from .publish_index_run import PublishIndexRun


class PublishIndexAlgorithm(EngineAlgorithm):
    """What one machine has looked at, for everybody."""

    asks = names
    group_id = "search"
    example = "INDEX=fields CONNECTION=office SCHEMA=public TABLE=fields"

    def __init__(self) -> None:
        super().__init__()
        self._place: PublishedPlace | None = None

    def name(self) -> str:
        return "publishindex"

    def displayName(self) -> str:  # noqa: N802 (QGIS fixes the name)
        return tr("Publish an index")

    def tags(self) -> list[str]:
        words = tr(
            "publish,index,embedding,vectors,database,postgresql,postgis,pgvector,share,upload,"
            "similarity,search,ai"
        )
        return words.split(",")

    def shortDescription(self) -> str:  # noqa: N802
        return tr("Sends an index of patches to PostgreSQL, where everybody can search it.")

    def intro(self) -> str:
        return tr(
            "Sends an index to a PostgreSQL database with pgvector, through a connection that QGIS "
            "knows: a table of patches with raster, date, network, place and vector, which QGIS "
            "opens as a layer where PostGIS is there. The algorithm geosift:similar then searches "
            "the table in place of a folder, from any machine. Publish again when the index has "
            "grown: only what is new is sent. Whatever happens on the way, the table holds what it "
            "held before or all of the new."
        )

    def checkParameterValues(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        """Whether a run can start, and else one sentence that says what to do."""
        complaint = packages_complaint() or self._complaint(parameters, context)
        if complaint:
            return False, complaint
        return super().checkParameterValues(parameters, context)

    def read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        """See EngineAlgorithm.read."""
        self._place = published_place(self, parameters, context)
        if self._place is None:
            raise InputError(_no_connection())

    def execute(self, run: PublishIndexRun) -> dict[str, Any]:
        """See EngineAlgorithm.execute."""
        return run.execute(self._place)

    def run_type(self) -> type[PublishIndexRun]:
        from .publish_index_run import PublishIndexRun

        return PublishIndexRun

    def _complaint(self, parameters: dict[str, Any], context: QgsProcessingContext) -> str:
        if not parameters.get(names.INDEX):
            return tr("INDEX is missing: give the folder that geosift:embed has made.")
        if not parameters.get(CONNECTION):
            return _no_connection()
        return about_published(self, parameters, context)


def _no_connection() -> str:
    return tr(
        "CONNECTION is missing: give the name of a PostgreSQL connection of QGIS; its browser "
        "makes new ones."
    )
