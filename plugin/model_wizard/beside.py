# SPDX-License-Identifier: GPL-2.0-or-later
"""A card for a network that stays where it is: asked for, and put beside its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.PyQt.QtWidgets import QApplication

from ...inference.errors import GeoSiftError, InputError
from ..i18n import tr
from ..markup import bar_text
from ..model_news import NEWS
from ..widgets.dependency_dialog import offer_missing_packages

if TYPE_CHECKING:
    from qgis.gui import QgisInterface

    from ...inference.cards.card import ModelCard


def describe_beside(path: str, iface: QgisInterface) -> None:
    """Show the wizard above whatever is in front; what fails is said in the message bar."""
    parent = QApplication.activeModalWidget() or iface.mainWindow()
    if not offer_missing_packages(parent):
        return
    from .wizard import describe

    try:
        card = describe(Path(path), parent)
        if card is not None:
            write_beside(card)
    except GeoSiftError as error:
        iface.messageBar().pushCritical("GeoSift", bar_text(str(error)))
    NEWS.changed.emit()


def write_beside(card: ModelCard) -> Path:
    """Write a card beside its network, where nothing else has that name; raises GeoSiftError."""
    from ...inference.runs.partial_file import PartialFile, writing

    path = card.path.with_suffix(".json")
    if path.exists():
        words = tr("{0} is in the way: it is no model card; give it, or the network, another name.")
        raise InputError(words.format(path))
    place = PartialFile(path)
    try:
        with writing(place.path):
            place.partial.write_text(card.to_json(), encoding="utf-8")
        return place.commit()
    finally:
        place.discard()
