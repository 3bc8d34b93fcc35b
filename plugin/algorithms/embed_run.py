# SPDX-License-Identifier: GPL-2.0-or-later
"""One embedding for QGIS: its jobs for the engine, and the layer of the patches (worker thread)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProcessing, QgsProcessingContext
from rasterio.crs import CRS

from ...inference.embedding.index import Index
from ...inference.embedding.index_files import IndexFiles
from ...inference.embedding.job import EmbedJob, EmbedResult
from ...inference.embedding.parquet_export import export_parquet
from ...inference.embedding.parquet_import import import_parquet
from ...inference.embedding.run import run_embed
from ...inference.runs.telling import Tell, part, telling
from ..i18n import tr
from ..models import DEFAULTS, FEATURES, catalog
from ..results.post_process import dress_on_arrival
from . import common_parameters as common
from . import embed_parameters as names
from .embed_inputs import EmbedInputs
from .run_parameters import RunParameters

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard

_IMPORTED, _EMBEDDED = 0.05, 0.95
"""Shares of a run that are behind it when a file was imported, when all rasters were embedded."""


class EmbedRun(RunParameters):
    """Imports, embeds and exports, as far as each is asked for."""

    def execute(self, inputs: EmbedInputs) -> dict[str, Any]:
        """Do the run, and return the results by output name; raises GeoSiftError."""
        answers = self.destinations()
        folder = Path(answers[names.INDEX])
        if self.parameters.get(names.INDEX) == QgsProcessing.TEMPORARY_OUTPUT:
            self.feedback.pushInfo(
                tr("The index lies in a temporary folder, which QGIS deletes when it closes.")
            )
        self._import(folder)
        result = self._embed(inputs, folder)
        index = Index.open(folder)
        if names.EXPORT in answers:
            self._export(index, Path(answers[names.EXPORT]))
        if self.flag(names.LOAD):
            self._load(index)
        return {**answers, **self._told(result, index)}

    def _import(self, folder: Path) -> None:
        file = self.text(names.READ)
        if file:
            count = import_parquet(Path(file), folder, tell=part(self._tell(), 0.0, _IMPORTED))
            self.feedback.pushInfo(tr("Patches of {0}: {1}").format(file, f"{count:,}"))

    def _embed(self, inputs: EmbedInputs, folder: Path) -> EmbedResult | None:
        """Put the rasters in and take out what is to go, if there is anything to do."""
        drop = tuple(map(str, self.several(names.DROP)))
        if not (inputs.rasters or drop):
            return None
        job = EmbedJob(
            rasters=inputs.rasters,
            card=self._card(folder),
            index=folder,
            step=self.whole(names.STEP),
            bands=inputs.bands,
            extent=inputs.extent,
            mask=inputs.mask,
            crs=CRS.from_wkt(inputs.crs_wkt) if inputs.crs_wkt else None,
            resolution=self.number(common.RESOLUTION),
            threads=self.threads(),
            renew=self.flag(names.RENEW),
            drop=drop,
        )
        width = _EMBEDDED - _IMPORTED
        return run_embed(
            job,
            progress=lambda done: self.feedback.setProgress(100.0 * _IMPORTED + width * done),
            message=self.feedback.pushWarning,
            cancelled=self.feedback.isCanceled,
        )

    def _card(self, folder: Path) -> ModelCard:
        """The network that is named, else the index's own, else the one GeoSift brings."""
        model, files = self.text(common.MODEL), IndexFiles(folder)
        if not model and files.info.exists():
            model = files.read_info().making.model
        return catalog().find(model or DEFAULTS[FEATURES])

    def _export(self, index: Index, path: Path) -> None:
        count = export_parquet(index, path, tell=part(self._tell(), _EMBEDDED, 1.0))
        self.feedback.pushInfo(tr("Patches in {0}: {1}").format(path, f"{count:,}"))

    def _load(self, index: Index) -> None:
        """Have the layer of the patches brought into the project, where there is one."""
        project = self.context.project()
        if project is None:
            return
        layer, title = str(index.files.layer), index.files.folder.name
        details = QgsProcessingContext.LayerDetails(title, project, names.PATCHES)
        self.context.addLayerToLoadOnCompletion(layer, details)
        dress_on_arrival(layer, "patches", self.context, title=title, card=None)

    def _told(self, result: EmbedResult | None, index: Index) -> dict[str, Any]:
        """What came of it, also in the log."""
        told = {
            names.PATCHES: str(index.files.layer),
            names.ADDED: 0 if result is None else result.added,
            names.TOTAL: index.info.rows,
            names.DONE: 0 if result is None else len(result.done),
            names.SKIPPED: 0 if result is None else len(result.skipped),
            names.CHANGED: 0 if result is None else len(result.changed),
            names.FAILED: 0 if result is None else len(result.failed),
            common.ENGINE: "" if result is None else result.engine,
        }
        titles = {output.name(): output.description() for output, _words in names.told()}
        for name, value in told.items():
            self.feedback.pushInfo(f"{titles[name]}: {value}")
        return told

    def _tell(self) -> Tell:
        """Takes how far the whole run is (0..1); raises Cancelled when the user cancels."""
        return telling(
            lambda done: self.feedback.setProgress(100.0 * done), self.feedback.isCanceled
        )
