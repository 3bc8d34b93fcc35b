# SPDX-License-Identifier: GPL-2.0-or-later
"""`python -m geosift.inference`: GeoSift without QGIS."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from . import cli
from .embedding import arguments as embedding_arguments
from .errors import GeoSiftError
from .foreign import describing
from .fracture_numbers import arguments as fracture_arguments
from .network.machine import PROCESSOR, Machine, use
from .traces import arguments as trace_arguments

Command = Callable[[argparse.Namespace], int]
AddCommand = Callable[[str, Command, str], argparse.ArgumentParser]
"""Name, what is done, what the help says of it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        use(Machine(getattr(options, "memory", None), getattr(options, "engine", PROCESSOR)))
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

    def command(name: str, do: Command, words: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=words)
        made.set_defaults(command=do)
        return made

    command("models", cli.models, "list the models")
    words = "tell what somebody's network (.onnx) does"
    describing.add_arguments(command("describe", cli.describe, words))
    _add_pixel_commands(command)
    _add_object_commands(command)
    _add_line_commands(command)
    _add_search_commands(command)
    return parser


def _add_pixel_commands(command: AddCommand) -> None:
    """Those with an answer everywhere."""
    words = "make a class raster from an image"
    _add_segment_arguments(command("segment", cli.segment, words))
    words = "name what each place of an image shows"
    _add_classify_arguments(command("classify", cli.classify, words))
    words = "make a raster of numbers from an image"
    _add_surface_arguments(command("regress", cli.regress, words), grid=True)
    words = "draw an image more finely"
    _add_surface_arguments(command("superresolve", cli.superresolve, words), grid=False)
    words = "tell what is like an example, and how much"
    recognise = command("recognise", cli.recognise, words)
    _add_surface_arguments(recognise, grid=True)
    _add_example_arguments(recognise)


def _add_object_commands(command: AddCommand) -> None:
    """Those that outline things."""
    words = "find objects in an image, each once"
    _add_detect_arguments(command("detect", cli.detect, words))
    words = "cut out what is pointed at in an image"
    _add_prompt_arguments(command("prompt", cli.prompt, words))


def _add_line_commands(command: AddCommand) -> None:
    """Those about lines."""
    words = "draw thin lines such as fractures, each whole"
    traces = command("traces", cli.traces, words)
    trace_arguments.add_arguments(traces)
    report = "the numbers and timings: a page (.html), or JSON"
    _add_shared_arguments(traces, model="fractures", report=report)
    _add_overlap_argument(traces)
    words = "tell density, directions, lengths and topology of lines"
    fracture_arguments.add_arguments(command("fracturenumbers", cli.fracturenumbers, words))


def _add_search_commands(command: AddCommand) -> None:
    """Those about an index of many images."""
    words = "put images into an index that can be searched"
    embedding_arguments.add_embed_arguments(command("embed", cli.embed, words), _numbers)
    words = "find places of an index that are like examples"
    embedding_arguments.add_similar_arguments(command("similar", cli.similar, words))


def _add_segment_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="class raster to write (.tif)")
    _add_shared_arguments(parser, model="landcover")
    add("--confidence", type=Path, metavar="OUT2", help="confidence raster to write, in percent")
    add("--polygons", type=Path, metavar="OUT3", help="GeoPackage to write")
    _add_grid_argument(parser)
    _add_overlap_argument(parser)
    add("--answer", default="", metavar="NAME", help="which of several answers of the model")
    add("--min-area", type=float, default=0.0, metavar="M2", help="smallest polygon to keep")
    add("--simplify", type=float, default=0.0, metavar="PIXELS", help="smooth polygon outlines")


def _add_classify_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("--raster", type=Path, metavar="OUT", help="class raster to write (.tif), a pixel a cell")
    add("--cells", type=Path, metavar="OUT2", help="GeoPackage to write, a polygon a cell or zone")
    _add_shared_arguments(parser, model="eurosat-cnn")
    add("--step", type=int, metavar="PIXELS", help="side of a cell; default: half a tile")
    add("--zones", type=Path, metavar="ZONES", help="GeoJSON of polygons, each gets one answer")
    add("--probabilities", action="store_true", help="tell those of every class in the polygons")
    add(
        "--offset", type=float, metavar="N",
        help="what reflectance x 10,000 holds too much in every band; default: found out",
    )  # fmt: skip


