# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:publishindex` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFile,
)

from ..i18n import tr
from . import common_parameters as common
from .parameter_kinds import Told, advanced, helped, numbers_told, switch
from .published_parameters import connection, schema, table

INDEX, OVERWRITE, DISTANCE_INDEX = "INDEX", "OVERWRITE", "DISTANCE_INDEX"
SENT, RASTERS, ROWS = "SENT", "RASTERS", "ROWS"


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    folder = QgsProcessingParameterFile.Behavior.Folder
    index = QgsProcessingParameterFile(INDEX, tr("Index"), folder)
    return [
        helped(index, tr("The folder that geosift:embed has made.")),
        connection(tr("The PostgreSQL connection of QGIS to send it to.")),
        schema(tr("Where the table is to be; made where there is none. Empty: public.")),
        table(
            tr(
                "The table with the patches, a new one or one of an earlier run; a second table "
                "with _index behind its name says what it was made with. Empty: geosift_patches."
            )
        ),
        switch(
            OVERWRITE,
            tr("Replace the table"),
            tr(
                "Off: what the table has stays, new rasters are added and changed ones replaced; "
                "the network must be the same. On: the table holds this index alone."
            ),
        ),
        advanced(
            switch(
                DISTANCE_INDEX,
                tr("Index for distance"),
                tr(
                    "An HNSW index of pgvector, for programs that ask by cosine distance and are "
                    "content with most of the best. It takes far longer than sending. GeoSift "
                    "itself compares exactly and does not use it."
                ),
            )
        ),
    ]


def told() -> list[Told]:
    """What a run tells, and what that means."""
    numbers = numbers_told(
        (SENT, tr("Patches sent"), tr("How many were new, or of rasters that changed.")),
        (RASTERS, tr("Rasters sent"), tr("Of how many rasters they were.")),
        (ROWS, tr("Patches in the table"), tr("How many the table holds now.")),
    )
    return [*numbers, common.seconds_told()]
