# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of one run: opened together before the work, given their names together after it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .frame import Frame
from .partial_file import PartialFile, writing
from .segment_job import SegmentJob, SegmentResult
from .sink import Legend, RasterSink


class Companion(Protocol):
    """A file of the caller's own that is made of the results and gets its name with them."""

    def make(self, result: SegmentResult, polygons: Path | None) -> None:
        """Make it whole under another name; `polygons` is where the GeoPackage lies by now."""

    def commit(self) -> None:
        """Give it its name."""

    def discard(self) -> None:
        """Remove what is left of it; does nothing to what was committed."""


@dataclass(frozen=True)
class Outputs:
    """Every file has another name until all are whole; what is not committed is removed.

    `confidence` is also there for polygons alone, which tell its mean; then it is never committed.
    """

    classes: RasterSink
    confidence: RasterSink | None
    polygons: PartialFile | None
    report: PartialFile | None
    companions: tuple[Companion, ...]
    wants_confidence: bool

    @classmethod
    def open(
        cls, stack: ExitStack, job: SegmentJob, frame: Frame, *, companions: Sequence[Companion]
    ) -> Outputs:
        """Open all, or raise OutputError for the first that cannot be written."""
        for companion in companions:
            stack.callback(companion.discard)
        legend = Legend.of(job.card)
        beside = job.output.with_name(f".{job.output.name}.confidence")
        return cls(
            classes=stack.enter_context(RasterSink(job.output, frame, legend=legend)),
            confidence=None
            if job.confidence is None and job.polygons is None
            else stack.enter_context(
                RasterSink(job.confidence or beside, frame, legend=Legend(tags=legend.tags))
            ),
            polygons=_open_file(job.polygons, stack),
            report=_open_file(job.report, stack),
            companions=tuple(companions),
            wants_confidence=job.confidence is not None,
        )

    def finish(self) -> None:
        """Make the rasters whole, still under their temporary names."""
        self.classes.finish()
        if self.confidence is not None:
            self.confidence.finish()

    def make_rest(self, result: SegmentResult) -> None:
        """Make what tells of the result: the report, and the caller's own files."""
        if self.report is not None:
            with writing(self.report.path):
                self.report.partial.write_text(result.to_json(), encoding="utf-8")
        for companion in self.companions:
            companion.make(result, None if self.polygons is None else self.polygons.partial)

    def commit(self) -> None:
        """Give every file its name; the class raster last, since other programs wait for it."""
        if self.wants_confidence and self.confidence is not None:
            self.confidence.commit()
        for file in (self.polygons, self.report, *self.companions):
            if file is not None:
                file.commit()
        self.classes.commit()


def _open_file(path: Path | None, stack: ExitStack) -> PartialFile | None:
    if path is None:
        return None
    file = PartialFile(path)
    stack.callback(file.discard)
    return file
