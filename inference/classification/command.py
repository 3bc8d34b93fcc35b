# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `classify`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..cards.catalog import Catalog
from ..command_line.arguments import add_augment_argument, add_common_arguments, settings
from ..command_line.command import Command
from ..command_line.running import print_areas, quieten, with_bar

if TYPE_CHECKING:
    from .job import ZonePolygon

_OWN = ("raster", "cells", "step", "augment", "probabilities", "offset")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("--raster", type=Path, metavar="OUT", help="class raster to write (.tif), a pixel a cell")
    add("--cells", type=Path, metavar="OUT2", help="GeoPackage to write, a polygon a cell or zone")
    add_common_arguments(parser, model="eurosat-cnn")
    add_augment_argument(parser)
    add("--step", type=int, metavar="PIXELS", help="side of a cell; default: half a tile")
    add("--zones", type=Path, metavar="ZONES", help="GeoJSON of polygons, each gets one answer")
    add("--probabilities", action="store_true", help="tell those of every class in the polygons")
    add(
        "--offset", type=float, metavar="N",
        help="what reflectance x 10,000 holds too much in every band; default: found out",
    )  # fmt: skip


def _classify(options: argparse.Namespace) -> int:
    from .job import ClassifyJob
    from .run import run_classify

    asked = settings(options, _OWN)
    if options.zones is not None:
        asked["zones"], asked["zone_fields"] = _zones(options)
    job = ClassifyJob(**asked)
    result = with_bar(run_classify, job)
    print_areas(result.areas, "cells" if job.zones is None else "zones")
    files = ", ".join(str(path) for path in (job.raster, job.cells, job.report) if path)
    print(f"{files}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def _zones(options: argparse.Namespace) -> tuple[tuple[ZonePolygon, ...], dict[str, str]]:
    from ..raster.source import FileSource
    from .zones_file import read_zones

    card = Catalog().find(options.model)
    quieten()
    with FileSource(options.input, bands=options.bands, names=card.bands) as source:
        return read_zones(Path(options.zones), source.frame)


CLASSIFY = Command("classify", "name what each place of an image shows", _add_arguments, _classify)
