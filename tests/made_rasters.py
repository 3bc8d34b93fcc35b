# SPDX-License-Identifier: GPL-2.0-or-later
"""Rasters of every sort a user may own, made small and known to the pixel."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.enums import ColorInterp
from rasterio.transform import Affine, from_origin

UTM = "EPSG:32633"
CORNER = (500_000.0, 5_800_000.0)


def noise(
    bands: int, height: int, width: int, *, dtype: str = "uint8", low: float = 0, high: float = 250,
    seed: int = 1,
) -> np.ndarray:  # fmt: skip
    """(bands, height, width) random numbers within low..high."""
    values = np.random.default_rng(seed).uniform(low, high + 1, (bands, height, width))
    return values.astype(dtype)


def patches(bands: int, height: int, width: int, *, size: int = 12, seed: int = 2) -> np.ndarray:
    """(bands, height, width) uint8 of plain squares with a little noise: something with borders."""
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 230, (bands, height // size + 1, width // size + 1))
    large = coarse.repeat(size, 1).repeat(size, 2)[:, :height, :width]
    return (large + random.integers(-8, 9, large.shape)).astype(np.uint8)


def write(path: Path, pixels: np.ndarray, **profile: Any) -> Path:
    """A GeoTIFF of (bands, height, width), 1 m pixels in UTM unless `profile` says otherwise."""
    bands, height, width = pixels.shape
    standard = {
        "driver": "GTiff",
        "count": bands,
        "height": height,
        "width": width,
        "dtype": pixels.dtype.name,
        "crs": UTM,
        "transform": from_origin(*CORNER, 1, 1),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.open(path, "w", **{**standard, **profile}) as dataset:
            dataset.write(pixels)
    return path


def hole(height: int, width: int) -> np.ndarray:
    """Which pixels have a value: all but a rectangle and a corner."""
    valid = np.ones((height, width), bool)
    valid[height // 3 : height // 2, width // 4 : width // 2] = False
    valid[: height // 5, : width // 5] = False
    return valid


def _colored(path: Path, pixels: np.ndarray, *names: str, **profile: Any) -> Path:
    write(path, pixels, **profile)
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = [ColorInterp[name] for name in names]
    return path


def _gray(path: Path) -> Path:
    return write(path, noise(1, 90, 113))


def _five_bands(path: Path) -> Path:
    return write(path, noise(5, 71, 83))


def _uint16(path: Path) -> Path:
    return write(path, noise(3, 64, 80, dtype="uint16", low=300, high=9000))


def _int16(path: Path) -> Path:
    return write(path, noise(3, 61, 70, dtype="int16", low=-2000, high=1500))


def _int32(path: Path) -> Path:
    return write(path, noise(3, 40, 50, dtype="int32", low=-90_000, high=2_000_000))


def _float_nan(path: Path) -> Path:
    pixels = noise(3, 60, 77, dtype="float32", low=-3, high=7)
    pixels[:, ~hole(60, 77)] = np.nan
    pixels[1, 50:54, 60:70] = np.nan
    pixels[2, 55:57, 60:70] = np.inf
    return write(path, pixels)


def _float_nodata(path: Path) -> Path:
    pixels = noise(3, 66, 59, dtype="float64", low=0, high=1)
    pixels[:, ~hole(66, 59)] = -9999
    return write(path, pixels, nodata=-9999)


def _byte_nodata(path: Path) -> Path:
    pixels = noise(3, 80, 75, low=1)
    pixels[:, ~hole(80, 75)] = 0
    return write(path, pixels, nodata=0)


def _gray_alpha(path: Path) -> Path:
    alpha = np.where(hole(70, 72), 255, 0).astype(np.uint8)[np.newaxis]
    return _colored(path, np.concatenate([noise(1, 70, 72), alpha]), "gray", "alpha")


def _rgba(path: Path) -> Path:
    alpha = np.where(hole(67, 90), 255, 0).astype(np.uint8)[np.newaxis]
    pixels = np.concatenate([noise(3, 67, 90), alpha])
    return _colored(path, pixels, "red", "green", "blue", "alpha")


def _bgr(path: Path) -> Path:
    return _colored(path, noise(4, 50, 66), "blue", "green", "red", "undefined")


def _internal_mask(path: Path) -> Path:
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        write(path, noise(3, 65, 64))
        with rasterio.open(path, "r+") as dataset:
            dataset.write_mask(hole(65, 64))
    return path


def _external_mask(path: Path) -> Path:
    write(path, noise(3, 65, 64))
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=False), rasterio.open(path, "r+") as dataset:
        dataset.write_mask(hole(65, 64))
    return path


def _palette(path: Path) -> Path:
    colors = np.random.default_rng(3).integers(0, 250, (40, 3))
    table = {index: (*map(int, color), 255) for index, color in enumerate(colors)}
    return _with_palette(path, table)


def _palette_with_gap(path: Path) -> Path:
    table = {index: (index, 250 - index, 7, 0 if index == 5 else 255) for index in range(40)}
    return _with_palette(path, table)


def _with_palette(path: Path, table: dict[int, tuple[int, int, int, int]]) -> Path:
    write(path, noise(1, 58, 63, high=len(table) - 1), photometric="palette")
    with rasterio.open(path, "r+") as dataset:
        dataset.write_colormap(1, table)
    return path


def _geographic(path: Path) -> Path:
    transform = from_origin(13.2, 52.6, 1.5e-5, 0.9e-5)
    return write(path, noise(3, 73, 69), crs="EPSG:4326", transform=transform)


def _rotated(path: Path) -> Path:
    turned = Affine.translation(*CORNER) * Affine.rotation(31) * Affine.scale(0.7, -0.7)
    return write(path, noise(3, 62, 75), transform=turned)


def _south_up(path: Path) -> Path:
    return write(path, noise(3, 55, 70), transform=Affine(1, 0, 5e5, 0, 1, 5.8e6))


def _control_points(path: Path) -> Path:
    corners = ((0, 0), (0, 80), (60, 0), (60, 80))
    points = [
        GroundControlPoint(row=row, col=col, x=13 + col * 1e-4, y=52 - row * 1e-4)
        for row, col in corners
    ]
    write(path, noise(3, 60, 80), crs=None, transform=None)
    with rasterio.open(path, "r+") as dataset:
        dataset.gcps = (points, rasterio.crs.CRS.from_epsg(4326))
    return path


def _says_identity(path: Path) -> Path:
    return write(path, noise(3, 68, 81), crs=None, transform=Affine.identity())


def _no_crs(path: Path) -> Path:
    return write(path, noise(3, 68, 81), crs=None, transform=None)


def _placed_without_crs(path: Path) -> Path:
    return write(path, noise(3, 68, 81), crs=None, transform=from_origin(1000, 2000, 2, 2))


def _one_pixel(path: Path) -> Path:
    return write(path, noise(3, 1, 1))


def _column(path: Path) -> Path:
    return write(path, noise(3, 301, 1))


def _row(path: Path) -> Path:
    return write(path, noise(3, 1, 301))


def _strip(path: Path) -> Path:
    return write(path, noise(3, 9, 700))


def _tall(path: Path) -> Path:
    return write(path, noise(3, 700, 11))


def _several_tiles(path: Path) -> Path:
    return write(path, noise(3, 211, 307), tiled=True, blockxsize=64, blockysize=64)


MAKERS: dict[str, Callable[[Path], Path]] = {
    maker.__name__.lstrip("_"): maker
    for maker in (
        _gray, _five_bands, _uint16, _int16, _int32, _float_nan, _float_nodata, _byte_nodata,
        _gray_alpha, _rgba, _bgr, _internal_mask, _external_mask, _palette, _palette_with_gap,
        _geographic, _rotated, _south_up, _control_points, _says_identity, _no_crs,
        _placed_without_crs, _one_pixel, _column, _row, _strip, _tall, _several_tiles,
    )
}  # fmt: skip
"""What each is, by name; every maker writes the file it is given."""
