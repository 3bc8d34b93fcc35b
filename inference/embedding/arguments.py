# SPDX-License-Identifier: GPL-2.0-or-later
"""What the command line may be told of embedding and of searching."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from ..network.machine import PROCESSOR

_EXTENT = ("XMIN", "YMIN", "XMAX", "YMAX")


def add_embed_arguments(
    parser: argparse.ArgumentParser, bands: Callable[[str], tuple[int, ...]]
) -> None:
    """Those of embedding."""
    add = parser.add_argument
    add("rasters", nargs="*", metavar="IN", help="any rasters GDAL reads")
    add("--index", type=Path, required=True, metavar="FOLDER", help="made where there is none")
    add("--model", metavar="ID_OR_PATH", help="an installed model, or an .onnx file")
    add("--step", type=int, metavar="PIXELS", help="from patch to patch; default: half a patch")
    add("--bands", type=bands, metavar="1,2,3", help="bands in the order of the network's input")
    add("--extent", type=float, nargs=4, metavar=_EXTENT)
    add("--resolution", type=float, metavar="M", help="metres per pixel the network sees")
    add("--renew", action="store_true", help="embed rasters again that have changed")
    words = "a raster to leave out of the index; may be repeated"
    add("--drop", action="append", default=[], metavar="IN", help=words)
    add("--import", type=Path, dest="read", metavar="IN.parquet", help="begin the index with this")
    words = "the column of --import with the vectors, where it has several"
    add("--column", metavar="NAME", help=words)
    add("--export", type=Path, metavar="OUT.parquet", help="write the index as GeoParquet")
    words = "group its vectors with faiss: from two million on that is done by itself"
    add("--group", action="store_true", help=words)
    add("--threads", type=int, metavar="N", help="default: every core")
    add("--memory", type=int, metavar="MB", help="that the run may take; default: no limit")
    add("--engine", default=PROCESSOR, metavar="NAME", help=f"of onnxruntime; default: {PROCESSOR}")


def add_similar_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of searching."""
    add = parser.add_argument
    add("--index", type=Path, required=True, metavar="FOLDER", help="that 'embed' has made")
    for name, what in (("", "an example"), ("not-", "an example of what is not wanted")):
        place = {"type": float, "nargs": 2, "action": "append", "default": []}
        add(f"--{name}at", **place, metavar=("X", "Y"), help=f"{what}: the patch at a place")
        more = {"action": "append", "default": []}
        add(f"--{name}row", **more, type=int, metavar="N", help=f"{what}: a patch by its vector")
        add(f"--{name}picture", **more, metavar="FILE", help=f"{what}: a picture, all of it")
    add("--weight", type=float, default=0.5, help="of what is not wanted; default: 0.5")
    add("--crs", metavar="EPSG:N", help="of places and extent; default: the index's, degrees")
    add("--out", type=Path, metavar="OUT.gpkg", help="GeoPackage to write, the best patches")
    add("--count", type=int, default=100, metavar="N", help="of patches; default: 100")
    add("--apart", action="store_true", help="of patches that overlap only the best")
    add("--thumbnails", action="store_true", help="a small picture for each of them")
    add("--heat", type=Path, metavar="OUT.tif", help="raster to write, the score everywhere")
    add("--heat-of", metavar="IN", help="over which raster of the index")
    add("--extent", type=float, nargs=4, metavar=_EXTENT, help="where to look")
    words = "polygons to look in (GeoPackage or GeoJSON)"
    add("--mask", type=Path, metavar="POLYGONS", help=words)
    words = "when to look, such as 2021-05 2021-08; the second may be ''"
    add("--dates", nargs=2, metavar=("FROM", "TO"), help=words)
    words = "which raster to look in; may be repeated"
    add("--source", action="append", metavar="IN", help=words)
    add("--model", metavar="ID_OR_PATH", help="the index's own, for pictures as examples")
