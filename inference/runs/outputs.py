# SPDX-License-Identifier: GPL-2.0-or-later
"""The files of one run: opened together before the work, given their names together after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..cards.card import ModelCard
from ..raster.frame import Frame
from ..raster.sink import CLASSES, Layout, Legend, RasterSink
from .partial_file import PartialFile, open_partial, writing
from .report_file import is_page, open_report


class Result(Protocol):
    """What a run made, as a report tells it."""

    def to_json(self) -> str:
        """All of it."""


class Companion(Protocol):
    """A file of the caller's own that is made of the results and gets its name with them."""

    def make(self, result: Any, polygons: Path | None) -> None:
        """Make it whole under another name; `polygons` is where the GeoPackage lies by now."""

    def commit(self) -> None:
        """Give it its name."""

    def discard(self) -> None:
        """Remove what is left of it; does nothing to what was committed."""


@dataclass(frozen=True)
class Outputs:
    """Every file has another name until all are whole; what is not committed is removed.

    `confidence` may also be there for polygons alone, which tell its mean; then it is never
    committed. `surface` is a raster of numbers.
    """

    report: PartialFile | None
    companions: tuple[Companion, ...]
    classes: RasterSink | None = None
    confidence: RasterSink | None = None
    keep_confidence: bool = False
    surface: RasterSink | None = None
    polygons: PartialFile | None = None

    @classmethod
    def open(
        cls,
        stack: ExitStack,
        card: ModelCard | None,
        frame: Frame,
        *,
        report: Path | None,
        companions: Sequence[Companion],
        classes: Path | None = None,
        confidence: Path | None = None,
        keep_confidence: bool = True,
        surface: Path | None = None,
        layout: Layout = CLASSES,
        polygons: Path | None = None,
    ) -> Outputs:
        """Open all that is wanted, or raise OutputError for the first that cannot be written.

        Without a card nobody says what classes mean. `layout` is that of the `surface`.
        """
        for companion in companions:
            stack.callback(companion.discard)
        legend = Legend() if card is None else Legend.of(card)
        nameless = Legend(tags=legend.tags)
        return cls(
            classes=_open_raster(classes, frame, legend, stack),
            confidence=_open_raster(confidence, frame, nameless, stack),
            keep_confidence=keep_confidence,
            surface=_open_raster(surface, frame, nameless, stack, layout=layout),
            polygons=None if polygons is None else open_partial(polygons, stack),
            report=open_report(report, stack),
            companions=tuple(companions),
        )

    def finish(self) -> None:
        """Make the rasters whole, still under their temporary names."""
        for raster in (self.classes, self.confidence, self.surface):
            if raster is not None:
                raster.finish()

    def make_rest(self, result: Result, page: Callable[[], str]) -> None:
        """Make what tells of the result: the report (a page, or JSON), and the caller's files."""
        if self.report is not None:
            with writing(self.report.path):
                words = page() if is_page(self.report.path) else result.to_json()
                self.report.partial.write_text(words, encoding="utf-8")
        for companion in self.companions:
            companion.make(result, None if self.polygons is None else self.polygons.partial)

    def commit(self) -> None:
        """Give every file its name; the main raster last, since other programs wait for it."""
        confidence = self.confidence if self.keep_confidence else None
        rest = (confidence, self.polygons, self.report, *self.companions)
        for file in (*rest, self.classes, self.surface):
            if file is not None:
                file.commit()


def _open_raster(
    path: Path | None, frame: Frame, legend: Legend, stack: ExitStack, *, layout: Layout = CLASSES
) -> RasterSink | None:
    if path is None:
        return None
    return stack.enter_context(RasterSink(path, frame, legend=legend, layout=layout))
