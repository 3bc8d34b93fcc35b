# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a raster that GDAL has opened lies: by its transform, by control points, or nowhere."""

from __future__ import annotations

import warnings

import rasterio
from rasterio.errors import NotGeoreferencedWarning

from .control_points import ControlPoints
from .frame import Frame


def frame_of(dataset: rasterio.DatasetReader) -> Frame:
    """The raster's own grid, placed where QGIS draws it."""
    height, width, transform = dataset.height, dataset.width, dataset.transform
    points = ControlPoints.of(dataset)
    if points is not None:
        return Frame(height, width, None, dataset.gcps[1] or None, points)
    if not transform.is_identity:
        return Frame(height, width, transform, dataset.crs)
    return Frame(height, width, transform if _says_identity(dataset) else None, None)


def _says_identity(dataset: rasterio.DatasetReader) -> bool:
    """Whether the identity is in the file, or only rasterio's word for a raster without a place.

    QGIS draws the one upwards from the origin, the other downwards. rasterio keeps silent where
    there are control points or RPCs, also where these place nothing.
    """
    if dataset.gcps[0] or dataset.rpcs is not None:
        return False
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", NotGeoreferencedWarning)
        dataset.read_transform()
    return not told
