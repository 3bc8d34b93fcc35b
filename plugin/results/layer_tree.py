# SPDX-License-Identifier: GPL-2.0-or-later
"""Where results stand in the layer tree: GeoSift > "<raster> · <model>", polygons on top.

What belongs to no run, outlines that were pointed at, stands above the groups of all runs: a raster
among these would hide it.
"""

from __future__ import annotations

from collections.abc import Sequence

from qgis import utils
from qgis.core import QgsLayerTreeGroup, QgsLayerTreeLayer, QgsMapLayer, QgsProject

GROUP = "GeoSift"
RESULT_PROPERTY = "geosift/result"
"""Custom property of every result layer: what it is ("classes", "polygons", ...)."""

_ORDER = (
    *("nodes", "outlines", "traces", "objects", "polygons", "zones", "blocks", "cells"),
    *("similar", "patches"),
    *("intensity", "classes", "raster", "numbers", "picture", "probability", "confidence"),
    *("heat", "areas", "table"),
)
_HIDDEN = ("confidence", "probability", "raster", "blocks")
"""What would cover, or shine through, the result that shows most."""
_WITH_LEGEND = (
    *("traces", "nodes", "intensity", "blocks"),
    *("classes", "cells", "zones", "objects", "numbers", "similar"),
)


def file_result(layer: QgsMapLayer, kind: str, run_name: str, project: QgsProject) -> None:
    """Move a result that is in the tree already into its group, under the results of its run.

    One of no run (its name is "") stands in the group of all, above the runs.
    """
    layer.setCustomProperty(RESULT_PROPERTY, kind)
    old = project.layerTreeRoot().findLayer(layer.id())
    if old is None:
        return
    group = _group(project.layerTreeRoot(), GROUP)
    if run_name:
        group = _group(group, run_name, at=_first_group(group))
    node = old.clone()
    node.setItemVisibilityChecked(kind not in _HIDDEN)
    node.setExpanded(kind in _WITH_LEGEND)
    group.insertChildNode(_place(group, kind, layer.id()), node)
    desktop = utils.iface
    was_active = desktop is not None and desktop.activeLayer() == layer
    old.parent().removeChildNode(old)
    if was_active:  # else QGIS goes on to a neighbour, and the panel with it to another raster
        desktop.setActiveLayer(layer)


def is_result(layer: QgsMapLayer) -> bool:
    """Whether GeoSift made this layer."""
    return bool(layer.customProperty(RESULT_PROPERTY))


def main_result(layers: Sequence[QgsMapLayer]) -> QgsMapLayer | None:
    """The layer of a run that shows most of it."""
    kinds = {layer.customProperty(RESULT_PROPERTY): layer for layer in layers}
    return next((kinds[kind] for kind in _WITH_LEGEND if kind in kinds), None)


def still_there(layer_ids: Sequence[str]) -> list[QgsMapLayer]:
    """Those of the layers that have not been removed from the project."""
    found = map(QgsProject.instance().mapLayer, layer_ids)
    return [layer for layer in found if layer is not None]


def _group(parent: QgsLayerTreeGroup, name: str, *, at: int = 0) -> QgsLayerTreeGroup:
    """The child group of that name, made at that place when there is none."""
    for child in parent.children():
        if isinstance(child, QgsLayerTreeGroup) and child.name() == name:
            return child
    return parent.insertGroup(at, name)


def _first_group(parent: QgsLayerTreeGroup) -> int:
    """The index of the first child that is a group, behind all layers where none is."""
    for index, child in enumerate(parent.children()):
        if isinstance(child, QgsLayerTreeGroup):
            return index
    return len(parent.children())


def _place(group: QgsLayerTreeGroup, kind: str, layer_id: str) -> int:
    """The index in front of the first group or other layer that belongs at or below `kind`."""
    for index, child in enumerate(group.children()):
        if isinstance(child, QgsLayerTreeGroup):
            return index
        if child.layerId() == layer_id:
            continue  # QGIS may have put the layer itself into this group: the one to be moved
        if _rank(_kind(child)) >= _rank(kind):
            return index
    return len(group.children())


def _kind(node: QgsLayerTreeLayer) -> str:
    return "" if node.layer() is None else str(node.layer().customProperty(RESULT_PROPERTY, ""))


def _rank(kind: str) -> int:
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
