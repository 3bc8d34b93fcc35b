# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `traces`."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..command_line.arguments import (
    add_augment_argument,
    add_common_arguments,
    add_overlap_argument,
    settings,
)
from ..command_line.command import Command
from ..command_line.running import with_bar

_OWN = (
    *("output", "probability", "overlap", "augment", "high", "low", "length", "spur", "gap"),
    *("sets", "pixel_size"),
)


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="an image; with --model none a raster that tells fractures")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, a line a trace")
    words = "raster to write (.tif), how probable a line is, in percent"
    add("--probability", type=Path, metavar="OUT2", help=words)
    words = "the class to trace; with --model none, pixels of that value are traced"
    add("--class", dest="of_class", metavar="NAME_OR_ID", help=words)
    words = "that a line has somewhere; default: the model's, or 50"
    add("--high", type=float, metavar="PERCENT", help=words)
    add("--low", type=float, metavar="PERCENT", help="that it has everywhere; default: 0.6 of it")
    unit = "metres, or pixels without georeference"
    add("--length", type=float, metavar="LENGTH", help=f"the least of a line that ends, in {unit}")
    add("--spur", type=float, metavar="LENGTH", help="of branches to take off, in the same")
    add("--gap", type=float, metavar="LENGTH", help="to close between lines, in the same")
    words = "how many orientations there are; default: 0, found out"
    add("--sets", type=int, default=0, metavar="N", help=words)
    words = "metres per pixel of a photograph that does not say"
    add("--pixel-size", type=float, metavar="M", help=words)
    report = "the numbers and timings: a page (.html), or JSON"
    add_common_arguments(parser, model="fractures", report=report)
    add_augment_argument(parser)
    add_overlap_argument(parser)


def _traces(options: argparse.Namespace) -> int:
    from .line_class import class_asked
    from .run import TraceJob, run_traces

    options.model = None if options.model == "none" else options.model
    asked = settings(options, _OWN)
    job = TraceJob(**asked, class_id=class_asked(asked["card"], options.of_class))
    result = with_bar(run_traces, job)
    for each in result.sets:
        print(
            f"set {each.number:<8}{each.azimuth:8.1f} degrees{each.traces:9,} lines"
            f"{100 * each.share:8.1f} % of the length"
        )
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in result.nodes.items())
    length = f"{result.total_length:,.6g} {result.unit}"
    print(f"{result.traces:,} lines of {length} in all; nodes: {kinds}")
    engine = f", {result.engine}" if result.engine else ""
    print(f"{result.output}: {result.timings['total']:.1f} s{engine}")
    return 0


TRACES = Command("traces", "draw thin lines such as fractures, each whole", _add_arguments, _traces)
