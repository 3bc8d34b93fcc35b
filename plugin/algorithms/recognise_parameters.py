# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:recognise` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import (
    QgsProcessingParameterDefinition,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFile,
)

from ..i18n import tr
from . import common_parameters as common
from . import surface_parameters as surface
from .parameter_kinds import helped

EXAMPLE, PLACE = "EXAMPLE", "PLACE"

told = surface.figures_told


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    raster = tr("The raster to look at: any bands, data type, CRS and resolution.")
    result = tr(
        "How alike each pixel's surroundings are, -1 to 1: a cloud-optimised GeoTIFF, four bytes "
        "each (float), with NaN where there is no data."
    )
    return [
        *surface.what_and_where("recognition", raster),
        *_example(),
        surface.grid(),
        common.resolution(),
        *surface.fine_tuning(),
        *surface.results(tr("Likeness"), result),
    ]


def _example() -> list[QgsProcessingParameterDefinition]:
    behavior = QgsProcessingParameterFile.Behavior.File
    picture = QgsProcessingParameterFile(
        EXAMPLE, tr("Picture of the example"), behavior, optional=True
    )
    place = QgsProcessingParameterExtent(PLACE, tr("Place of the example"), None, True)
    return [
        helped(
            picture,
            tr(
                "A picture of what is looked for, such as a cut-out of the raster: all of it is "
                "the example, brought to the size of a tile."
            ),
        ),
        helped(
            place,
            tr(
                "A rectangle on the raster, in any CRS: the tile around its middle is the example. "
                "Empty, and no picture: the middle of the extent."
            ),
        ),
    ]
