# SPDX-License-Identifier: GPL-2.0-or-later
"""What was found as layers of the project: patches in memory, heat in a temporary file."""

from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsField,
    QgsGeometry,
    QgsMapLayer,
    QgsPointXY,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime, Qt

from ...inference.errors import OutputError
from ..i18n import tr
from ..results.field_types import field_type
from ..results.layer_tree import file_result
from ..results.similar_style import follow_scores, style_heat, style_hits
from .ground import DEGREES
from .question import Answer, Found

_FIELDS = {
    "rank": "LongLong", "score": "Double", "source": "String", "row": "LongLong",
    "col": "LongLong", "date": "DateTime",
}  # fmt: skip


class AnswerLayers:
    """Each is made when there is something to show, and made anew when the user has removed it.

    They are the user's like any temporary layer: QGIS can make them permanent, and asks before they
    are lost. One that the user has made permanent, or given another file, is not touched again; nor
    is how the patches look, once the user has changed that.
    """

    def __init__(self) -> None:
        self._hits_id = self._heat_id = self._heat_source = ""
        self._is_styled = False

    @property
    def hits(self) -> QgsVectorLayer | None:
        """The layer of patches, None where there is none."""
        layer = QgsProject.instance().mapLayer(self._hits_id)
        is_ours = isinstance(layer, QgsVectorLayer) and layer.providerType() == "memory"
        return layer if is_ours and not layer.isEditable() else None

    @property
    def heat(self) -> QgsRasterLayer | None:
        """The layer of scores, None where there is none."""
        layer = QgsProject.instance().mapLayer(self._heat_id)
        is_ours = isinstance(layer, QgsRasterLayer) and layer.source() == self._heat_source
        return layer if is_ours else None

    def show(self, answer: Answer) -> QgsVectorLayer:
        """Have the layer hold these patches and no others."""
        layer = self.hits
        if layer is None or layer.crs().isValid() != answer.question.is_placed:
            layer = self._new_hits(answer)
        provider = layer.dataProvider()
        provider.truncate()
        provider.addFeatures([_feature(layer, found) for found in answer.found])
        provider.reloadData()  # tells a table that is open
        layer.updateExtents()
        if answer.found:
            (follow_scores if self._is_styled else style_hits)(layer)
            self._is_styled = True
        layer.triggerRepaint()
        return layer

    def show_nothing(self) -> None:
        """Empty the layer of patches; heat of a question that is none any more goes."""
        if self.hits is not None:
            self.hits.dataProvider().truncate()
            self.hits.dataProvider().reloadData()
            self.hits.triggerRepaint()
        self.hide_heat()

    def remove(self) -> None:
        """Take both out of the project."""
        self.remove_hits()
        self.hide_heat()

    def remove_hits(self) -> None:
        """Take the layer of patches out of the project."""
        if self.hits is not None:
            QgsProject.instance().removeMapLayer(self._hits_id)

    def show_heat(self, path: str, name: str) -> None:
        """Have the layer of scores show this file; raises OutputError."""
        self.hide_heat()
        layer = QgsRasterLayer(path, tr("{0}, likeness").format(name))
        if not layer.isValid():
            raise OutputError(
                tr("The heat layer was written, but cannot be opened: {0}").format(path)
            )
        self._heat_id, self._heat_source = layer.id(), layer.source()
        style_heat(layer)
        _put(layer, "heat")

    def hide_heat(self) -> None:
        """Take the layer of scores out of the project, and its file off the disk."""
        layer = self.heat
        self._heat_id = self._heat_source = ""  # who hears of its end finds none to take out
        if layer is not None:
            path = Path(layer.source())
            QgsProject.instance().removeMapLayer(layer.id())
            _unlink_temporary(path)

    def _new_hits(self, answer: Answer) -> QgsVectorLayer:
        self.remove()
        crs = f"?crs={DEGREES}" if answer.question.is_placed else ""
        name = tr("Found in {0}").format(Path(answer.question.folder).name)
        layer = QgsVectorLayer(f"Polygon{crs}", name, "memory")
        if not crs:  # else QGIS takes it for degrees
            layer.setCrs(QgsCoordinateReferenceSystem())
        fields = [QgsField(name, field_type(kind)) for name, kind in _FIELDS.items()]
        layer.dataProvider().addAttributes(fields)
        layer.updateFields()
        self._hits_id, self._is_styled = layer.id(), False
        _put(layer, "similar")
        return layer


def kept_layer(path: str) -> QgsMapLayer:
    """The file of an answer as a layer of the project; raises OutputError."""
    layer = QgsVectorLayer(path, Path(path).stem, "ogr")
    if not layer.isValid():
        raise OutputError(tr("The answer was written, but cannot be opened: {0}").format(path))
    style_hits(layer)
    _put(layer, "similar")
    return layer


def heat_path() -> str:
    """Where the next heat raster is written; QGIS deletes it at its end."""
    return QgsProcessingUtils.generateTempFilename("heat.tif")


def _put(layer: QgsMapLayer, kind: str) -> None:
    """Into the project and its tree, but not into the user's hand: the active layer stays so."""
    project = QgsProject.instance()
    project.addMapLayer(layer, False)
    project.layerTreeRoot().insertLayer(0, layer)
    file_result(layer, kind, "", project)


def _feature(layer: QgsVectorLayer, found: Found) -> QgsFeature:
    feature = QgsFeature(layer.fields())
    ring = [QgsPointXY(x, y) for x, y in found.ring]
    feature.setGeometry(QgsGeometry.fromPolygonXY([ring]))
    source, row, col = found.patch
    moment = QDateTime.fromString(found.date, Qt.DateFormat.ISODateWithMs)
    date = moment if moment.isValid() else None
    feature.setAttributes([found.rank, round(found.score, 6), source, row, col, date])
    return feature


def _unlink_temporary(path: Path) -> None:
    """Windows keeps a file that is still being drawn; QGIS deletes it at its end, too."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return
