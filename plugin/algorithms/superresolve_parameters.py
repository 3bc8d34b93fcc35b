# SPDX-License-Identifier: GPL-2.0-or-later
"""What `geosift:superresolve` asks for and answers, with help for every parameter."""

from __future__ import annotations

from qgis.core import QgsProcessingParameterDefinition

from ..i18n import tr
from . import common_parameters as common
from . import surface_parameters as surface

told = common.told


def parameters() -> list[QgsProcessingParameterDefinition]:
    """Every parameter in the order of the dialog."""
    raster = tr("The raster to draw more finely: any bands, data type, CRS and resolution.")
    result = tr(
        "The finer raster, as a cloud-optimised GeoTIFF with the numbers of the raster: one "
        "byte each where it has that (0 = no data, where some lack it), else four (float, NaN "
        "= no data)."
    )
    return [
        *surface.what_and_where("superresolution", raster),
        common.resolution(),
        *surface.fine_tuning(),
        *surface.results(tr("Finer raster"), result),
    ]
