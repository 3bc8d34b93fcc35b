# SPDX-License-Identifier: GPL-2.0-or-later
"""Tells whoever shows models that some came or went, and the desktop that somebody wants to see."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal


class ModelNews(QObject):
    """Under qgis_process nobody tells and nobody listens."""

    changed = pyqtSignal()
    """Models were imported, fetched or removed, or their folder is another one."""
    manager_wanted = pyqtSignal()
    """Somebody pressed a button that leads to the model manager."""
    description_wanted = pyqtSignal(str)
    """Somebody chose a network nothing describes: its path."""


NEWS = ModelNews()
