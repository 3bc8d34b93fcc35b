# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `prompt`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cards.catalog import Catalog
from ..command_line.arguments import add_common_arguments, settings
from ..command_line.command import Command
from ..command_line.running import print_end, quieten, with_bar
from ..errors import InputError

if TYPE_CHECKING:
    from .run import PlacedPrompt

_OWN = ("output", "masks", "rle")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("input", metavar="IN", help="any raster GDAL reads")
    add("output", metavar="OUT", type=Path, help="GeoPackage to write, an outline an object")
    add_common_arguments(parser, model="prompt", report="objects and timings as JSON")
    words = "the object at a place on the map; may be repeated"
    add("--point", type=_place, action="append", default=[], metavar="X,Y", help=words)
    words = "the object in a box on the map; may be repeated"
    add("--box", type=_box, action="append", default=[], metavar="L,T,R,B", help=words)
    add("--text", metavar="WORDS", help="all that a word means, such as buildings")
    add("--masks", type=int, default=1, metavar="N", help="outlines for each, 1 to 3")
    add("--rle", action="store_true", help="tell masks as COCO's run lengths, too")


def _prompt(options: argparse.Namespace) -> int:
    from .run import PromptJob, run_prompts

    job = PromptJob(**settings(options, _OWN), **_pointed_at(options))
    result = with_bar(run_prompts, job)
    stages = ", ".join(f"{stage} {spent:.2f} s" for stage, spent in result.timings.items())
    print(f"{result.objects:,} outlines of {result.asked:,} prompts: {stages}")
    print_end(result)
    return 0


def _pointed_at(options: argparse.Namespace) -> dict[str, Any]:
    """Points and boxes in pixels, or the class that a word stands for."""
    from .class_map import ClassQuery
    from .words import Vocabulary

    if options.text is None:
        return {"prompts": _placed(options)}
    match = Vocabulary.of(Catalog().cards()).match(options.text)
    print(match.in_words())
    return {"text": ClassQuery(match.card, match.info)}


def _placed(options: argparse.Namespace) -> tuple[PlacedPrompt, ...]:
    from ..raster.source import FileSource
    from .place import MapPrompt, base_frame, placed
    from .run import PlacedPrompt

    asked = [
        *(MapPrompt(clicks=((x, y, True),)) for x, y in options.point),
        *(MapPrompt(corners=((a, b), (a, d), (c, b), (c, d))) for a, b, c, d in options.box),
    ]
    quieten()
    card = Catalog().find(options.model)
    with FileSource(options.input, bands=options.bands, names=card.bands) as source:
        frame = base_frame(source, options.resolution)
    found = [(each, placed(each, frame)) for each in asked]
    if any(there is None for _, there in found):
        raise InputError("A box needs a width and a height, and numbers that are a place.")
    return tuple(PlacedPrompt(there, kind=each.kind) for each, there in found)


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


PROMPT = Command("prompt", "cut out what is pointed at in an image", _add_arguments, _prompt)
