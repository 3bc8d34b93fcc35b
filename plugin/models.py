# SPDX-License-Identifier: GPL-2.0-or-later
"""The models QGIS users can choose from: the bundled ones and those in their profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .i18n import tr
from .settings import model_folder

if TYPE_CHECKING:
    from ..inference.card import ModelCard
    from ..inference.catalog import Catalog

PROMPT = "prompt"
"""The kind of those that cut out what is pointed at."""
DEFAULTS = {"segmentation": "landcover", "classification": "eurosat-cnn", PROMPT: "prompt"}
"""The model to propose for each kind."""
_ALGORITHMS = {
    "segmentation": "geosift:segment",
    "classification": "geosift:classify",
    PROMPT: "geosift:prompt",
}


def catalog() -> Catalog:
    """The catalogue of bundled models and of the user's own (see settings.py)."""
    from ..inference.catalog import Catalog

    return Catalog(model_folder())


def cards(kind: str = "") -> list[ModelCard]:
    """Usable cards of that kind, or ('') of all that work through a raster; raises CardError."""
    found = catalog().cards()
    return [card for card in found if card.kind == kind or (not kind and card.kind != PROMPT)]


def algorithm_of(kind: str) -> str:
    """The id of the algorithm that runs networks of that kind."""
    return _ALGORITHMS[kind]


def card_facts(card: ModelCard) -> tuple[str, str, str]:
    """What a user wants to know of a model first: kind, number of classes, ground resolution."""
    kinds = {
        "segmentation": tr("Segmentation"),
        "classification": tr("Scene classification"),
        PROMPT: tr("Cuts out what is pointed at"),
    }
    kind = kinds.get(card.kind, card.kind)
    classes = tr("{0} classes").format(len(card.classes)) if card.classes else tr("no classes")
    if card.resolution_m is None:
        return kind, classes, tr("any resolution")
    return kind, classes, tr("{0:g} m per pixel").format(card.resolution_m)
