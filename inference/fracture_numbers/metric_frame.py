# SPDX-License-Identifier: GPL-2.0-or-later
"""A plane to measure in: metres, true areas, true north up, around the middle of the data."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError, CPLE_NotSupportedError
from rasterio.crs import CRS
from rasterio.errors import RasterioError
from rasterio.warp import transform as transform_points

from ..errors import InputError
from ..raster import proj_data

proj_data.use_own()  # before the first coordinate system is made

METRES, PIXELS = "m", "px"
_ELLIPSOID = re.compile(r'(?:SPHEROID|ELLIPSOID)\["[^"]*",\s*([\d.]+),\s*([\d.]+)')
_WGS84 = ("6378137", "298.257223563")
_STEP_DEG = 1e-5

Points = NDArray[np.float64]


@dataclass(frozen=True)
class MetricFrame:
    """Map coordinates to a plane in `unit` and back; x is east and y is true north (or up).

    With a coordinate system it is Lambert's azimuthal equal-area projection around the middle of
    the data, on the ellipsoid of that system: areas are true everywhere, lengths to within
    `distortion`. Without one the plane is the map, `scale` units a pixel.
    """

    crs: CRS | None
    plane: CRS | None
    geographic: CRS | None
    """Longitude and latitude on the ellipsoid of `crs`."""
    middle: tuple[float, float]
    """In map coordinates."""
    unit: str
    scale: float
    distortion: float
    """The largest error of a length, as a share of it."""

    @classmethod
    def around(cls, points: Points, crs: CRS | None, *, scale: float | None = None) -> MetricFrame:
        """The plane for points (n, 2) of the map; `scale` is metres a pixel where `crs` is None."""
        low, high = points.min(axis=0), points.max(axis=0)
        middle = tuple(((low + high) / 2).tolist())
        geographic = None if crs is None else _geographic(crs)
        if geographic is None:
            return cls._as_drawn(crs, middle, scale)
        lon, lat = _through(crs, geographic, np.array([middle]))[0]
        if abs(lat) > 90 or abs(lon) > 360:
            raise InputError(
                f"The coordinates are no degrees, though '{crs.to_string()[:60]}' says so; give "
                "the layer its own coordinate system, or none if they are pixels."
            )
        plane = _on_ellipsoid(f"+proj=laea +lat_0={lat:.12g} +lon_0={lon:.12g} +units=m", crs)
        frame = cls(crs, plane, geographic, middle, METRES, 1.0, 0.0)
        corners = np.array([(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])])
        far = float(np.hypot(*frame.to_plane(corners).T).max()) / float(_ellipsoid(crs)[0])
        return replace(frame, distortion=far**2 / 8)

    @classmethod
    def _as_drawn(
        cls, crs: CRS | None, middle: tuple[float, float], scale: float | None
    ) -> MetricFrame:
        """The map itself: pixels, or a system of its own that nobody can relate to a globe."""
        if crs is not None and scale is None:
            scale = crs.linear_units_factor[1] if crs.is_projected else 1.0
        unit = PIXELS if scale is None else METRES
        return cls(None, None, None, middle, unit, scale or 1.0, 0.0)

    def to_plane(self, points: Points) -> Points:
        """(n, 2) of the map as (n, 2) of the plane."""
        if self.plane is None:
            return (points - self.middle) * self.scale
        return _through(self.crs, self.plane, points)

    def to_map(self, points: Points) -> Points:
        """The way back."""
        if self.plane is None:
            return points / self.scale + self.middle
        return _through(self.plane, self.crs, points)

    def north(self, points: Points) -> NDArray[np.float64]:
        """Degrees clockwise from the plane's y to true north, (n,), at points (n, 2) of the plane.

        By the way a hundred-thousandth of a degree north goes; 0 without a coordinate system.
        """
        if self.plane is None or not len(points):
            return np.zeros(len(points))
        there = _through(self.plane, self.geographic, points)
        sign = np.where(there[:, 1] > 0, -1.0, 1.0)  # no step over a pole
        there[:, 1] += sign * _STEP_DEG
        east, north = (_through(self.geographic, self.plane, there) - points).T * sign
        return np.degrees(np.arctan2(east, north))

    def in_words(self) -> str:
        """One phrase for the report."""
        if self.plane is None:
            return (
                "pixels" if self.unit == PIXELS else f"metres, {self.scale:g} to a unit of the map"
            )
        return (
            "metres in Lambert's azimuthal equal-area projection around the middle of the data: "
            f"areas are true, lengths to {_small(self.distortion)}"
        )


def _small(share: float) -> str:
    return "a millionth" if share < 1e-6 else f"{100 * share:.2g} %"


def _ellipsoid(crs: CRS) -> tuple[str, str]:
    """Semi-major axis in metres and inverse flattening (0 of a sphere), as text."""
    found = _ELLIPSOID.search(crs.to_wkt())
    return _WGS84 if found is None else (found.group(1), found.group(2))


def _on_ellipsoid(definition: str, crs: CRS) -> CRS:
    major, inverse = _ellipsoid(crs)
    shape = f"+rf={inverse}" if float(inverse) else f"+b={major}"
    return CRS.from_string(f"{definition} +a={major} {shape} +no_defs")


def _geographic(crs: CRS) -> CRS | None:
    """Longitude and latitude on the system's own ellipsoid, so that other planets are welcome.

    None where there is no way there: a building site's own system.
    """
    geographic = _on_ellipsoid("+proj=longlat", crs)
    try:
        transform_points(crs, geographic, [0.0], [0.0])
    except (RasterioError, CPLE_BaseError) as error:
        # Whatever else is raised is about the point, not about the way from there to here.
        return None if isinstance(error, CPLE_NotSupportedError) else geographic
    return geographic


def _through(before: CRS, after: CRS, points: Points) -> Points:
    if not len(points):
        return np.zeros((0, 2))
    try:
        xs, ys = transform_points(before, after, points[:, 0], points[:, 1])
        made = np.stack([np.asarray(xs, float), np.asarray(ys, float)], axis=1)
    except (RasterioError, CPLE_BaseError):  # some projections raise, others give infinity
        made = np.full((1, 2), np.inf)
    if not np.isfinite(made).all():
        raise InputError(
            "Some coordinates lie outside the area their coordinate system is valid for; assign "
            "the right one in the layer's properties."
        )
    return made
