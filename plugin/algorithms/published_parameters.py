# SPDX-License-Identifier: GPL-2.0-or-later
"""How an algorithm is told of a table in a database that QGIS knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingParameterDatabaseSchema,
    QgsProcessingParameterDatabaseTable,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterProviderConnection,
)

from ...inference.errors import GeoSiftError
from ..database import PROVIDER, stored_connection
from ..i18n import tr
from .common_parameters import advanced, helped

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


def about_published(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> str:
    """What is wrong with the place, or ''; the server is not asked."""
    if not _told(algorithm, parameters, context)[0]:
        return ""
    try:
        published_place(algorithm, parameters, context)
    except GeoSiftError as error:
        return str(error)
    return ""


def published_place(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> PublishedPlace | None:
    """The table that is named, None where no connection is; raises GeoSiftError."""
    from ...inference.embedding.postgres.table_name import TableName
    from ..published_search import PublishedPlace

    name, schema_name, table_name = _told(algorithm, parameters, context)
    if not name:
        return None
    named = TableName(schema_name or DEFAULT_SCHEMA, table_name or DEFAULT_TABLE)
    return PublishedPlace(stored_connection(name), named)


def _told(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> tuple[str, str, str]:
    return (
        algorithm.parameterAsConnectionName(parameters, CONNECTION, context).strip(),
        algorithm.parameterAsSchema(parameters, SCHEMA, context).strip(),
        algorithm.parameterAsDatabaseTableName(parameters, TABLE, context).strip(),
    )
