# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page is asked for by what works behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qgis.core import QgsRasterLayer

if TYPE_CHECKING:
    from ...inference.cards.card import ModelCard


class Wishes(Protocol):
    """What the user has chosen on the page."""

    def layer(self) -> QgsRasterLayer | None:
        """The raster to teach on."""

    def card(self) -> ModelCard:
        """The network of features; raises CardError."""

    def resolution(self) -> float | None:
        """Metres along a pixel of the network; None: the raster's own pixels."""

    def wants_help(self) -> bool:
        """Whether to show where another label helps most."""
