# SPDX-License-Identifier: GPL-2.0-or-later
"""How an algorithm is told of a table in a database that QGIS knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    QgsProcessingParameterDatabaseSchema,
    QgsProcessingParameterDatabaseTable,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterProviderConnection,
)

from ...inference.errors import GeoSiftError
from ..database import PROVIDER, stored_connection
from ..i18n import tr
from .given import Given
from .parameter_kinds import advanced, helped

if TYPE_CHECKING:
    from ..published_search import PublishedPlace

CONNECTION, SCHEMA, TABLE = "CONNECTION", "SCHEMA", "TABLE"
DEFAULT_SCHEMA, DEFAULT_TABLE = "public", "geosift_patches"


def connection(text: str, *, optional: bool = False) -> QgsProcessingParameterDefinition:
    """A PostgreSQL connection stored in QGIS."""
    title = tr("Database connection")
    made = QgsProcessingParameterProviderConnection(CONNECTION, title, PROVIDER, None, optional)
    return helped(made, text)


def schema(text: str) -> QgsProcessingParameterDefinition:
    """One of its schemas."""
    made = QgsProcessingParameterDatabaseSchema(
        SCHEMA, tr("Schema"), CONNECTION, DEFAULT_SCHEMA, True
    )
    return helped(made, text)


def table(text: str) -> QgsProcessingParameterDefinition:
    """One of the tables in it, or a new one."""
    made = QgsProcessingParameterDatabaseTable(
        TABLE, tr("Table"), CONNECTION, SCHEMA, DEFAULT_TABLE, True, True
    )
    return helped(made, text)


def published_parameters() -> list[QgsProcessingParameterDefinition]:
    """Of an algorithm that may search a table instead of a folder."""
    where = connection(
        tr(
            "A PostgreSQL connection of QGIS whose database holds an index that "
            "geosift:publishindex has sent there: it is searched in place of a folder, by the "
            "server."
        ),
        optional=True,
    )
    parts = (
        where,
        schema(tr("The schema of the table in that database.")),
        table(tr("The table with the patches in that database.")),
    )
    return [advanced(each) for each in parts]


def about_published(given: Given) -> str:
    """What is wrong with the place, or ''; the server is not asked."""
    if not _told(given)[0]:
        return ""
    try:
        published_place(given)
    except GeoSiftError as error:
        return str(error)
    return ""


def published_place(given: Given) -> PublishedPlace | None:
    """The table that is named, None where no connection is; raises GeoSiftError."""
    from ...inference.embedding.postgres.table_name import TableName
    from ..published_search import PublishedPlace

    name, schema_name, table_name = _told(given)
    if not name:
        return None
    named = TableName(schema_name or DEFAULT_SCHEMA, table_name or DEFAULT_TABLE)
    return PublishedPlace(stored_connection(name), named)


def _told(given: Given) -> tuple[str, str, str]:
    algorithm, asked = given.algorithm, given.parameters
    return (
        algorithm.parameterAsConnectionName(asked, CONNECTION, given.context).strip(),
        algorithm.parameterAsSchema(asked, SCHEMA, given.context).strip(),
        algorithm.parameterAsDatabaseTableName(asked, TABLE, given.context).strip(),
    )
