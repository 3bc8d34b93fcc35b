# SPDX-License-Identifier: GPL-2.0-or-later
"""What each command of `python -m geosift.inference` does."""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .cards.catalog import Catalog
from .runs.progress_bar import ProgressBar

if TYPE_CHECKING:
    from .classification.job import ZonePolygon
    from .prompt.run import PlacedPrompt
    from .runs.areas import ClassArea

_PROMPT = ("output", "report", "bands", "resolution", "threads", "masks", "rle")
_SURFACE = ("output", "overlap")
_DETECT = (
    *("output", "report", "bands", "resolution", "threads"),
    *("overlap", "confidence", "iou", "simplify"),
)
_SHARED = ("bands", "resolution", "threads", "augment", "report")

# The engine is imported where it is needed, so that `models` and `--help` answer at once.


def models(options: argparse.Namespace) -> int:
    """List the models."""
    for card in Catalog().cards():
        classes = ", ".join(info.name for info in card.classes)
        print(
            f"{card.id}\t{card.name}\t{card.kind}\t{card.resolution_m} m\t"
            f"{card.bytes / 1e6:.1f} MB\t{classes}"
        )
    return 0


def describe(options: argparse.Namespace) -> int:
    """Tell what is understood of somebody's network."""
    from .foreign.describing import describe as described

    code, lines = described(options)
    print(*lines, sep="\n")
    return code


