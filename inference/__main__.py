# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference`: GeoSift without QGIS."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

from .catalog import Catalog
from .errors import GeoSiftError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except GeoSiftError as error:
        print(f"geosift: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("geosift: Cancelled; nothing was written.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="geosift", description="Machine learning on imagery.")
    commands = parser.add_subparsers(required=True)
    models = commands.add_parser("models", help="list the models")
    models.set_defaults(command=_models)
    segment = commands.add_parser("segment", help="make a class raster from an image")
    segment.set_defaults(command=_segment)
    _add_segment_arguments(segment)
    return parser


def _add_segment_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="class raster to write (.tif)")
    add("--model", default="landcover", metavar="ID_OR_PATH", help="default: landcover")
    add("--confidence", type=Path, metavar="OUT2", help="confidence raster to write, in percent")
    add("--polygons", type=Path, metavar="OUT3", help="GeoPackage to write")
    add("--report", type=Path, metavar="OUT4", help="areas and timings to write, as JSON")
    add("--bands", type=_numbers, metavar="1,2,3", help="bands in the order of the network's input")
    add("--extent", type=float, nargs=4, metavar=("XMIN", "YMIN", "XMAX", "YMAX"))
    add("--grid", choices=("input", "network"), default="input", help="pixels of the answer")
    add("--resolution", type=float, metavar="M", help="metres per pixel the network sees")
    add("--overlap", type=int, metavar="PIXELS", help="what a tile sees beyond its own share")
    add("--threads", type=int, metavar="N", help="default: every core")
    add(
        "--augment", type=int, choices=(1, 4, 8), default=1, metavar="{1,4,8}",
        help="views of each tile, turned and mirrored: so many times the work, and surer",
    )  # fmt: skip
    add("--min-area", type=float, default=0.0, metavar="M2", help="smallest polygon to keep")
    add("--simplify", type=float, default=0.0, metavar="PIXELS", help="smooth polygon outlines")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers like 3,2,1, not '{text}'") from error


def _models(options: argparse.Namespace) -> int:
    for card in Catalog().cards():
        classes = ", ".join(info.name for info in card.classes)
        print(
            f"{card.id}\t{card.name}\t{card.resolution_m} m\t{card.bytes / 1e6:.1f} MB\t{classes}"
        )
    return 0


def _segment(options: argparse.Namespace) -> int:
    from .job import SegmentJob, run  # here, so that `models` and `--help` answer at once

    # What GDAL and rasterio print besides arrives as exceptions and messages.
    os.environ.setdefault("CPL_LOG", os.devnull)
    warnings.simplefilter("ignore")
    job = SegmentJob(
        source=options.input,
        card=Catalog().find(options.model),
        output=options.output,
        confidence=options.confidence,
        polygons=options.polygons,
        report=options.report,
        bands=options.bands,
        extent=None if options.extent is None else tuple(options.extent),
        grid=options.grid,
        resolution=options.resolution,
        overlap=options.overlap,
        threads=options.threads,
        augment=options.augment,
        min_area=options.min_area,
        simplify=options.simplify,
    )
    bar = _ProgressBar()
    try:
        result = run(job, progress=bar.show, message=bar.note)
    finally:
        bar.end()
    for row in result.areas:
        area = "" if row.area_m2 is None else f"{row.area_m2:16,.0f} m2"
        print(f"{row.name:<24}{100 * row.share:7.2f} %{row.pixels:14,} px{area}")
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


class _ProgressBar:
    """A line on the terminal that is drawn over; silent where standard error is not one."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._start = time.monotonic()
        self._drawn = 0.0

    def show(self, percent: float) -> None:
        now = time.monotonic()
        if not self._on or (now - self._drawn < 0.1 and percent < 100.0):
            return
        self._drawn = now
        left = (now - self._start) * (100.0 - percent) / max(percent, 1e-9)
        filled = int(percent / 2.5)
        bar = "#" * filled + "." * (40 - filled)
        sys.stderr.write(f"\r[{bar}] {percent:5.1f} %  {left:5.0f} s left ")
        sys.stderr.flush()

    def note(self, text: str) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")
        print(f"geosift: {text}", file=sys.stderr)

    def end(self) -> None:
        if self._on:
            sys.stderr.write("\r\x1b[K")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as Control-C does
    sys.exit(main())
