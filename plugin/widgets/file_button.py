# SPDX-License-Identifier: GPL-2.0-or-later
"""What a screen reader says of the button "…" beside a path."""

from __future__ import annotations

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtWidgets import QToolButton


def name_button(widget: QgsFileWidget, name: str) -> None:
    """Have its button called so."""
    for button in widget.findChildren(QToolButton):
        button.setAccessibleName(name)
