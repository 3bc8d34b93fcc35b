# SPDX-License-Identifier: GPL-2.0-or-later
"""What is measured on: a made scene of any size, and virtual rasters that repeat it."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import rasterio
from rasterio.transform import from_origin

from geosift.training.scene import FIRST_SAMPLE_SEED, generate

_PART = 1152
"""Pixels along the side of the parts a scene is put together from."""
_PARTS = 4


def make_scene(path: Path, *, height: int, width: int, resolution_m: float) -> Path:
    """Write a scene of generated towns as an 8-bit RGB GeoTIFF; kept when it is there."""
    if path.exists():
        with rasterio.open(path) as there:
            if (there.height, there.width) == (height, width) and there.res[0] == resolution_m:
                return path
    parts = [
        generate(FIRST_SAMPLE_SEED + 100 + number, size=_PART, resolution_m=resolution_m)[0]
        for number in range(_PARTS)
    ]
    row = np.concatenate(parts, axis=1)
    # Each next row begins with another part, so that no tile sees the same twice.
    rows = [np.roll(row, number * _PART, axis=1) for number in range(-(-height // _PART))]
    image = np.concatenate(rows, axis=0)[:height]
    image = np.concatenate([image] * -(-width // image.shape[1]), axis=1)[:, :width]
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=height,
        width=width,
        count=3,
        dtype="uint8",
        crs="EPSG:32633",
        transform=from_origin(500_000, 5_000_000, resolution_m, resolution_m),
        photometric="RGB",
        tiled=True,
        compress="deflate",
    ) as out:
        out.write(image.transpose(2, 0, 1))
    return path


def repeat(scene: Path, path: Path, *, down: int, across: int, height: int | None = None) -> Path:
    """A VRT that shows `scene` `down` x `across` times; `height` keeps only its first rows."""
    places = [(x, y) for y in range(down) for x in range(across)]
    return _show(scene, path, places=places, down=down, across=across, height=height)


def alone_in(scene: Path, path: Path, *, times: int) -> Path:
    """A VRT `times` as high and as wide, which shows `scene` in its upper left, and zeros."""
    return _show(scene, path, places=[(0, 0)], down=times, across=times, height=None)


def _show(
    scene: Path, path: Path, *, places: list[tuple[int, int]], down: int, across: int,
    height: int | None,
) -> Path:  # fmt: skip
    with rasterio.open(scene) as source:
        rows, cols, res = source.height, source.width, source.res[0]
        crs = "" if source.crs is None else source.crs.to_wkt()
        colours = [colour.name.capitalize() for colour in source.colorinterp]
    used = height or rows
    bands = []
    for band, colour in enumerate(colours, start=1):
        pieces = [
            f'<SimpleSource><SourceFilename relativeToVRT="1">{escape(scene.name)}</SourceFilename>'
            f"<SourceBand>{band}</SourceBand>"
            f'<SrcRect xOff="0" yOff="0" xSize="{cols}" ySize="{used}"/>'
            f'<DstRect xOff="{x * cols}" yOff="{y * used}" xSize="{cols}" ySize="{used}"/>'
            "</SimpleSource>"
            for x, y in places
        ]
        bands.append(
            f'<VRTRasterBand dataType="Byte" band="{band}"><ColorInterp>{colour}</ColorInterp>'
            f"{''.join(pieces)}</VRTRasterBand>"
        )
    path.write_text(
        f'<VRTDataset rasterXSize="{cols * across}" rasterYSize="{used * down}">'
        f"<SRS>{escape(crs)}</SRS>"
        f"<GeoTransform>500000, {res}, 0, 5000000, 0, -{res}</GeoTransform>"
        f"{''.join(bands)}</VRTDataset>",
        encoding="utf-8",
    )
    return path
