# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector results where the user wants them, in any format of QGIS: whole, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsAggregateCalculator,
    QgsFeature,
    QgsFeatureRequest,
    QgsFeedback,
    QgsGeometry,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import Qt

from ...inference.errors import Cancelled, OutputError
from ...inference.runs.partial_file import PartialFiles
from ..i18n import tr

_TRIALS = {
    "NoGeometry": "",
    "Point": "POINT(0 0)",
    "LineString": "LINESTRING(0 0, 1 1)",
    "Polygon": "POLYGON((0 0, 0 1, 1 1, 1 0, 0 0))",
}
"""What is written first to see whether a format takes it, by the kind of geometry."""

MakeLayer = Callable[[Any, "Path | None"], QgsVectorLayer]
"""The layer to write, from the engine's result and the GeoPackage it made."""


def is_vector_file(destination: str) -> bool:
    """Whether a destination is a file of one layer, not a database or a layer in memory."""
    known = Path(destination).suffix.lstrip(".").lower() in (
        QgsVectorFileWriter.supportedFormatExtensions()
    )
    return known and not re.match(r"\w{2,}:", destination)


def layer_of_engine(result: Any, made: Path | None) -> QgsVectorLayer:
    """The engine's polygons: it writes GeoPackage, QGIS converts to the rest."""
    return QgsVectorLayer(str(made), tr("Polygons"), "ogr")


def named_layer(table: str, title: str) -> MakeLayer:
    """For a GeoPackage of several layers: what gives the one of that name."""
    return lambda result, made: QgsVectorLayer(f"{made}|layername={table}", title, "ogr")


class VectorFile:
    """A companion of the engine's files: a layer made of the results, written as `path`."""

    def __init__(
        self,
        name: str,
        path: str,
        make_layer: MakeLayer,
        *,
        geometry: str,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
    ) -> None:
        """`name` is the output's, for what has to be said; `geometry` one of `_TRIALS`.

        Raises OutputError, also where the format takes no such layer: a run may take hours.
        """
        self.answer = path
        self._name, self._make_layer, self._context = name, make_layer, context
        self._stop = QgsFeedback()  # the run's own would begin at 0 percent again
        feedback.canceled.connect(self._stop.cancel, Qt.ConnectionType.DirectConnection)
        self._files: PartialFiles | None = None
        self._require_format(geometry)

    def make(self, result: Any, made: Path | None) -> None:
        """See Companion.make."""
        self._files = PartialFiles(Path(self.answer))
        wrong = self._write(self._make_layer(result, made), self._files.partial)
        if wrong:
            raise self._error(
                tr(
                    "{0}; check that the disk is not full, or give another format, such as .gpkg."
                ).format(wrong)
            )

    def _write(self, layer: QgsVectorLayer, path: Path) -> str:
        """Write a layer whole; returns what went wrong, if anything did. Raises Cancelled."""
        options = QgsVectorFileWriter.SaveVectorOptions()
        options.driverName = QgsVectorFileWriter.driverForExtension(path.suffix.lstrip("."))
        options.fileEncoding = "UTF-8"  # else a Shapefile does not say how its names are written
        options.feedback = self._stop
        transforms = self._context.transformContext()
        error, words, written, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
            layer, str(path), transforms, options
        )
        if error == QgsVectorFileWriter.WriterError.Canceled:
            raise Cancelled(tr("Cancelled; nothing was written."))
        if error != QgsVectorFileWriter.WriterError.NoError:
            return " ".join(words.split())
        if written != str(path) and Path(written).is_file():
            Path(written).replace(path)  # QGIS adds the extension it knows: a.json.geojson
        return _missing(path, layer)

    def _require_format(self, geometry: str) -> None:
        """QGIS lists formats that take no polygons (GPX), no columns of ours (DXF), and so on."""
        trial = PartialFiles(Path(self.answer))
        try:
            wrong = self._write(_one_feature(geometry), trial.partial)
        finally:
            trial.discard()
        if wrong:
            raise self._error(
                tr("this format does not take it ({0}); give another, such as .gpkg.").format(wrong)
            )

    def commit(self) -> None:
        """See Companion.commit."""
        if self.answer.lower().endswith(".shp"):  # an index of the old one would be wrong
            QgsVectorFileWriter.deleteShapeFile(self.answer)
        self._files.commit()

    def discard(self) -> None:
        """See Companion.discard."""
        if self._files is not None:
            self._files.discard()

    def _error(self, reason: str) -> OutputError:
        return OutputError(
            tr("{0} cannot be written to '{1}': {2}").format(self._name, self.answer, reason)
        )


class LayerInMemory:
    """A companion that is a layer of QGIS and no file."""

    def __init__(
        self,
        name: str,
        context: QgsProcessingContext,
        feedback: QgsProcessingFeedback,
        make_layer: MakeLayer = layer_of_engine,
    ) -> None:
        self.answer = ""
        self._name, self._context, self._feedback = name, context, feedback
        self._make_layer = make_layer
        self._layer: QgsVectorLayer | None = None

    def make(self, result: Any, made: Path | None) -> None:
        """See Companion.make."""
        layer = self._make_layer(result, made)
        self._layer = layer.materialize(QgsFeatureRequest(), self._feedback)
        self._layer.setName(self._name or layer.name())
        self.answer = self._layer.id()

    def commit(self) -> None:
        """See Companion.commit."""
        self._context.temporaryLayerStore().addMapLayer(self._layer)

    def discard(self) -> None:
        """See Companion.discard."""
        self._layer = None


def _one_feature(geometry: str) -> QgsVectorLayer:
    """A layer in memory such as the results are, and as small as can be."""
    layer = QgsVectorLayer(f"{geometry}?field=pixels:integer", "trial", "memory")
    feature = QgsFeature(layer.fields())
    feature["pixels"] = 1
    if layer.isSpatial():
        feature.setGeometry(QgsGeometry.fromWkt(_TRIALS[geometry]))
    layer.dataProvider().addFeature(feature)
    return layer


def _missing(path: Path, wanted: QgsVectorLayer) -> str:
    """GDAL does not say when the last bytes did not fit on the disk: read them back."""
    made = QgsVectorLayer(str(path), "made", "ogr")
    if not made.isValid():
        return tr("what was written cannot be read back")
    same_sum = math.isclose(_sum(made, wanted), _sum(wanted, wanted), rel_tol=1e-6)
    if not same_sum or made.featureCount() != wanted.featureCount():
        return tr("a part is missing")
    return ""


def _sum(layer: QgsVectorLayer, wanted: QgsVectorLayer) -> float:
    """Of the last column of `wanted`, which is written last; 0 where a format drops columns."""
    name = wanted.fields()[-1].name()
    if layer.fields().indexOf(name) < 0:
        return 0.0
    total, _ = layer.aggregate(QgsAggregateCalculator.Aggregate.Sum, f'to_real("{name}")')
    return float(total or 0.0)