def segment(options: argparse.Namespace) -> int:
    """Make a class raster."""
    from .network.which_answer import answering
    from .segmentation.job import SegmentJob
    from .segmentation.run import run

    own = ("output", "confidence", "polygons", "grid", "overlap", "min_area", "simplify")
    settings = _settings(options, own)
    settings["card"] = answering(settings["card"], options.answer)
    result = _with_bar(run, SegmentJob(**settings))
    _print_areas(result.areas, "px")
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def classify(options: argparse.Namespace) -> int:
    """Name what each place shows."""
    from .classification.job import ClassifyJob
    from .classification.run import run_classify

    own = ("raster", "cells", "step", "probabilities", "offset")
    settings = _settings(options, own)
    if options.zones is not None:
        settings["zones"], settings["zone_fields"] = _zones(options)
    job = ClassifyJob(**settings)
    result = _with_bar(run_classify, job)
    _print_areas(result.areas, "cells" if job.zones is None else "zones")
    files = ", ".join(str(path) for path in (job.raster, job.cells, job.report) if path)
    print(f"{files}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def regress(options: argparse.Namespace) -> int:
    """Make a raster of numbers."""
    from .regression.run import RegressJob, run_regress

    return _numbers(run_regress, RegressJob(**_settings(options, (*_SURFACE, "grid"))))


def superresolve(options: argparse.Namespace) -> int:
    """Draw a finer picture."""
    from .superresolution.run import SuperresolveJob, run_superresolve

    return _numbers(run_superresolve, SuperresolveJob(**_settings(options, _SURFACE)))


def recognise(options: argparse.Namespace) -> int:
    """Make a raster of how much each place is like an example."""
    from .recognition.run import RecogniseJob, run_recognise

    place = None if options.place is None else tuple(options.place)
    settings = _settings(options, (*_SURFACE, "grid", "picture"))
    return _numbers(run_recognise, RecogniseJob(**settings, place=place))


def _numbers(run: Callable[..., Any], job: Any) -> int:
    result = _with_bar(run, job)
    for each in result.figures:
        print(
            f"{each.band:<12}{each.least:14.6g} to {each.largest:.6g}, mean {each.mean:.6g}, "
            f"spread {each.spread:.6g}, {each.pixels:,} px"
        )
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def detect(options: argparse.Namespace) -> int:
    """Find objects."""
    from .detection.run import DetectJob, run_detect

    result = _with_bar(run_detect, DetectJob(**_settings(options, _DETECT, shared=())))
    _print_areas(result.areas, "objects")
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def traces(options: argparse.Namespace) -> int:
    """Draw thin lines."""
    from .traces.line_class import class_asked
    from .traces.run import TraceJob, run_traces

    own = ("output", "probability", "overlap", "high", "low", "length", "spur", "gap", "sets")
    options.model = None if options.model == "none" else options.model
    settings = _settings(options, (*own, "pixel_size"))
    job = TraceJob(**settings, class_id=class_asked(settings["card"], options.of_class))
    result = _with_bar(run_traces, job)
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


def fracturenumbers(options: argparse.Namespace) -> int:
    """Tell fracture lines in numbers."""
    from .fracture_numbers.in_words import in_words
    from .fracture_numbers.run import FractureNumbersJob, run_fracture_numbers

    own = ("layer", "areas_layer", "report", "table", "grid", "blocks", "nodes", "snap", "cell")
    job = FractureNumbersJob(
        lines=options.lines,
        areas=() if options.areas is None else options.areas,
        scale=options.pixel_size,
        radius=options.radius,
        **{name: getattr(options, name) for name in own},
    )
    result = _with_bar(run_fracture_numbers, job)
    print(*in_words(result.numbers), sep="\n")
    made = (job.report, job.table, job.grid, job.blocks, job.nodes)
    files = ", ".join(str(path) for path in made if path) or str(job.lines)
    print(f"{files}: {result.timings['total']:.1f} s")
    return 0


def embed(options: argparse.Namespace) -> int:
    """Put images into an index."""
    from .embedding.commands import embed as lines_of

    return _print_lines(lines_of, options)


def similar(options: argparse.Namespace) -> int:
    """Find places that are like examples."""
    from .embedding.commands import similar as lines_of

    return _print_lines(lines_of, options)


def prompt(options: argparse.Namespace) -> int:
    """Cut out what is pointed at, or all that a word means."""
    from .prompt.run import PromptJob, run_prompts

    job = PromptJob(
        source=options.input,
        card=Catalog().find(options.model),
        **_pointed_at(options),
        **{name: getattr(options, name) for name in _PROMPT},
        extent=None if options.extent is None else tuple(options.extent),
    )
    result = _with_bar(run_prompts, job)
    stages = ", ".join(f"{stage} {spent:.2f} s" for stage, spent in result.timings.items())
    print(f"{result.objects:,} outlines of {result.asked:,} prompts: {stages}")
    print(f"{result.output}: {result.timings['total']:.1f} s, {result.engine}")
    return 0


def _pointed_at(options: argparse.Namespace) -> dict[str, Any]:
    """Points and boxes in pixels, or the class that a word stands for."""
    from .prompt.class_map import ClassQuery
    from .prompt.words import Vocabulary

    if options.text is None:
        return {"prompts": _placed(options)}
    match = Vocabulary.of(Catalog().cards()).match(options.text)
    print(match.in_words())
    return {"text": ClassQuery(match.card, match.info)}


def _placed(options: argparse.Namespace) -> tuple[PlacedPrompt, ...]:
    from .errors import InputError
    from .prompt.place import MapPrompt, base_frame, placed
    from .prompt.run import PlacedPrompt
    from .raster.source import FileSource

    asked = [
        *(MapPrompt(clicks=((x, y, True),)) for x, y in options.point),
        *(MapPrompt(corners=((a, b), (a, d), (c, b), (c, d))) for a, b, c, d in options.box),
    ]
    _quieten()
    card = Catalog().find(options.model)
    with FileSource(options.input, bands=options.bands, names=card.bands) as source:
        frame = base_frame(source, options.resolution)
    found = [(each, placed(each, frame)) for each in asked]
    if any(there is None for _, there in found):
        raise InputError("A box needs a width and a height, and numbers that are a place.")
    return tuple(PlacedPrompt(there, kind=each.kind) for each, there in found)


def _settings(
    options: argparse.Namespace, own: Iterable[str], *, shared: Iterable[str] = _SHARED
) -> dict[str, Any]:
    """What several jobs are asked, and what only one is."""
    return {
        "source": options.input,
        "card": None if options.model is None else Catalog().find(options.model),
        "extent": None if options.extent is None else tuple(options.extent),
        **{name: getattr(options, name) for name in (*shared, *own)},
    }


def _zones(options: argparse.Namespace) -> tuple[tuple[ZonePolygon, ...], dict[str, str]]:
    from .classification.zones_file import read_zones
    from .raster.source import FileSource

    card = Catalog().find(options.model)
    _quieten()
    with FileSource(options.input, bands=options.bands, names=card.bands) as source:
        return read_zones(Path(options.zones), source.frame)


def _quieten() -> None:
    """What GDAL and rasterio print besides arrives as exceptions and messages."""
    os.environ.setdefault("CPL_LOG", os.devnull)
    warnings.simplefilter("ignore")


def _with_bar(run: Callable[..., Any], job: Any) -> Any:
    _quieten()
    bar = ProgressBar()
    try:
        return run(job, progress=bar.show, message=bar.note)
    finally:
        bar.end()


def _print_lines(lines_of: Callable[..., Iterable[str]], options: argparse.Namespace) -> int:
    _quieten()
    for line in lines_of(options, _with_bar):
        print(line, flush=True)
    return 0


def _print_areas(areas: Iterable[ClassArea], counted: str) -> None:
    for row in areas:
        area = "" if row.area_m2 is None else f"{row.area_m2:16,.0f} m2"
        print(f"{row.name:<24}{100 * row.share:7.2f} %{row.pixels:14,} {counted}{area}")
