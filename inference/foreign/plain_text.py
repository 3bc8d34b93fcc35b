# SPDX-License-Identifier: GPL-2.0-or-later
"""Texts of strangers, as they may be shown."""

from __future__ import annotations

import unicodedata

from ..cards.fields import printable
from ..cards.rules import MOST_TEXT


def plain(text: str) -> str:
    """A text of strangers as one line to be shown: nothing that hides, moves or breaks it."""
    return printable(unicodedata.normalize("NFC", text))[:MOST_TEXT]
