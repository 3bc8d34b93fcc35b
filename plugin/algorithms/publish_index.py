# SPDX-License-Identifier: GPL-2.0-or-later
"""`geosift:publishindex`: an index in a folder in, a table of PostgreSQL out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...inference.errors import InputError
from ..i18n import tr
from . import publish_index_parameters as names
from .geosift_algorithm import GeoSiftAlgorithm
from .given import Given
from .published_parameters import CONNECTION, about_published, published_place

if TYPE_CHECKING:
    from ..published_search import PublishedPlace


class PublishIndexAlgorithm(GeoSiftAlgorithm):
    """What one machine has looked at, for everybody."""

    asks = names
    group_id = "search"
    example = "INDEX=fields CONNECTION=office SCHEMA=public TABLE=fields"

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

    def complaint(self, given: Given) -> str:
        if not given.has(names.INDEX):
            return tr("INDEX is missing: give the folder that geosift:embed has made.")
        if not given.has(CONNECTION):
            return _no_connection()
        return about_published(given)

    def read(self, given: Given) -> tuple[PublishedPlace]:
        place = published_place(given)
        if place is None:
            raise InputError(_no_connection())
        return (place,)

    def run_type(self) -> type:
        from .publish_index_run import PublishIndexRun

        return PublishIndexRun


def _no_connection() -> str:
    return tr(
        "CONNECTION is missing: give the name of a PostgreSQL connection of QGIS; its browser "
        "makes new ones."
    )
