# SPDX-License-Identifier: GPL-2.0-or-later
"""Translation of what users read."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QCoreApplication, QLocale, QTranslator

CONTEXT = "GeoSift"
"""The one context of every text; scripts/translations.py writes it into the template."""
FOLDER = Path(__file__).resolve().parent.parent / "resources" / "i18n"
"""Where translations lie: geosift_<locale>.qm."""


def tr(text: str) -> str:
    """The text in the user's language, or as it is where there is no translation.

    Give one literal: what changes goes in afterwards, by `.format`.
    """
    return QCoreApplication.translate(CONTEXT, text)


def tr_count(one: str, many: str, count: int) -> str:
    """The text for one thing or for `count` of them, in the user's language.

    Give two literals. A translation is one of `many`, in as many forms as the language has.
    """
    text = QCoreApplication.translate(CONTEXT, many, None, count)
    return one if text == many and count == 1 else text


def install_translation(folder: Path = FOLDER) -> QTranslator | None:
    """Have tr() answer in the language QGIS is shown in; None where there is no translation."""
    translator = QTranslator()
    if not translator.load(QLocale(QgsApplication.locale()), "geosift", "_", str(folder)):
        return None
    QCoreApplication.installTranslator(translator)
    return translator


def remove_translation(translator: QTranslator | None) -> None:
    """Undo `install_translation`."""
    if translator is not None:
        QCoreApplication.removeTranslator(translator)
