# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the plugin's icons lie."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

_FOLDER = Path(__file__).resolve().parent.parent / "resources" / "icons"
ICON_PATH = str(_FOLDER / "geosift.svg")


def plugin_icon() -> QIcon:
    return QIcon(ICON_PATH)


def prompt_icon() -> QIcon:
    """Of the tool that cuts out what one points at."""
    return QIcon(str(_FOLDER / "point.svg"))
