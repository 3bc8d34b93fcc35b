# SPDX-License-Identifier: GPL-2.0-or-later
"""A raster without labels beside the map the product makes of it."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import rasterio
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning

from ..inference.raster.box import Box
from ..inference.raster.source import FileSource
from ..inference.runs.areas import ClassArea
from ..inference.tiles.prepare import Stretch
from .evaluation import Panel, PictureRow, Request, Swatch
from .report_pictures import rgb
from .through_engine import ask

SIDE = 900
"""Pixels along the longer side of what is shown."""


def show_raster(path: Path, index: int, request: Request) -> PictureRow:
    """Segment any raster as the product does, and paint it: image, map, areas."""
    folder = request.folder / f"shown{index}"
    folder.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        answered = ask(request, path, folder=folder)
        image, valid, resolution = _view(path, request.card.bands)
        shape = image.shape[:2]
        with rasterio.open(answered.classes) as dataset:
            classes = dataset.read(1, out_shape=shape, resampling=Resampling.mode)
    answered.remove()
    request.tell(f"{path.name}: {answered.seconds:.1f} s")
    colors = {info.id: info.color for info in request.card.classes}
    words = f"{answered.result.width:,} × {answered.result.height:,} pixels, {resolution}"
    told = " ".join(answered.result.warnings).replace(str(path), "It")
    return PictureRow(
        title=path.name,
        words=f"{words}. {told}".strip(),
        panels=(
            Panel("Image", _with_alpha(image, valid), is_photograph=True),
            Panel("Land cover", _painted(classes, colors)),
        ),
        legend=tuple(_swatch(area) for area in answered.result.areas),
    )


def _view(path: Path, bands: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray | None, str]:
    """(H, W, 3) uint8 as the network sees the colours, what is valid, and the size of a pixel."""
    with FileSource(str(path), bands=None, names=bands) as source:
        frame = source.frame
        factor = min(1.0, SIDE / max(frame.height, frame.width))
        height, width = (max(1, round(n * factor)) for n in (frame.height, frame.width))
        pixels, valid = source.read(
            Box(0, 0, frame.height, frame.width), height=height, width=width
        )
        view = Stretch.for_source(source).apply(pixels).astype(np.uint8)
        size = frame.pixel_size_m()
    view = view[:3] if len(view) >= 3 else np.repeat(view[:1], 3, axis=0)
    return view.transpose(1, 2, 0), valid, "no georeference" if size is None else f"{size[0]:.3g} m"


def _with_alpha(image: np.ndarray, valid: np.ndarray | None) -> np.ndarray:
    return image if valid is None else np.dstack([image, valid.astype(np.uint8) * 255])


def _painted(classes: np.ndarray, colors: dict[int, str]) -> np.ndarray:
    """(H, W, 4); pixels without an answer are transparent."""
    table = np.zeros((256, 4), np.uint8)
    for index, color in colors.items():
        table[index] = (*rgb(color), 255)
    return table[classes]


def _swatch(area: ClassArea) -> Swatch:
    if area.area_m2 is None:
        size = f"{area.pixels:,} px"
    elif area.area_m2 >= 1e5:
        size = f"{area.area_m2 / 1e4:,.1f} ha"
    else:
        size = f"{area.area_m2:,.0f} m²"
    return Swatch(area.color, area.name, f"{100 * area.share:.1f} % · {size}")
