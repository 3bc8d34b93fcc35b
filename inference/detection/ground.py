# SPDX-License-Identifier: GPL-2.0-or-later
"""How large objects are on the ground, and which way they point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..raster.frame import Frame, earth_centred
from .found import Corners
from .quads import areas


def areas_m2(corners: Corners, frame: Frame) -> NDArray[np.float64] | None:
    """Square metres of boxes by the area of the pixel at their centres; None without a CRS."""
    cols, rows = corners.mean(axis=1).T
    pixel = frame.pixel_area_m2(rows, cols)
    return None if pixel is None else areas(corners) * pixel


@dataclass(frozen=True, eq=False)
class Lengths:
    """Of oriented boxes, each (n,): the longer and the shorter side in metres, None without a CRS.

    `angle` is that of the longer side, degrees clockwise from true north, 0..180; without a CRS
    from where the raster's columns point up.
    """

    length_m: NDArray[np.float64] | None
    width_m: NDArray[np.float64] | None
    angle: NDArray[np.float64]

    @classmethod
    def of(cls, corners: Corners, frame: Frame) -> Lengths:
        """Measured between the middles of opposite sides, in space and not on the map."""
        middles = (corners + np.roll(corners, -1, axis=1)) / 2
        sides = [(middles[:, 3], middles[:, 1]), (middles[:, 0], middles[:, 2])]
        if not frame.is_georeferenced:
            across, down = (end - start for start, end in sides)
            longer = _longer(across, down)
            return cls(None, None, _half_turn(np.arctan2(longer[:, 0], -longer[:, 1])))
        across, down = (_at(end, frame) - _at(start, frame) for start, end in sides)
        lengths = np.linalg.norm([across, down], axis=2)
        east, north = _compass(corners.mean(axis=1), frame)
        longer = _longer(across, down)
        angle = np.arctan2((longer * east).sum(axis=1), (longer * north).sum(axis=1))
        return cls(lengths.max(axis=0), lengths.min(axis=0), _half_turn(angle))


def _at(points: NDArray[np.float64], frame: Frame) -> NDArray[np.float64]:
    """Pixel positions (n, 2) as (column, row) in earth-centred metres (n, 3)."""
    return earth_centred(*frame.lon_lat(points[:, 1], points[:, 0]))


def _compass(
    points: NDArray[np.float64], frame: Frame
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What points east and north at pixel positions (n, 2): unit vectors (n, 3)."""
    turn, phi = np.radians(frame.lon_lat(points[:, 1], points[:, 0]))
    east = np.stack([-np.sin(turn), np.cos(turn), np.zeros_like(turn)], axis=1)
    level = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=1)
    north = np.stack([np.zeros_like(phi), np.zeros_like(phi), np.cos(phi)], axis=1)
    return east, north - np.sin(phi)[:, None] * level


def _longer(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    longer = np.linalg.norm(one, axis=1) >= np.linalg.norm(other, axis=1)
    return np.where(longer[:, None], one, other)


def _half_turn(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(angle) % 180.0
