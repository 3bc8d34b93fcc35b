# SPDX-License-Identifier: GPL-2.0-or-later
"""What an embedding needs to know of QGIS objects, read on the main thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
)

from ..layer_features import read_features
from ..mask import mask_geometries
from . import common_parameters as common
from . import embed_parameters as names
from .inputs import corners, feature_source
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


def read_inputs(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> EmbedInputs:
    """Read what must be read on the main thread; raises GeoSiftError."""
    crs = _crs(algorithm, parameters, context)
    extent = algorithm.parameterAsExtent(parameters, common.EXTENT, context, crs)
    return EmbedInputs(
        rasters=raster_files(parameters, names.INPUTS, context),
        bands=tuple(algorithm.parameterAsInts(parameters, common.BANDS, context)) or None,
        extent=corners(extent) if _has_extent(parameters) and not extent.isNull() else None,
        mask=_mask(algorithm, parameters, context, crs),
        crs_wkt=crs.toWkt() if crs.isValid() else "",
    )


def _has_extent(parameters: dict[str, Any]) -> bool:
    return parameters.get(common.EXTENT) not in (None, "")


def _crs(
    algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
) -> QgsCoordinateReferenceSystem:
    """That of the extent, which would grow if it were turned, else that of the mask.

    An extent that does not tell its own is in that of the first raster.
    """
    if _has_extent(parameters):
        told = parameters[common.EXTENT]
        if isinstance(told, str) and "[" not in told:
            return first_crs(parameters, names.INPUTS, context)
        return algorithm.parameterAsExtentCrs(parameters, common.EXTENT, context)
    source = feature_source(algorithm, parameters, names.MASK, context)
    return QgsCoordinateReferenceSystem() if source is None else source.sourceCrs()


def _mask(
    algorithm: QgsProcessingAlgorithm,
    parameters: dict[str, Any],
    context: QgsProcessingContext,
    crs: QgsCoordinateReferenceSystem,
) -> tuple[Mapping[str, Any], ...] | None:
    source = feature_source(algorithm, parameters, names.MASK, context)
    if source is None:
        return None
    transforms = context.transformContext()
    return mask_geometries(read_features(source, crs=crs, transforms=transforms, within=None))
