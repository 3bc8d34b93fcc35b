# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of one run: opened together before the work, given their names together after it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from .card import ModelCard
from .frame import Frame
from .partial_file import PartialFile, writing
from .sink import Legend, RasterSink


@dataclass(frozen=True)
class Outputs:
    """Every file has another name until all are whole; what is not committed is removed.

    `confidence` is also there for polygons alone, which tell its mean; then it is never committed.
    """

    classes: RasterSink
    confidence: RasterSink | None
    polygons: PartialFile | None
    report: PartialFile | None
    wants_confidence: bool

    @classmethod
    def open(
        cls,
        stack: ExitStack,
        *,
        card: ModelCard,
        frame: Frame,
        classes: Path,
        confidence: Path | None,
        polygons: Path | None,
        report: Path | None,
    ) -> Outputs:
        """Open all, or raise OutputError for the first that cannot be written."""
        legend = Legend.of(card)
        beside = classes.with_name(f".{classes.name}.confidence")
        return cls(
            classes=stack.enter_context(RasterSink(classes, frame, legend=legend)),
            confidence=None
            if confidence is None and polygons is None
            else stack.enter_context(
                RasterSink(confidence or beside, frame, legend=Legend(tags=legend.tags))
            ),
            polygons=_open_file(polygons, stack),
            report=_open_file(report, stack),
            wants_confidence=confidence is not None,
        )

    def finish(self) -> None:
        """Make the rasters whole, still under their temporary names."""
        self.classes.finish()
        if self.confidence is not None:
            self.confidence.finish()

    def write_report(self, text: str) -> None:
        """Write the report, where one is wanted."""
        if self.report is not None:
            with writing(self.report.path):
                self.report.partial.write_text(text, encoding="utf-8")

    def commit(self) -> None:
        """Give every file its name; the class raster last, since other programs wait for it."""
        if self.wants_confidence and self.confidence is not None:
            self.confidence.commit()
        for file in (self.polygons, self.report):
            if file is not None:
                file.commit()
        self.classes.commit()


def _open_file(path: Path | None, stack: ExitStack) -> PartialFile | None:
    if path is None:
        return None
    file = PartialFile(path)
    stack.callback(file.discard)
    return file
