# SPDX-License-Identifier: GPL-2.0-or-later
"""What those of GeoSift's algorithms are that ask a network."""

from __future__ import annotations

from . import common_parameters as names
from .raster_algorithm import RasterAlgorithm


class NetworkAlgorithm(RasterAlgorithm):
    """Runs a network of one kind over a raster; each child says which, and how."""

    def told(self) -> list[names.Told]:
        return names.told()
