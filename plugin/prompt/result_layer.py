# SPDX-License-Identifier: GPL-2.0-or-later
"""Where accepted outlines go: a GeoPackage of their own, or a polygon layer of the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsFeature,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QDateTime

from ...inference.errors import OutputError
from ..i18n import tr
from ..results.layer_tree import file_result
from ..results.style import style_outlines
from .outline_feature import feature_of, pieces_for
from .outline_file import default_path, is_temporary, layer_of, open_or_create

if TYPE_CHECKING:
    from ...inference.prompt.shape import Outline


def save_edits(layer: QgsVectorLayer) -> None:
    """Write what was added to a layer and go on editing it; raises OutputError."""
    if not layer.isModified() or layer.commitChanges(False):
        return
    words = tr("The outlines cannot be saved to '{0}' ({1}); they are still there, unsaved.")
    raise OutputError(words.format(layer.name(), " ".join(" ".join(layer.commitErrors()).split())))


class ResultLayer:
    """Adds outlines on one raster to a layer, each as one step of the layer's own undo stack.

    The layer is put into edit mode and stays there: what was added is in its edit buffer until the
    user saves the edits. To be used on the main thread.
    """

    def __init__(
        self,
        raster: QgsRasterLayer,
        *,
        project: QgsProject,
        target: QgsVectorLayer | None = None,
        path: str = "",
        crs: QgsCoordinateReferenceSystem | None = None,
    ) -> None:
        """`target` is a polygon layer of the project; without one, a GeoPackage at `path` is made
        on first use, or added to. Without a path it lies where `default_path` says. Outlines are
        in `crs`, where none is given in that of the raster.
        """
        self._project, self._crs = project, raster.crs() if crs is None else crs
        self._raster_name = raster.name()
        self._wanted = None if target is None else (target.id(), target.name())
        self.path = Path(path or default_path(raster, project)) if target is None else None
        """The GeoPackage, None where the user chose a layer."""

    @property
    def layer(self) -> QgsVectorLayer | None:
        """The layer that outlines go to, None before the first one and when it was removed."""
        if self.path is not None:
            return layer_of(self.path, self._project)
        found = self._project.mapLayer(self._wanted[0])
        return found if isinstance(found, QgsVectorLayer) else None

    def accept(
        self,
        outlines: Sequence[Outline],
        *,
        label: str,
        predicted_iou: float,
        kind: str,
        source: str,
    ) -> list[int]:
        """Add outlines as one undoable step; returns the features' ids.

        `predicted_iou` is 0..1, `kind` "point", "box", "points" or "text", `source` what to call
        the raster. Raises OutputError with one sentence; nothing was added then.
        """
        layer = self._ready_layer()
        values = {
            "label": label,
            "predicted_iou": round(100.0 * predicted_iou, 1),
            "kind": kind,
            "source": source,
            "date": QDateTime.currentDateTime(),
        }
        added: list[QgsFeature] = []
        layer.beginEditCommand(tr("Outline of {0}").format(label or self._raster_name))
        try:
            for outline in outlines:
                for piece in pieces_for(layer, outline):
                    added.append(self._add(layer, piece, values))
        except OutputError:
            layer.destroyEditCommand()
            raise
        layer.endEditCommand()
        layer.triggerRepaint()
        return [feature.id() for feature in added]

    def save(self) -> None:
        """Write what was added to the file and go on editing; raises OutputError."""
        if self.layer is not None:
            save_edits(self.layer)

    def _add(self, layer: QgsVectorLayer, piece: Outline, values: Mapping[str, Any]) -> QgsFeature:
        own = {
            "id": _next_id(layer),
            "area_m2": None if piece.area_m2 is None else round(piece.area_m2, 3),
            "area_px": round(piece.area_px, 1),
        }
        feature = feature_of(piece, {**own, **values}, layer, crs=self._crs, project=self._project)
        if not layer.addFeature(feature):
            words = tr("'{0}' does not take the outline; choose another layer.")
            raise OutputError(words.format(layer.name()))
        return feature

    def _ready_layer(self) -> QgsVectorLayer:
        """The layer in edit mode; made, or opened again, where there is none."""
        layer = self.layer
        if layer is None:
            layer = self._arrived()
        if layer.geometryType() != QgsWkbTypes.GeometryType.PolygonGeometry:
            words = tr("'{0}' is not a polygon layer; choose one for the outlines.")
            raise OutputError(words.format(layer.name()))
        if not layer.isEditable() and not layer.startEditing():
            words = tr("'{0}' cannot be edited; choose another layer for the outlines.")
            raise OutputError(words.format(layer.name()))
        return layer

    def _arrived(self) -> QgsVectorLayer:
        if self._wanted is not None:
            words = tr("The layer '{0}' is no longer there; choose another for the outlines.")
            raise OutputError(words.format(self._wanted[1]))
        layer = open_or_create(self.path, self._crs)
        lasting, passing = tr("{0}, outlines"), tr("{0}, outlines (temporary)")
        layer.setName((passing if is_temporary(self.path) else lasting).format(self._raster_name))
        self._project.addMapLayer(layer)
        style_outlines(layer)
        file_result(layer, "outlines", "", self._project)
        return layer


def _next_id(layer: QgsVectorLayer) -> int | None:
    """One more than the largest number so far; None where the layer numbers otherwise."""
    index = layer.fields().lookupField("id")
    if index < 0 or not layer.fields().at(index).isNumeric():
        return None
    largest = layer.maximumValue(index)
    return 1 + (int(largest) if isinstance(largest, (int, float)) else 0)
