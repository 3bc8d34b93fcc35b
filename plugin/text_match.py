# SPDX-License-Identifier: GPL-2.0-or-later
"""Which class of the installed models a word stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .models import catalog

if TYPE_CHECKING:
    from ..inference.prompt.words import Match


def match_text(text: str, model: str = "") -> Match:
    """The class of that model, or ('') of any installed one; raises CardError or InputError."""
    from ..inference.prompt.words import Vocabulary

    found = catalog()
    return Vocabulary.of([found.find(model)] if model else found.cards()).match(text)
