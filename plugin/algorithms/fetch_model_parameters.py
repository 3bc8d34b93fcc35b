# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:fetchmodel` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterString,
)

from ..i18n import tr
from .common_parameters import MODEL
from .parameter_kinds import Told, helped, optional_text

LIST, ID, FILE = "LIST", "ID", "FILE"


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    model = QgsProcessingParameterString(MODEL, tr("Model"))
    words = tr(
        "Address (https://, http://, file://) or path of the list. Empty: the one set in the "
        "model manager, else GeoSift's own."
    )
    return [
        helped(model, tr("The id the list gives the model, such as roofs.")),
        optional_text(LIST, tr("List of models"), words),
    ]


def told() -> list[Told]:
    """What came of it, and what that means."""
    return [
        (
            QgsProcessingOutputString(ID, tr("Id of the installed model")),
            tr("What to give other algorithms as MODEL."),
        ),
        (
            QgsProcessingOutputFile(FILE, tr("File of the network")),
            tr("Where the network lies, which may be given as MODEL, too."),
        ),
    ]
