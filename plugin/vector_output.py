# SPDX-License-Identifier: GPL-2.0-or-later
"""Vector results where the user wants them, in any format of QGIS: whole, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsAggregateCalculator,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..inference.errors import OutputError
from ..inference.partial_file import PartialFiles
from .i18n import tr

if TYPE_CHECKING:
    from ..inference.job import SegmentResult

MakeLayer = Callable[["SegmentResult", "Path | None"], QgsVectorLayer]
"""The layer to write, from the result and the GeoPackage of polygons the engine made."""


def is_vector_file(destination: str) -> bool:
    """Whether a destination is a file of one layer, not a database or a layer in memory."""
    known = Path(destination).suffix.lstrip(".").lower() in (
        QgsVectorFileWriter.supportedFormatExtensions()
    )
    return known and not re.match(r"\w{2,}:", destination)


def polygons_of_engine(result: SegmentResult, polygons: Path | None) -> QgsVectorLayer:
    """The engine's polygons: it writes GeoPackage, QGIS converts to the rest."""
    return QgsVectorLayer(str(polygons), result.polygons.stem, "ogr")


class VectorFile:
    """A companion of the engine's files: a layer made of the results, written as `path`."""

    def __init__(
        self, name: str, path: str, make_layer: MakeLayer, context: QgsProcessingContext
    ) -> None:
        """`name` is the output's, for what has to be said; raises OutputError."""
        self.answer = path
        self._name, self._make_layer, self._context = name, make_layer, context
        self._files = PartialFiles(Path(path))

    def make(self, result: SegmentResult, polygons: Path | None) -> None:
        """See Companion.make."""
        layer = self._make_layer(result, polygons)
        options = QgsVectorFileWriter.SaveVectorOptions()
        extension = self._files.path.suffix.lstrip(".")
        options.driverName = QgsVectorFileWriter.driverForExtension(extension)
        options.fileEncoding = "UTF-8"  # else a Shapefile does not say how its names are written
        transforms, partial = self._context.transformContext(), str(self._files.partial)
        error, words, written, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
            layer, partial, transforms, options
        )
        if error != QgsVectorFileWriter.WriterError.NoError:
            raise self._error(words)
        if written != partial and Path(written).is_file():
            Path(written).replace(partial)  # QGIS adds the extension it knows: a.json.geojson
        self._require_whole(layer)

    def commit(self) -> None:
        """See Companion.commit."""
        if self._files.path.suffix.lower() == ".shp":  # an index of the old one would be wrong
            QgsVectorFileWriter.deleteShapeFile(self.answer)
        self._files.commit()

    def discard(self) -> None:
        """See Companion.discard."""
        self._files.discard()

    def _require_whole(self, wanted: QgsVectorLayer) -> None:
        """GDAL does not say when the last bytes did not fit on the disk: read them back."""
        made = QgsVectorLayer(str(self._files.partial), "made", "ogr")
        if not made.isValid():
            raise self._error(
                tr(
                    "what was written cannot be read back; check that the disk is not full, or "
                    "give another format, such as .gpkg."
                )
            )
        if not math.isclose(_sum(made, wanted), _sum(wanted, wanted), rel_tol=1e-6):
            raise self._error(tr("a part is missing; check that the disk is not full."))

    def _error(self, reason: str) -> OutputError:
        return OutputError(
            tr("{0} cannot be written to '{1}': {2}").format(self._name, self.answer, reason)
        )


class PolygonsInMemory:
    """A companion that is a layer of QGIS and no file."""

    def __init__(
        self, name: str, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        self.answer = ""
        self._name, self._context, self._feedback = name, context, feedback
        self._layer: QgsVectorLayer | None = None

    def make(self, result: SegmentResult, polygons: Path | None) -> None:
        """See Companion.make."""
        layer = polygons_of_engine(result, polygons)
        self._layer = layer.materialize(QgsFeatureRequest(), self._feedback)
        self._layer.setName(self._name or tr("Polygons"))
        self.answer = self._layer.id()

    def commit(self) -> None:
        """See Companion.commit."""
        self._context.temporaryLayerStore().addMapLayer(self._layer)

    def discard(self) -> None:
        """See Companion.discard."""
        self._layer = None


def _sum(layer: QgsVectorLayer, wanted: QgsVectorLayer) -> float:
    """Of the last column of `wanted`, which is written last; 0 where a format drops columns."""
    name = wanted.fields()[-1].name()
    if layer.fields().indexOf(name) < 0:
        return 0.0
    total, _ = layer.aggregate(QgsAggregateCalculator.Aggregate.Sum, f'to_real("{name}")')
    return float(total or 0.0)
