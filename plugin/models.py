# SPDX-License-Identifier: GPL-2.0-or-later
"""The models QGIS users can choose from: the bundled ones and those in their profile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsApplication

from .i18n import tr

if TYPE_CHECKING:
    from ..inference.card import ModelCard
    from ..inference.catalog import Catalog

DEFAULT_MODEL = "landcover"


def catalog() -> Catalog:
    """The catalogue of bundled models and of `geosift/models` in the user's profile."""
    from ..inference.catalog import Catalog

    return Catalog(Path(QgsApplication.qgisSettingsDirPath()) / "geosift" / "models")


def card_facts(card: ModelCard) -> tuple[str, str, str]:
    """What a user wants to know of a model first: kind, number of classes, ground resolution."""
    kind = {"segmentation": tr("Segmentation")}.get(card.kind, card.kind)
    classes = tr("{0} classes").format(len(card.classes))
    if card.resolution_m is None:
        return kind, classes, tr("any resolution")
    return kind, classes, tr("{0:g} m per pixel").format(card.resolution_m)
