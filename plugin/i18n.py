# SPDX-License-Identifier: GPL-2.0-or-later
"""Translation of what users read."""

from __future__ import annotations

from qgis.PyQt.QtCore import QCoreApplication


def tr(text: str) -> str:
    """The text in the user's language, or as it is where there is no translation."""
    return QCoreApplication.translate("GeoSift", text)
