# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks a network the way a user does: the product's engine, files in, files out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin

from ..inference.segmentation.job import SegmentJob, SegmentResult
from ..inference.segmentation.run import run
from .evaluation import Request

LOCAL_METRES = CRS.from_string("+proj=tmerc +lat_0=0 +lon_0=0 +k=1 +datum=WGS84 +units=m")
"""True to scale around its origin: where a picture is put that lies nobody knows where."""


@dataclass(frozen=True)
class Answered:
    """The files of one run, and what the engine says of it."""

    source: Path
    classes: Path
    confidence: Path
    result: SegmentResult

    @property
    def seconds(self) -> float:
        return self.result.timings["total"]

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Class ids and confidence in percent, both (H, W) uint8, 255 without an answer."""
        with rasterio.open(self.classes) as classes, rasterio.open(self.confidence) as confidence:
            return classes.read(1), confidence.read(1)

    def remove(self) -> None:
        """Delete the answer; the source stays."""
        for path in (self.classes, self.confidence):
            path.unlink()
            path.with_name(f"{path.name}.aux.xml").unlink(missing_ok=True)


def place(image: np.ndarray, path: Path, *, resolution_m: float) -> Path:
    """Write (H, W, 3) uint8 as a GeoTIFF whose pixels are `resolution_m` metres wide."""
    height, width = image.shape[:2]
    left, top = -width / 2 * resolution_m, height / 2 * resolution_m
    with rasterio.open(
        path, "w", driver="GTiff", count=3, height=height, width=width, dtype="uint8",
        crs=LOCAL_METRES, transform=from_origin(left, top, resolution_m, resolution_m),
        tiled=True, photometric="rgb", BIGTIFF="IF_SAFER",
    ) as dataset:  # fmt: skip
        dataset.write(image.transpose(2, 0, 1))
    return path


def ask(request: Request, source: Path, *, folder: Path) -> Answered:
    """Segment a raster into `folder`, tiled and blended, on the raster's own pixels."""
    classes, confidence = folder / f"{source.stem}.classes.tif", folder / f"{source.stem}.sure.tif"
    job = SegmentJob(
        str(source), request.card, classes,
        confidence=confidence, augment=request.augment, threads=request.threads,
    )  # fmt: skip
    return Answered(source, classes, confidence, run(job))
