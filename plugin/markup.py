# SPDX-License-Identifier: GPL-2.0-or-later
"""Sentences for places that show markup: QGIS's message bar, tool tips, what it says of tasks.

What strangers wrote (names of models, classes, operators, layers) would be taken for it: an image
in it is fetched, on Windows also from somebody's server, which is told who asks.
"""

from __future__ import annotations

from html import escape


def bar_text(words: str) -> str:
    """The sentence as the message bar shows it, which always takes it for markup."""
    return escape(words, quote=False)


def task_text(words: str) -> str:
    """The title of a task, which QGIS shows in lists as it is and in messages as markup."""
    return words.replace("<", "‹").replace(">", "›")


def tip_text(words: str) -> str:
    """The sentence as a tool tip shows it, which takes for markup what looks like it."""
    return f"<span>{escape(words, quote=False)}</span>"
