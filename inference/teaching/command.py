# SPDX-License-Identifier: GPL-2.0-or-later
"""The command `teach`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ..cards.catalog import Catalog
from ..command_line.arguments import numbers
from ..command_line.command import Command
from ..command_line.running import print_areas, print_end, with_bar
from ..network.machine import PROCESSOR

if TYPE_CHECKING:
    from .lesson import Lesson


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("rasters", nargs="+", metavar="IN", help="the rasters that the labels lie on")
    words = "points, lines or polygons (GeoPackage or GeoJSON), or a lesson"
    add("labels", type=Path, metavar="LABELS", help=words)
    words = "network to write: a file (.onnx), or a folder that it is put into"
    add("--out", type=Path, required=True, metavar="OUT", help=words)
    words = "that says the class of each label; default: class; not for a lesson"
    add("--field", metavar="NAME", help=words)
    add("--layer", default="", metavar="NAME", help="of the GeoPackage; default: the first")
    words = "how wide lines and how large points are, in the labels' coordinates"
    add("--width", type=float, default=0.0, metavar="W", help=words)
    add("--name", default="", metavar="NAME", help="of the network; default: that of the labels")
    words = "class raster to write of the first raster (.tif)"
    add("--classified", type=Path, metavar="OUT2", help=words)
    add("--model", metavar="ID_OR_PATH", help="a network of features; default: features")
    words = "how well it tells what it had not learnt from: a page (.html), or JSON"
    add("--report", type=Path, metavar="REPORT", help=words)
    add("--bands", type=numbers, metavar="1,2,3", help="bands in the order of the network's input")
    add("--resolution", type=float, metavar="M", help="metres per pixel the network sees")
    add("--threads", type=int, metavar="N", help="default: every core")
    add("--memory", type=int, metavar="MB", help="that the run may take; default: no limit")
    add("--engine", default=PROCESSOR, metavar="NAME", help=f"of onnxruntime; default: {PROCESSOR}")


def _teach(options: argparse.Namespace) -> int:
    from .job import TeachJob
    from .keep import id_of
    from .run import run_teach

    lesson = _lesson(options)
    name = options.name or lesson.name
    out = options.out
    output = out / f"{id_of(name)}.onnx" if out.is_dir() else out
    job = TeachJob(
        rasters=tuple(options.rasters),
        lesson=lesson,
        card=Catalog().find(options.model or lesson.settings.model),
        output=output,
        name=name,
        classified=options.classified,
        report=options.report,
        threads=options.threads,
        labels=options.labels,
    )
    result = with_bar(run_teach, job)
    for name, count in result.cells.items():
        print(f"{name:<24}{count:10,} cells")
    print_areas(result.areas, "px")
    print(result.words or "too few strokes to tell how well")
    print_end(result)
    return 0


def _lesson(options: argparse.Namespace) -> Lesson:
    """That of a layer with a field of classes, or one that was saved, with what is told anew."""
    from dataclasses import replace

    from .lesson import LessonSettings
    from .lesson_file import is_lesson, open_lesson
    from .lesson_layer import lesson_of, read_labels

    if options.field is None and is_lesson(options.labels):
        lesson = open_lesson(options.labels)
        settings = lesson.settings
        return replace(
            lesson,
            settings=replace(
                settings,
                resolution=options.resolution or settings.resolution,
                bands=options.bands or settings.bands,
            ),
        )
    labels, crs = read_labels(options.labels, options.field or "class", options.layer)
    settings = LessonSettings(resolution=options.resolution, bands=options.bands)
    name = options.labels.stem
    return lesson_of(labels, name=name, crs=crs, settings=settings, width=options.width)


TEACH = Command("teach", "make a network from a few labels", _add_arguments, _teach)
