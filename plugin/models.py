# SPDX-License-Identifier: GPL-2.0-or-later
"""The models QGIS users can choose from: the bundled ones and those in their profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .i18n import tr, tr_count
from .settings import model_folder

if TYPE_CHECKING:
    from ..inference.cards.card import ModelCard
    from ..inference.cards.catalog import Catalog

PROMPT = "prompt"
"""The kind of those that cut out what is pointed at."""
FEATURES = "features"
"""The kind of those that tell what looks alike, for an index."""
_NO_RUN = (PROMPT, FEATURES)
DEFAULTS = {
    "segmentation": "landcover",
    "classification": "eurosat-cnn",
    PROMPT: "prompt",
    FEATURES: "features",
}
"""The model to propose for each kind; there is none for those that GeoSift brings none of."""
_ALGORITHMS = {
    "segmentation": "geosift:segment",
    "classification": "geosift:classify",
    "detection": "geosift:detect",
    "regression": "geosift:regress",
    "superresolution": "geosift:superresolve",
    "recognition": "geosift:recognise",
    PROMPT: "geosift:prompt",
    FEATURES: "geosift:embed",
}

TRACES = "geosift:traces"
"""Runs those segmentations that find thin lines, too."""


def catalog() -> Catalog:
    """The catalogue of bundled models and of the user's own (see settings.py)."""
    from ..inference.cards.catalog import Catalog

    return Catalog(model_folder())


def choice(*kinds: str) -> tuple[list[ModelCard], tuple[str, ...]]:
    """Usable cards of these kinds, without any of all that work through a raster.

    And a sentence for each model of the user's that cannot be used. Raises CardError.
    """
    found, sentences = catalog().look()
    fitting = [each for each in found if each.kind in kinds or (not kinds and runs_by_itself(each))]
    return fitting, sentences


def runs_by_itself(card: ModelCard) -> bool:
    """Whether it works through a raster and answers with a layer, and nothing else is needed."""
    return card.kind not in _NO_RUN


def algorithm_of(kind: str) -> str:
    """The id of the algorithm that runs networks of that kind."""
    return _ALGORITHMS[kind]


def kind_words(kind: str) -> str:
    """What networks of that kind do, in a word or two."""
    words = {
        "segmentation": tr("Segmentation"),
        "classification": tr("Scene classification"),
        "detection": tr("Detection"),
        "regression": tr("Regression"),
        "superresolution": tr("Super-resolution"),
        "recognition": tr("Recognition"),
        PROMPT: tr("Cuts out what is pointed at"),
        FEATURES: tr("Tells what looks alike"),
    }
    return words.get(kind, kind)


def card_facts(card: ModelCard) -> tuple[str, str, str]:
    """What a user wants to know of a model first: kind, number of classes, ground resolution."""
    count = len(card.classes)
    classes = tr_count("{0} class", "{0} classes", count).format(count)
    return kind_words(card.kind), classes if count else tr("no classes"), resolution_words(card)


def resolution_words(card: ModelCard) -> str:
    """The ground resolution the model was made for."""
    if card.resolution_m is None:
        return tr("any resolution")
    return tr("{0:g} m per pixel").format(card.resolution_m)


def is_bundled(card: ModelCard) -> bool:
    """Whether it came with GeoSift."""
    from ..inference.cards.catalog import BUNDLED

    return BUNDLED in card.path.parents


def source_words(card: ModelCard) -> str:
    """Where a model came from, and how its card came about where that is not by hand."""
    if is_bundled(card):
        return tr("bundled with GeoSift")
    return tr("yours, {0}").format(card.origin) if card.origin else tr("yours")


def is_bare(path: str) -> bool:
    """Whether it is a network that could be run if somebody said what its numbers mean."""
    from ..inference.errors import BareModelError, GeoSiftError

    try:
        catalog().find(path)
    except BareModelError:
        return True
    except GeoSiftError:
        return False  # told where the model is used
    return False
