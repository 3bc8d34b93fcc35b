# SPDX-License-Identifier: GPL-2.0-or-later
"""The sample scene and its truth as georeferenced TIFF files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import FIRST_SAMPLE_SEED, generate

SEED = FIRST_SAMPLE_SEED + 17
SIZE = (1280, 1536)  # height, width in pixels
RESOLUTION_M = 0.5
CRS = "EPSG:32640"  # UTM zone 40 north
CORNER = (352_000.0, 2_742_000.0)  # of the upper left pixel: open desert, the town is made up
CLASSES = (
    ("Building", "#C0392B"),
    ("Land", "#D9B382"),
    ("Road", "#7F8C8D"),
    ("Vegetation", "#27AE60"),
    ("Water", "#2E86C1"),
)
NODATA = 255
_TILE = {"tiled": True, "blockxsize": 256, "blockysize": 256}


def write_sample(folder: Path) -> tuple[Path, Path]:
    """Write scene.tif and truth.tif into `folder`, always the same bytes; return their paths."""
    image, truth, _ = generate(SEED, size=SIZE, resolution_m=RESOLUTION_M)
    folder.mkdir(parents=True, exist_ok=True)
    scene_path, truth_path = folder / "scene.tif", folder / "truth.tif"
    _write_scene(scene_path, image)
    _write_truth(truth_path, truth)
    return scene_path, truth_path


def _profile(height: int, width: int, bands: int) -> dict[str, object]:
    from rasterio.transform import from_origin

    return {
        "driver": "GTiff",
        "dtype": "uint8",
        "height": height,
        "width": width,
        "count": bands,
        "crs": CRS,
        "transform": from_origin(*CORNER, RESOLUTION_M, RESOLUTION_M),
        **_TILE,
    }


def _write_scene(path: Path, image: np.ndarray) -> None:
    import rasterio
    from rasterio.enums import Resampling

    profile = _profile(*image.shape)
    profile.update(compress="JPEG", photometric="YCBCR", jpeg_quality=90, interleave="pixel")
    with rasterio.Env(JPEG_QUALITY_OVERVIEW=85):
        with rasterio.open(path, "w", **profile) as target:
            target.write(np.moveaxis(image, -1, 0))
            target.update_tags(TIFFTAG_IMAGEDESCRIPTION="Generated scene, not a place on Earth")
        with rasterio.open(path, "r+") as target:
            target.build_overviews([2, 4, 8], Resampling.average)


def _write_truth(path: Path, truth: np.ndarray) -> None:
    import rasterio
    from rasterio.enums import Resampling

    profile = _profile(*truth.shape, 1)
    profile.update(compress="DEFLATE", zlevel=9, nodata=NODATA)
    with rasterio.open(path, "w", **profile) as target:
        target.write(truth, 1)
        target.write_colormap(
            1, {value: _rgba(colour) for value, (_, colour) in enumerate(CLASSES)}
        )
        target.update_tags(1, **{f"CLASS_{value}": name for value, (name, _) in enumerate(CLASSES)})
    with rasterio.open(path, "r+") as target:
        target.build_overviews([2, 4, 8], Resampling.mode)


def _rgba(colour: str) -> tuple[int, int, int, int]:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue, 255
