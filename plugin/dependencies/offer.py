# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets a check anywhere, in any thread, have the desktop offer what is missing."""

from __future__ import annotations

from qgis.PyQt.QtCore import QObject, pyqtSignal


class Offer(QObject):
    """Its signal goes to the desktop's message bar; under qgis_process nobody listens."""

    wanted = pyqtSignal(str)


OFFER = Offer()
