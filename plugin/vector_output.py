# SPDX-License-Identifier: GPL-2.0-or-later
"""Polygons where the user wants them: the engine writes GeoPackage, QGIS converts to the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingUtils,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..inference.errors import OutputError
from .i18n import tr


@dataclass(frozen=True)
class VectorTarget:
    """Where the engine writes polygons, and where they belong in the end ('memory:' = nowhere)."""

    engine_path: Path
    wanted: str

    def finish(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> str:
        """Bring the polygons where they belong and return that; raises OutputError."""
        if self.wanted == str(self.engine_path):
            return self.wanted
        made = QgsVectorLayer(str(self.engine_path), Path(self.wanted).stem or "polygons", "ogr")
        if self.wanted.startswith("memory:"):
            layer = made.materialize(QgsFeatureRequest(), feedback)
            layer.setName(self.wanted[len("memory:") :] or tr("Polygons"))
            context.temporaryLayerStore().addMapLayer(layer)
            return layer.id()
        _convert(made, self.wanted, context, feedback)
        return self.wanted


def vector_target(wanted: str, context: QgsProcessingContext) -> VectorTarget:
    """The target for a destination as Processing gives it; raises OutputError for databases."""
    extension = Path(wanted).suffix.lower()
    if extension == ".gpkg" and not wanted.lower().startswith("ogr:"):
        return VectorTarget(Path(wanted), wanted)
    known = extension.lstrip(".") in QgsVectorFileWriter.supportedFormatExtensions()
    if not known and not wanted.startswith("memory:"):
        raise OutputError(
            tr(
                "POLYGONS cannot be written to '{0}': give a file name ending in .gpkg or another "
                "vector format of QGIS."
            ).format(wanted)
        )
    return VectorTarget(Path(QgsProcessingUtils.generateTempFilename("polygons.gpkg")), wanted)


def _convert(
    layer: QgsVectorLayer, path: str, context: QgsProcessingContext, feedback: QgsProcessingFeedback
) -> None:
    options = QgsVectorFileWriter.SaveVectorOptions()
    extension = Path(path).suffix.lstrip(".")
    options.driverName = QgsVectorFileWriter.driverForExtension(extension)
    options.fileEncoding = "UTF-8"  # else a Shapefile does not say how its names are written
    options.feedback = feedback
    transforms = context.transformContext()
    answer = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, transforms, options)
    if answer[0] != QgsVectorFileWriter.WriterError.NoError:
        raise OutputError(tr("POLYGONS cannot be written to '{0}': {1}").format(path, answer[1]))
