# SPDX-License-Identifier: GPL-2.0-or-later
"""What an embedding needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.core import QgsCoordinateReferenceSystem

from ..layers.mask import mask_geometries
from . import common_parameters as common
from . import embed_parameters as names
from .given import Given
from .inputs import corners
from .raster_names import first_crs, raster_files

if TYPE_CHECKING:
    from ...inference.embedding.filters import Extent


@dataclass(frozen=True)
class EmbedInputs:
    """What to embed, and which part of it; `crs_wkt` is of extent and mask, '' where unknown."""

    rasters: tuple[str, ...]
    bands: tuple[int, ...] | None
    extent: Extent | None
    mask: tuple[Mapping[str, Any], ...] | None
    crs_wkt: str


def read_inputs(given: Given) -> EmbedInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    crs = _crs(given)
    return EmbedInputs(
        rasters=raster_files(given, names.INPUTS),
        bands=given.bands(),
        extent=corners(given.extent(common.EXTENT, crs)),
        mask=mask_geometries(given.features(names.MASK, crs=crs)),
        crs_wkt=crs.toWkt() if crs.isValid() else "",
    )


def _crs(given: Given) -> QgsCoordinateReferenceSystem:
    """That of the extent, which would grow if it were turned, else that of the mask.

    An extent that does not tell its own is in that of the first raster.
    """
    if given.has(common.EXTENT):
        return given.extent_crs(common.EXTENT) or first_crs(given, names.INPUTS)
    source = given.feature_source(names.MASK)
    return QgsCoordinateReferenceSystem() if source is None else source.sourceCrs()
