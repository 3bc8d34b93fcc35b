# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:regress` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterDefinition

from ..i18n import tr
from . import common_parameters as common
from . import surface_parameters as surface

told = surface.figures_told


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    raster = tr("The raster to look at: any bands, data type, CRS and resolution.")
    result = tr(
        "The number of each pixel: a cloud-optimised GeoTIFF, four bytes each (float), with "
        "NaN where there is no data."
    )
    return [
        *surface.what_and_where("regression", raster),
        surface.grid(),
        common.resolution(),
        *surface.fine_tuning(),
        *surface.results(tr("Numbers"), result),
    ]
