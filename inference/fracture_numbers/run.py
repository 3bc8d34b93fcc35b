# SPDX-License-Identifier: GPL-2.0-or-later
"""One whole study of fractures, files to files: the sibling of those of the other verbs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..raster.sink import Layout, Legend, RasterSink
from ..raster.window import Window
from ..runs.outputs import Companion, Outputs
from ..runs.partial_file import PartialFile, open_partial, writing
from ..runs.report_file import is_page, open_report
from ..runs.stopwatch import Stopwatch
from ..runs.telling import telling
from ..runs.whole_run import Asked, Message, Progress, do_whole_run
from .intensity_grid import BANDS, Grid
from .job import FractureNumbersJob, FractureNumbersResult
from .layers import BLOCKS, NODES, write_layers
from .lines import FractureLines
from .page import fracture_page
from .reading import read_areas, read_lines
from .sampling import SamplingArea
from .study import Study, study_of
from .table import table_of

__all__ = ["FractureNumbersJob", "FractureNumbersResult", "run_fracture_numbers"]

_STUDIED = 90.0
"""Percent of the progress bar that are over when all is measured."""


def run_fracture_numbers(job: FractureNumbersJob, **calls: Any) -> FractureNumbersResult:
    """Do the job; `calls` and what is raised are those of `do_whole_run`.

    `companions` are made with the path of a GeoPackage that has the layers `blocks` and `nodes`.
    """
    return do_whole_run(partial(_Run.open, job), **calls)


@dataclass
class _Run:
    """A job with everything open that it needs, and by and by what it found."""

    job: FractureNumbersJob
    lines: FractureLines
    areas: tuple[SamplingArea, ...]
    outputs: Outputs
    stack: ExitStack
    watch: Stopwatch
    warn: Message
    study: Study | None = None

    @classmethod
    def open(
        cls,
        job: FractureNumbersJob,
        companions: Sequence[Companion],
        stack: ExitStack,
        warn: Message,
    ) -> _Run:
        watch = Stopwatch()
        with watch.stage("open"):
            files = _files(job, stack)
            if job.grid is not None:
                PartialFile(job.grid).discard()  # may it be written at all?
            report = open_report(job.report, stack)
            for each in companions:
                stack.callback(each.discard)
            layers = _layers_for(companions, stack)
            outputs = Outputs(report, (*files, *companions), polygons=layers)
        with watch.stage("read"):
            lines = job.lines
            if isinstance(lines, Path):
                lines = read_lines(lines, layer=job.layer)
            areas = job.areas
            if isinstance(areas, Path):
                areas = read_areas(areas, lines.crs, layer=job.areas_layer)
        return cls(job, lines, areas, outputs, stack, watch, warn)

    def compute(self, progress: Progress, cancelled: Asked) -> None:
        """Measure; InputError where lines and areas do not meet."""
        job = self.job
        wanted = job.grid is not None or (job.report is not None and is_page(job.report))
        tell = telling(lambda done: progress(_STUDIED * done), cancelled)
        with self.watch.stage("measure"):
            self.study = study_of(
                self.lines, areas=self.areas, outline=job.outline, snap=job.snap,
                scale=job.scale, grid=job.options if wanted else None, seed=job.seed, tell=tell,
            )  # fmt: skip
        for sentence in self.study.numbers.warnings:
            self.warn(sentence)

    def finish(self, progress: Progress, cancelled: Asked) -> None:
        """Make the layers and the raster whole, under their temporary names."""
        tell = telling(progress, cancelled)
        with self.watch.stage("write"):
            tell(_STUDIED)
            if self.outputs.polygons is not None:
                write_layers(self.outputs.polygons.partial, self.study, (BLOCKS, NODES))
            tell(_STUDIED + 5.0)
            if self.job.grid is not None:
                sink = _write_grid(self.job.grid, self.study.grid, self.stack)
                self.outputs = replace(self.outputs, surface=sink)

    def result(self, timings: Mapping[str, float], told: tuple[str, ...]) -> FractureNumbersResult:
        job = self.job
        return FractureNumbersResult(
            self.study, job.table, job.report, job.grid, job.blocks, job.nodes, timings, told,
        )  # fmt: skip

    def page(self, result: FractureNumbersResult) -> str:
        source = self.job.lines if isinstance(self.job.lines, Path) else None
        title = self.job.title or (source.stem if source else "Fractures")
        more = tuple(each for each in result.warnings if each not in result.numbers.warnings)
        facts = {} if source is None else {"File": str(source.name)}
        return fracture_page(
            self.study, title=title, facts=facts, warnings=more, timings=result.timings
        )


class _Made:
    """A file that is written of the result: a companion of the job's own."""

    def __init__(self, path: Path, kinds: tuple[str, ...]) -> None:
        """Without `kinds` of layers it is the table."""
        self._file, self._kinds = PartialFile(path), kinds

    def make(self, result: FractureNumbersResult, polygons: Path | None) -> None:
        if self._kinds:
            write_layers(self._file.partial, result.study, self._kinds)
            return
        with writing(self._file.path):
            self._file.partial.write_text(table_of(result.numbers), encoding="utf-8")

    def commit(self) -> None:
        self._file.commit()

    def discard(self) -> None:
        self._file.discard()


def _files(job: FractureNumbersJob, stack: ExitStack) -> tuple[_Made, ...]:
    """The table and the layers that are asked for; blocks and nodes may share a file."""
    wanted: dict[Path, tuple[str, ...]] = {}
    if job.table is not None:
        wanted[job.table] = ()
    for path, kind in ((job.blocks, BLOCKS), (job.nodes, NODES)):
        if path is not None:
            wanted[path] = (*wanted.get(path, ()), kind)
    found = []
    for path, kinds in wanted.items():
        found.append(_Made(path, kinds))
        stack.callback(found[-1].discard)
    return tuple(found)


def _layers_for(companions: Sequence[Companion], stack: ExitStack) -> PartialFile | None:
    """A GeoPackage that companions are made from, and that is gone after the run."""
    if not companions:
        return None
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="geosift-")))
    return open_partial(folder / "layers.gpkg", stack)


def _write_grid(path: Path, grid: Grid | None, stack: ExitStack) -> RasterSink:
    if grid is None:
        raise InputError(
            "The lines span no area, so there is no raster of their density; give a sampling area "
            "or leave the raster out."
        )
    layout = Layout(bands=BANDS, dtype="float32", nodata=float("nan"), numbers=True)
    sink = stack.enter_context(RasterSink(path, grid.frame, legend=Legend(), layout=layout))
    sink.write(Window(0, 0, grid.frame.height, grid.frame.width), grid.values)
    sink.finish()
    return sink
