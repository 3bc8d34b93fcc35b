# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the plugin's icon lies."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

ICON_PATH = str(Path(__file__).resolve().parent.parent / "resources" / "icons" / "geosift.svg")


def plugin_icon() -> QIcon:
    return QIcon(ICON_PATH)
