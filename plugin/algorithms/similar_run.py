# SPDX-License-Identifier: GPL-2.0-or-later
"""One search for QGIS: its job for the engine, its layer in any format (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessingUtils, QgsVectorFileWriter, QgsVectorLayer
from rasterio.crs import CRS

from ...inference.embedding.examples import ExamplePolygon, Examples
from ...inference.embedding.filters import Filters
from ...inference.embedding.hit_layer import FIELDS
from ...inference.embedding.index_files import IndexFiles
from ...inference.embedding.query import Query
from ...inference.embedding.similar import SimilarJob, SimilarResult, run_similar
from ...inference.errors import GeoSiftError
from ..i18n import tr, tr_count
from ..layers.example_features import MapExamples
from ..models import catalog
from ..results.post_process import dress_on_arrival
from ..results.vector_output import LayerInMemory, VectorFile
from . import common_parameters as common
from . import similar_parameters as names
from .run_parameters import RunParameters, is_geopackage
from .similar_inputs import SimilarInputs

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ..published_search import PublishedPlace

_THUMBNAIL = "thumbnail"
_WITH_PICTURES = ("GPKG", "SQLite")
"""Formats that take bytes, by their drivers; QGIS would write the others not at all."""
_TOLD = 5


class SimilarRun(RunParameters):
    """The best patches as a layer, the score as a raster."""

    def execute(self, inputs: SimilarInputs) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        answers = self.destinations()
        self._tell_left_out(inputs.left_out)
        companions = self._companions(answers.get(common.OUTPUT, ""))
        paths = {name: Path(place) for name, place in answers.items()}
        if companions:
            paths[common.OUTPUT] = Path(QgsProcessingUtils.generateTempFilename("similar.gpkg"))
        result = self._search(self._job(inputs, paths), inputs.place, tuple(companions))
        for each in companions:
            answers[common.OUTPUT] = each.answer
        for name, kind in ((common.OUTPUT, "similar"), (names.HEAT, "heat")):
            if name in answers:
                dress_on_arrival(answers[name], kind, self.context, title=_title(inputs), card=None)
        return {**answers, **self._told(result)}

    def _search(
        self,
        job: SimilarJob,
        place: PublishedPlace | None,
        companions: tuple[VectorFile | LayerInMemory, ...],
    ) -> SimilarResult:
        """In the folder, or by the server."""
        if place is not None:
            from ..published_search import run_similar_published

            return run_similar_published(job, place, self.feedback, companions=companions)
        return run_similar(
            job,
            companions=companions,
            progress=self.feedback.setProgress,
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )

    def _job(self, inputs: SimilarInputs, paths: dict[str, Path]) -> SimilarJob:
        return SimilarJob(
            index=inputs.folder,
            query=Query(
                self._examples(inputs.positive, names.PICTURE),
                self._examples(inputs.negative, names.NOT_PICTURE),
                weight=self.preset(names.WEIGHT),
            ),
            output=paths.get(common.OUTPUT),
            heat=paths.get(names.HEAT),
            heat_of=inputs.heat_of or None,
            filters=Filters(
                extent=inputs.extent,
                polygons=inputs.mask,
                dates=inputs.dates if any(inputs.dates) else None,
                sources=inputs.sources or None,
                crs=CRS.from_wkt(inputs.crs_wkt) if inputs.crs_wkt else None,
            ),
            count=int(self.preset(names.COUNT)),
            apart=self.flag(names.APART),
            thumbnails=self.flag(names.THUMBNAILS),
            card=self._card(inputs),
        )

    def _examples(self, found: MapExamples, pictures: str) -> Examples:
        return Examples(
            places=found.places,
            polygons=tuple(ExamplePolygon(each.shape, each.inside) for each in found.polygons),
            pictures=tuple(map(str, self.several(pictures))),
        )

    def _card(self, inputs: SimilarInputs) -> ModelCard | None:
        """The network of the index, where it is at hand; the user may say where."""
        model = self.text(common.MODEL)
        if model:
            return catalog().find(model)
        place = inputs.place
        making = IndexFiles(inputs.folder).read_info().making if place is None else place.making
        try:
            found = catalog().find(making.model)
        except GeoSiftError:  # imported, or of a folder of models that is gone
            return None
        return found if found.sha256 == making.sha256 else None

    def _companions(self, wanted: str) -> list[VectorFile | LayerInMemory]:
        """What brings the engine's GeoPackage where it is wanted, if it is wanted elsewhere."""
        if not wanted or is_geopackage(wanted):
            return []
        ending = Path(wanted).suffix.lstrip(".")
        holds = wanted.startswith("memory:") or (
            QgsVectorFileWriter.driverForExtension(ending) in _WITH_PICTURES
        )
        make = _with_pictures if holds else _without_pictures
        return [self.elsewhere(common.OUTPUT, wanted, make, "Polygon")]

    def _tell_left_out(self, count: int) -> None:
        if count:
            words = tr_count(
                "{0} example has no place and is left out.",
                "{0} examples have no place and are left out.",
                count,
            )
            self.feedback.pushWarning(words.format(count))

    def _told(self, result: SimilarResult) -> dict[str, Any]:
        """What came of it, the first ones also in the log."""
        hits = result.hits
        for rank, hit in enumerate(hits[:_TOLD], 1):
            self.feedback.pushInfo(f"{rank}: {hit.score:.4f}, {Path(hit.source).name}")
        milliseconds = round(1000 * result.timings["search"])
        words = tr("Patches compared: {0} in {1} ms").format(f"{result.compared:,}", milliseconds)
        self.feedback.pushInfo(words)
        best = hits[0].score if hits else None
        return {names.FOUND: len(hits), names.COMPARED: result.compared, names.BEST: best}


def _title(inputs: SimilarInputs) -> str:
    """What the index is called."""
    return inputs.folder.name if inputs.place is None else inputs.place.name.table


def _with_pictures(result: SimilarResult, made: Path | None) -> QgsVectorLayer:
    return QgsVectorLayer(f"{made}|layername=similar", tr("similar places"), "ogr")


def _without_pictures(result: SimilarResult, made: Path | None) -> QgsVectorLayer:
    layer = _with_pictures(result, made)
    kept = ", ".join(f'"{name}"' for name in FIELDS if name != _THUMBNAIL)
    layer.setSubsetString(f"SELECT fid, geom, {kept} FROM similar")  # nosec B608
    return layer
