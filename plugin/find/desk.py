# SPDX-License-Identifier: GPL-2.0-or-later
"""What the worker keeps open between questions: one index, and the network it was made with.

Used in the worker's thread alone; the engine is loaded by the first errand, so that opening the
page costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...inference.errors import GeoSiftError
from .. import settings
from ..models import catalog
from .example import AREA, PATCH, PLACE, SHAPE, Example
from .index_state import state_of
from .question import Answer, Found, IndexState, Limits, Question, Thumbnail, Written

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ...inference.embedding.examples import Examples
    from ...inference.embedding.filters import Filters
    from ...inference.embedding.finder import Finder
    from ...inference.embedding.hit import Hit
    from ...inference.embedding.query import Query

SIDE = 96
"""Pixels of a thumbnail along a side: enough for a screen of twice the density."""


class Desk:
    """Each method is an errand: an iterator that tells what it has, step by step."""

    def __init__(self) -> None:
        self._finder: Finder | None = None
        self._folder = ""
        self._state = IndexState("")

    def look(self, folder: str, *, grows: bool) -> Iterator[IndexState]:
        """What is in a folder; what is no index says why.

        While one `grows`, which is every few seconds, only rasters are looked at that are new.
        """
        known = self._state.rasters if grows and folder == self._state.folder else ()
        try:
            self._state = state_of(folder, known)
        except GeoSiftError as error:
            self._state = IndexState(folder, trouble=str(error))
        yield self._state

    def prepare(self, folder: str) -> Iterator[None]:
        """Open index and network before the first question; what is wrong is told then."""
        with suppress(GeoSiftError):
            self._opened(folder).prepare()
        yield from ()

    def let_go(self) -> Iterator[None]:
        """Close the index: a run is going to change it."""
        self.close()
        yield from ()

    def rest(self) -> Iterator[None]:
        """Close the rasters: Windows lets nobody replace one that is open."""
        if self._finder is not None:
            self._finder.rest()
        yield from ()

    def answer(self, question: Question) -> Iterator[Answer]:
        """What is alike, or why nobody can tell."""
        limits = question.limits
        try:
            found = self._opened(question.folder).find(
                _query(question), _filters(limits), count=limits.count, apart=limits.apart
            )
        except GeoSiftError as error:
            yield Answer(question, trouble=str(error), refused=self._refused(question))
            return
        hits = tuple(_found(rank, hit) for rank, hit in enumerate(found.hits, 1))
        yield Answer(question, hits, found.compared, found.seconds, found.notes)

    def thumbnails(self, answer: Answer) -> Iterator[Thumbnail]:
        """A picture of each patch, the best first; of a raster that is gone it is told once."""
        missing: set[str] = set()
        for found in answer.found:
            source = found.patch[0]
            if source in missing:
                continue
            try:
                finder = self._opened(answer.question.folder)
                pixels = finder.thumbnail(found.patch, side=SIDE)
                yield Thumbnail(found.patch, pixels.tobytes(), SIDE)
            except GeoSiftError as error:
                missing.add(source)
                yield Thumbnail(found.patch, trouble=str(error))

    def heat(self, question: Question, raster: str, path: str) -> Iterator[Written]:
        """A raster of the scores over one of the rasters."""
        yield self._written(question, path, heat=Path(path), heat_of=raster)

    def keep(self, question: Question, path: str) -> Iterator[Written]:
        """The answer in a file, pictures and all."""
        limits = question.limits
        yield self._written(
            question,
            path,
            output=Path(path),
            filters=_filters(limits),
            count=limits.count,
            apart=limits.apart,
            thumbnails=True,
        )

    def _written(self, question: Question, path: str, **wanted: Any) -> Written:
        from ...inference.embedding.similar import SimilarJob, run_similar

        folder, card = Path(question.folder), self._card(question.folder)
        done = run_similar(SimilarJob(index=folder, query=_query(question), card=card, **wanted))
        return Written(question, path, done.warnings)

    def close(self) -> None:
        """Let go of all files, at once."""
        if self._finder is not None:
            self._finder.close()
        self._finder, self._folder = None, ""

    def _opened(self, folder: str) -> Finder:
        from ...inference.embedding.finder import Finder
        from ...inference.network.machine import use

        if self._finder is None or self._folder != folder:
            self.close()
            use(settings.machine())
            card, threads = self._card(folder), settings.threads()
            self._finder = Finder.open(Path(folder), card=card, threads=threads)
            self._folder = folder
        return self._finder

    def _card(self, folder: str) -> ModelCard | None:
        """Of the network the index was made with; None where the user has it no longer."""
        from ...inference.embedding.index_files import IndexFiles

        wanted = IndexFiles(Path(folder)).read_info().making.sha256
        cards, _ = catalog().look()
        return next((card for card in cards if card.sha256 == wanted), None)

    def _refused(self, question: Question) -> tuple[Example, ...]:
        """Those examples by which nothing can be found, each asked for alone.

        None of them where the index itself is what is wrong.
        """
        from ...inference.embedding.index_files import IndexFiles

        refused = []
        try:
            IndexFiles(Path(question.folder)).read_info()
            finder = self._opened(question.folder)
        except GeoSiftError:
            return ()
        for example in question.examples:
            alone = replace(question, examples=(replace(example, good=True),))
            try:
                finder.find(_query(alone), count=1)
            except GeoSiftError:
                refused.append(example)
        return tuple(refused)


def _query(question: Question) -> Query:
    from ...inference.embedding.query import Query

    good = [each for each in question.examples if each.good]
    bad = [each for each in question.examples if not each.good]
    return Query(_examples(good), _examples(bad))


def _examples(examples: list[Example]) -> Examples:
    from ...inference.embedding.examples import ExamplePolygon, Examples

    def of(kind: str) -> tuple[Any, ...]:
        return tuple(each.what for each in examples if each.kind == kind)

    polygons = (ExamplePolygon(each.what, each.at) for each in examples if each.kind == SHAPE)
    return Examples(places=of(PLACE), areas=of(AREA), patches=of(PATCH), polygons=tuple(polygons))


def _filters(limits: Limits) -> Filters:
    from ...inference.embedding.filters import Filters

    return Filters(
        polygons=None if limits.area is None else (limits.area,),
        dates=limits.dates,
        sources=limits.rasters,
    )


def _found(rank: int, hit: Hit) -> Found:
    ring = tuple((float(x), float(y)) for x, y in hit.corners)
    return Found(rank, hit.score, hit.patch, hit.date, ring)
