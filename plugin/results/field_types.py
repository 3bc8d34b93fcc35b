# SPDX-License-Identifier: GPL-2.0-or-later
"""The types of fields, under the name that this QGIS has for them."""

from __future__ import annotations

from qgis.core import Qgis
from qgis.PyQt.QtCore import QMetaType, QVariant

_OLD = Qgis.QGIS_VERSION_INT < 33800  # fields knew only QVariant's types before 3.38


def field_type(name: str) -> QMetaType.Type | QVariant.Type:
    """The type by its name in QVariant: "Int", "String", "Date" and so on."""
    if _OLD:
        return getattr(QVariant.Type, name)
    return getattr(QMetaType.Type, name, None) or getattr(QMetaType.Type, f"Q{name}")
