# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the tool works now: the chosen layer, at the scale of the map or at one that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qgis.core import QgsRasterLayer, QgsRectangle, QgsVectorLayer
from qgis.gui import QgsMapCanvas

from ...inference.errors import InputError
from ..i18n import tr
from ..layers.layer_source import ground_size, has_pixels
from ..map_tool.places import view_of
from ..map_tool.scale import Scale, scale_of
from ..map_tool.site import Site, Sites

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard
    from ...inference.prompt.shape import ShapeOptions


class Wishes(Protocol):
    """What the user has chosen: the page in the panel."""

    def layer(self) -> QgsRasterLayer | None:
        """The raster to cut from."""

    def card(self) -> ModelCard:
        """The model; raises CardError."""

    def label(self) -> str:
        """What outlines are called."""

    def target(self) -> QgsVectorLayer | None:
        """Where they go; None for a layer of their own."""

    def shape(self) -> ShapeOptions:
        """How they are drawn."""

    def scale_is_locked(self) -> bool:
        """Whether zooming leaves the scale as it is."""


class Whereabouts:
    """Follows the zoom of the map unless the user wishes the scale locked."""

    def __init__(self, canvas: QgsMapCanvas, wishes: Wishes) -> None:
        self._canvas, self._wishes = canvas, wishes
        self._sites = Sites(canvas)
        self._locked: tuple[str, Scale] | None = None

    def site(self) -> Site:
        """The chosen layer, as large as the map shows it or did; raises GeoSiftError."""
        layer = self._layer()
        return self._sites.make(layer, self._wishes.card(), self._scale(layer))

    def seen(self) -> QgsRectangle:
        """What the map shows, in the coordinates of the layer; raises InputError."""
        return view_of(self._layer(), self._canvas)

    def lock_scale(self) -> None:
        """Keep the scale of now where it is to be locked; raises GeoSiftError."""
        self._locked = None
        if self._wishes.layer() is not None:
            self._scale(self._layer())

    def _layer(self) -> QgsRasterLayer:
        layer = self._wishes.layer()
        if layer is None or not layer.isValid():
            raise InputError(tr("There is no raster layer in the project yet: add one first."))
        return layer

    def _scale(self, layer: QgsRasterLayer) -> Scale:
        if not self._wishes.scale_is_locked():
            return scale_of(layer, self._canvas)
        if self._locked is None or self._locked[0] != layer.id():
            self._locked = (layer.id(), scale_of(layer, self._canvas))
        return self._locked[1]


def metres_shown(layer: QgsRasterLayer, canvas: QgsMapCanvas) -> float | None:
    """Metres on the ground of a map server's pixel at that scale; None: the layer has its own.

    Raises InputError.
    """
    if has_pixels(layer):
        return None
    seen, pixel = view_of(layer, canvas), scale_of(layer, canvas).pixel
    across, down = ground_size(layer, seen)
    return pixel * max(across / seen.width(), down / seen.height())