def _add_surface_arguments(parser: argparse.ArgumentParser, *, grid: bool) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="raster to write (.tif)")
    _add_shared_arguments(parser, report="numbers and timings: a page (.html), or JSON")
    if grid:
        _add_grid_argument(parser)
    _add_overlap_argument(parser)


def _add_example_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--picture", metavar="EXAMPLE", help="the example: a picture file, all of it")
    corners = ("XMIN", "YMIN", "XMAX", "YMAX")
    words = "the example: the tile around the middle of a rectangle on the map"
    add("--place", type=float, nargs=4, metavar=corners, help=words)


def _add_grid_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--grid", choices=("input", "network"), default="input", help="pixels of the answer"
    )


def _add_overlap_argument(parser: argparse.ArgumentParser) -> None:
    words = "what a tile sees beyond its own share"
    parser.add_argument("--overlap", type=int, metavar="PIXELS", help=words)


def _add_detect_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, a polygon an object")
    _add_common_arguments(parser, report="objects and timings: a page (.html), or JSON")
    words = "least score; default: the model's"
    add("--confidence", type=float, metavar="PERCENT", help=words)
    words = "how much two objects of a class may overlap; default: the model's"
    add("--iou", type=float, metavar="PERCENT", help=words)
    _add_overlap_argument(parser)
    words = "smooth outlines of masks; default: 0.8"
    add("--simplify", type=float, default=0.8, metavar="PIXELS", help=words)


def _add_prompt_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, an outline an object")
    _add_common_arguments(parser, model="prompt", report="objects and timings as JSON")
    words = "the object at a place on the map; may be repeated"
    add("--point", type=_place, action="append", default=[], metavar="X,Y", help=words)
    words = "the object in a box on the map; may be repeated"
    add("--box", type=_box, action="append", default=[], metavar="L,T,R,B", help=words)
    add("--text", metavar="WORDS", help="all that a word means, such as buildings")
    add("--masks", type=int, default=1, metavar="N", help="outlines for each, 1 to 3")
    add("--rle", action="store_true", help="tell masks as COCO's run lengths, too")


def _add_shared_arguments(
    parser: argparse.ArgumentParser,
    *,
    model: str | None = None,
    report: str = "areas and timings: a page (.html), or JSON",
) -> None:
    add = parser.add_argument
    _add_common_arguments(parser, model=model, report=report)
    add(
        "--augment", type=int, choices=(1, 4, 8), default=1, metavar="{1,4,8}",
        help="views of each tile, turned and mirrored: so many times the work, and surer",
    )  # fmt: skip


def _add_common_arguments(
    parser: argparse.ArgumentParser, *, report: str, model: str | None = None
) -> None:
    """Without a `model` to propose, one must be named."""
    add = parser.add_argument
    words = "an installed model, or an .onnx file" if model is None else f"default: {model}"
    add("--model", default=model, required=model is None, metavar="ID_OR_PATH", help=words)
    add("--report", type=Path, metavar="REPORT", help=report)
    add("--bands", type=_numbers, metavar="1,2,3", help="bands in the order of the network's input")
    add("--extent", type=float, nargs=4, metavar=("XMIN", "YMIN", "XMAX", "YMAX"))
    add("--resolution", type=float, metavar="M", help="metres per pixel the network sees")
    add("--threads", type=int, metavar="N", help="default: every core")
    add("--memory", type=int, metavar="MB", help="that the run may take; default: no limit")
    add("--engine", default=PROCESSOR, metavar="NAME", help=f"of onnxruntime; default: {PROCESSOR}")


def _place(text: str) -> tuple[float, ...]:
    return _coordinates(text, 2)


def _box(text: str) -> tuple[float, ...]:
    return _coordinates(text, 4)


def _coordinates(text: str, count: int) -> tuple[float, ...]:
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        found = ()
    if len(found) != count:
        raise argparse.ArgumentTypeError(f"expected {count} numbers with commas, not '{text}'")
    return found


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected numbers like 3,2,1, not '{text}'") from error


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # cleans up as Control-C does
    sys.exit(main())
